import type pg from "pg";
import type { Database } from "../../src/database/open.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { createKey } from "../../src/keys/manage-keys.ts";

/** A workspace with a conversation that has 200 below it. */
export interface Workspace {
  key: string;
  parentId: string;
}

const chunk = 10_000;

/** Makes a workspace, with so many more conversations beside that one. */
export async function fillWorkspace(db: Database, pool: pg.Pool, slug: string, conversations: number) {
  const { key } = await createKey(db, { workspace: slug, integration: "load", permissions: ["fullAccess"] });
  const { id: workspaceId } = await db.workspace.findFirstOrThrow({ where: { slug } });
  const parent = await db.conversation.create({ data: { workspaceId, type: "GROUP", name: "Parent" } });
  await pool.query(
    `INSERT INTO "Conversation" ("workspaceId", type, "parentId", name)
     SELECT $1, 'GROUP', $2, 'Order ' || n FROM generate_series(1, 200) AS n`,
    [workspaceId, parent.id],
  );
  await pool.query(
    `INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId")
     SELECT c."workspaceId", c.id, m.id FROM "Conversation" c JOIN "Member" m ON m."workspaceId" = c."workspaceId"
     WHERE c."workspaceId" = $1`,
    [workspaceId],
  );
  for (let made = 0; made < conversations; made += chunk)
    await pool.query(
      `INSERT INTO "Conversation" ("workspaceId", type, name, "searchName", metadata)
       SELECT $1, 'GROUP', 'Customer ' || md5(n::text), 'customer ' || md5(n::text),
         jsonb_build_object('a', jsonb_build_object('b', n), 'source', 'load')
       FROM generate_series($2::integer + 1, least($2::integer + ${chunk}, $3::integer)) AS n`,
      [workspaceId, made, conversations],
    );
  return { key, parentId: encodeGlobalId("Conversation", parent.id) } satisfies Workspace;
}
