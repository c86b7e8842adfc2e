-- Without it, the deletion of a customer reads all participants of the workspace.
CREATE INDEX "Participant_customer_idx" ON "Participant" ("workspaceId", "customerId", "conversationId") WHERE "customerId" IS NOT NULL;
