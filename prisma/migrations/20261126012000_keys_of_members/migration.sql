-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN     "memberId" UUID;

-- So far every key acted for the member of its integration.
UPDATE "ApiKey" AS k SET "memberId" = i."memberId" FROM "Integration" i
WHERE i."workspaceId" = k."workspaceId" AND i.id = k."integrationId";
ALTER TABLE "ApiKey" ALTER COLUMN "memberId" SET NOT NULL;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_workspaceId_memberId_fkey" FOREIGN KEY ("workspaceId", "memberId") REFERENCES "Member"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── What Prisma's schema cannot say ──────────────────────────────────────────────────────────────────────────────────

-- A key that names nobody acts for its integration's member: those of a program of the version before do.
CREATE FUNCTION set_key_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT i."memberId" INTO NEW."memberId" FROM "Integration" i
  WHERE i."workspaceId" = NEW."workspaceId" AND i.id = NEW."integrationId";
  RETURN NEW;
END
$$;
CREATE TRIGGER set_key_member BEFORE INSERT ON "ApiKey"
  FOR EACH ROW WHEN (NEW."memberId" IS NULL) EXECUTE FUNCTION set_key_member();
