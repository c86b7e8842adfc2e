-- Identity and search depend on no locale: not on lower(), nor on pg_trgm, whose letters are those of the database's LC_CTYPE.

-- The e-mail key -------------------------------------------------------------------------------------------------------

ALTER TABLE "Customer" ADD COLUMN "emailKey" TEXT COLLATE "C", ADD COLUMN "searchName" TEXT COLLATE "C";

-- Addresses are ASCII, their domain an A-label. Where a Turkish locale let two customers have one address, the elder keeps the key.
UPDATE "Customer" c SET "emailKey" = lower(email COLLATE "C")
WHERE email IS NOT NULL AND NOT EXISTS (
  SELECT FROM "Customer" elder
  WHERE elder."workspaceId" = c."workspaceId" AND lower(elder.email COLLATE "C") = lower(c.email COLLATE "C") AND elder.id < c.id);

DROP INDEX "Customer_email_key";
CREATE UNIQUE INDEX "Customer_workspaceId_emailKey_key" ON "Customer"("workspaceId", "emailKey");

-- Every writer gets it right, a gateway of the version before included.
CREATE FUNCTION set_email_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."emailKey" := lower(NEW.email COLLATE "C");
  RETURN NEW;
END
$$;
CREATE TRIGGER set_email_key_on_insert BEFORE INSERT ON "Customer"
  FOR EACH ROW WHEN (NEW.email IS NOT NULL) EXECUTE FUNCTION set_email_key();
CREATE TRIGGER set_email_key_on_change BEFORE UPDATE OF email ON "Customer"
  FOR EACH ROW WHEN (NEW.email IS DISTINCT FROM OLD.email) EXECUTE FUNCTION set_email_key();

-- The searchable name --------------------------------------------------------------------------------------------------

-- Folded by the program, which fills it for the rows that are here already when it starts: these indexes find them.
ALTER TABLE "Conversation" ADD COLUMN "searchName" TEXT COLLATE "C";
CREATE INDEX "Conversation_unfolded_idx" ON "Conversation" ("workspaceId", id) WHERE name IS NOT NULL AND "searchName" IS NULL;
CREATE INDEX "Customer_unfolded_idx" ON "Customer" ("workspaceId", id) WHERE name IS NOT NULL AND "searchName" IS NULL;

-- What a name is found by: any three characters in a row, and the first one and two.
CREATE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(substr(name, place, 3)) FROM generate_series(-1, char_length(name) - 2) AS place
$$;

DROP INDEX "Conversation_name_search_idx";
CREATE INDEX "Conversation_name_search_idx" ON "Conversation" USING gin ("workspaceId", name_grams("searchName"));
DROP INDEX "Customer_name_search_idx";
CREATE INDEX "Customer_name_search_idx" ON "Customer" USING gin ("workspaceId", name_grams("searchName"));
