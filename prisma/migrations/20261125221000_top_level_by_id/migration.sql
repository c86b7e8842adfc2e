-- The counts of filtered lists walk the top-level conversations by id, too: without them in this index they read more rows.
DROP INDEX "Conversation_below_id_idx";
CREATE INDEX "Conversation_workspaceId_parentId_id_idx" ON "Conversation"("workspaceId", "parentId", "id");
