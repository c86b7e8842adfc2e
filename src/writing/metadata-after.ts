import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Metadata, MetadataMode } from "../rules/metadata.ts";

const { sql } = Prisma;

/** A row's metadata after a change, in SQL: with the patch merged into it (RFC 7396), or nothing but the patch; null empties it. */
export function metadataAfter(patch: Metadata | null, mode: MetadataMode): Prisma.Sql {
  if (patch === null) return sql`'{}'::jsonb`;
  const before = mode === "REPLACE" ? sql`'{}'::jsonb` : sql`metadata`;
  return sql`jsonb_merge_patch(${before}, ${JSON.stringify(patch)}::jsonb)`;
}
