-- AlterTable
ALTER TABLE "Conversation" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Customer" ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 0;

-- ── What Prisma's schema cannot say ──────────────────────────────────────────────────────────────────────────────────

-- In metadata, null means that the key is absent, on create as on update. Keys with null that are stored go, and no revision counts it.
ALTER TABLE "Conversation" DISABLE TRIGGER set_updated_at;
UPDATE "Conversation" SET metadata = jsonb_merge_patch('{}', metadata)
WHERE metadata::text LIKE '%null%' AND jsonb_merge_patch('{}', metadata) <> metadata;
ALTER TABLE "Conversation" ENABLE TRIGGER set_updated_at;

CREATE OR REPLACE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" := now();
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END
$$;
CREATE TRIGGER set_updated_at BEFORE UPDATE OF "externalId", name, email, phone, image, metadata ON "Customer"
  FOR EACH ROW WHEN ((NEW."externalId", NEW.name, NEW.email, NEW.phone, NEW.image, NEW.metadata)
    IS DISTINCT FROM (OLD."externalId", OLD.name, OLD.email, OLD.phone, OLD.image, OLD.metadata))
  EXECUTE FUNCTION set_updated_at();
