import DataLoader from "dataloader";
import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { perRequest } from "../context.ts";
import { badInput } from "../rules/parse.ts";
import { orNull } from "./json-text.ts";
import type { Order } from "./order.ts";
import { ownedList } from "./owned-list.ts";
import type { CountedPage, PageArgs } from "./page.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type Reader } from "./reader.ts";

const { sql, raw } = Prisma;

const maxDepthBelow = 9;

/** In a larger tree, only so many conversations are read: those nearest to the top. */
export const maxTree = 10_000;

type Listed = Conversation & { listedLevel: number };
type DescendantsArgs = PageArgs & { maxDepth?: number | null };

const position = /^(\d)\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** The order goes from the top down, and on each level by creation. */
const order: Order<Listed> = {
  name: "descendants",
  keys: ['r."listedLevel"', 'r."listedId"'],
  descending: false,
  keyOf: ({ listedLevel, id }) => `${listedLevel}.${id}`,
  keySql: (alias) => sql`${alias}."listedLevel" || '.' || ${alias}.id`,
  parseKey: (key) => {
    const [, level, id] = position.exec(key) ?? [];
    return level ? sql`${parameter(Number(level), "int")}, ${parameter(id, "uuid")}` : undefined;
  },
};

const listOf = (maxDepth: number) =>
  ownedList<"Conversation", never>({
    table: "Conversation",
    order: order as Order<Conversation>,
    from: (workspace, ownerId) => sql`FROM (
      WITH RECURSIVE down AS (
        SELECT c.id, 1 AS level FROM "Conversation" c WHERE c."workspaceId" = ${workspace} AND c."parentId" = ${ownerId}
        UNION ALL
        SELECT c.id, down.level + 1 FROM down
        JOIN "Conversation" c ON c."workspaceId" = ${workspace} AND c."parentId" = down.id
        WHERE down.level < ${raw(String(maxDepth))}
      )
      SELECT down.level AS "listedLevel", down.id AS "listedId" FROM down LIMIT ${raw(String(maxTree + 1))}
    ) r WHERE true`,
    // With LIMIT, each is looked up by itself: joined, the database might read all conversations of all workspaces.
    recordOf: (workspace) =>
      sql`SELECT * FROM "Conversation" WHERE "workspaceId" = ${workspace} AND id = r."listedId" LIMIT 1`,
  });

const lists = Array.from({ length: maxDepthBelow }, (_, index) => listOf(index + 1));

function listFor({ maxDepth }: DescendantsArgs) {
  const list = lists[(maxDepth ?? maxDepthBelow) - 1];
  if (!list) throw badInput("maxDepth", "OUT_OF_RANGE", `must be between 1 and ${maxDepthBelow}`);
  return list;
}

/** All conversations below a conversation, level by level. */
export const descendants: Reader<Conversation, DescendantsArgs, CountedPage<Conversation>> = needsRead({
  resolve: (conversation: Conversation, args: DescendantsArgs, context) =>
    listFor(args).resolve(conversation, args, context),
  sql: (field) => listFor(field.args).sql(field),
});

/** Whether the caller may delete a conversation with all that stand below it. Null if there are more than 1,000. */
export const viewerCanDeleteTree: Reader<Conversation, unknown, boolean | null> = needsRead({
  resolve: ({ id }: Conversation, _args: unknown, context) => ownsTree(context).load(id),
  sql: ({ row, context: { caller } }) => orNull(sql`(${canDeleteTreeSql(caller, row.column("id"))})::text`),
});

const ownsTree = perRequest(
  ({ db, caller }) =>
    new DataLoader<string, boolean | null>(async (ids) => {
      const rows = await db.$queryRaw<{ id: string; owns: boolean | null }[]>`
        SELECT owner.id, ${canDeleteTreeSql(caller, sql`owner.id`)} AS owns FROM unnest(${ids}::uuid[]) AS owner (id)`;
      const byId = new Map(rows.map(({ id, owns }) => [id, owns]));
      return ids.map((id) => byId.get(id) ?? null);
    }),
);

function canDeleteTreeSql(caller: Caller, id: Prisma.Sql): Prisma.Sql {
  return caller.permissions.has("delete") ? ownsTreeSql(caller, id) : sql`false`;
}

/** The most conversations that `viewerCanDeleteTree` reads. */
export const maxLookedAt = 1_000;

function ownsTreeSql({ workspaceId, integrationId }: Caller, id: Prisma.Sql): Prisma.Sql {
  const workspace = parameter(workspaceId, "uuid");
  return sql`(
    WITH RECURSIVE tree AS (
      SELECT c.id, c."ownerIntegrationId" FROM "Conversation" c WHERE c."workspaceId" = ${workspace} AND c.id = ${id}
      UNION ALL
      SELECT c.id, c."ownerIntegrationId" FROM tree
      JOIN "Conversation" c ON c."workspaceId" = ${workspace} AND c."parentId" = tree.id
    )
    SELECT CASE
      WHEN bool_or("ownerIntegrationId" IS DISTINCT FROM ${parameter(integrationId, "uuid")}) THEN false
      WHEN count(*) <= ${raw(String(maxLookedAt))} THEN true
    END
    FROM (SELECT * FROM tree LIMIT ${raw(String(maxLookedAt + 1))}) AS seen)`;
}
