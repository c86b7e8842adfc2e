import DataLoader from "dataloader";
import { type Message, type MessageRevision, Prisma } from "../../prisma/generated/client/client.ts";
import { perRequest } from "../context.ts";
import { badInput } from "../rules/parse.ts";
import { groupByOwner } from "./group-by-owner.ts";
import { concatenate } from "./json-text.ts";
import { defaultPageSize, maxPageSize } from "./page.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type Reader } from "./reader.ts";

const { sql } = Prisma;

interface RevisionsArgs {
  first?: number | null;
}

function rowsOf(messageId: Prisma.Sql, workspaceId: string, limit: number): Prisma.Sql {
  return sql`SELECT r.* FROM "MessageRevision" r
    WHERE r."workspaceId" = ${parameter(workspaceId, "uuid")} AND r."messageId" = ${messageId}
    ORDER BY r.revision DESC LIMIT ${parameter(limit, "int")}`;
}

function limitOf({ first }: RevisionsArgs): number {
  const limit = first ?? defaultPageSize;
  if (limit >= 0 && limit <= maxPageSize) return limit;
  throw badInput("first", "OUT_OF_RANGE", `must be between 0 and ${maxPageSize}`);
}

const loaders = perRequest(({ db, caller: { workspaceId } }) => {
  const known = new Map<number, DataLoader<string, MessageRevision[]>>();
  return (limit: number) => {
    const loader =
      known.get(limit) ??
      new DataLoader<string, MessageRevision[]>(async (ids) => {
        const rows = await db.$queryRaw<MessageRevision[]>`
          SELECT former.* FROM unnest(${ids}::uuid[]) AS owner (id)
          CROSS JOIN LATERAL (${rowsOf(sql`owner.id`, workspaceId, limit)}) AS former`;
        return groupByOwner(ids, rows, ({ messageId }) => messageId);
      });
    known.set(limit, loader);
    return loader;
  };
});

/** The former contents of a message, newest first. */
export const revisions: Reader<Message, RevisionsArgs, MessageRevision[]> = needsRead({
  resolve: ({ id }: Message, args: RevisionsArgs, context) => loaders(context)(limitOf(args)).load(id),
  sql: (field) => {
    const row = field.newRow();
    const rows = rowsOf(field.row.column("id"), field.context.caller.workspaceId, limitOf(field.args));
    const items = sql`coalesce(string_agg(${field.object(row)}, ','), '')`;
    return sql`(SELECT ${concatenate(["[", items, "]"])} FROM (${rows}) AS ${row.alias})`;
  },
});
