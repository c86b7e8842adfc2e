import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Metadata, MetadataMode } from "../rules/metadata.ts";

const { sql } = Prisma;

/** SQL for the metadata of a row after a change: the patch is merged (RFC 7396) or replaces all. A null patch empties them. */
export function metadataAfter(patch: Metadata | null, mode: MetadataMode): Prisma.Sql {
  if (patch === null) return sql`'{}'::jsonb`;
  const before = mode === "REPLACE" ? sql`'{}'::jsonb` : sql`metadata`;
  return sql`jsonb_merge_patch(${before}, ${JSON.stringify(patch)}::jsonb)`;
}
