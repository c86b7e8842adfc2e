import pg from "pg";

const insert = `INSERT INTO "Message" ("workspaceId", "conversationId", text) SELECT "workspaceId", id, 'Hello' FROM "Conversation" WHERE "workspaceId" = $1 AND id = $2`;

export interface Place {
  workspaceId: string;
  conversationId: string;
}

/** Measures how many messages a second so many connections commit into these conversations. */
export async function writesPerSecond(server: string, places: Place[], clients: number, ms: number): Promise<number> {
  const until = performance.now() + ms;
  const counts = await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const connection = new pg.Client({ connectionString: server });
      await connection.connect();
      let count = 0;
      for (; performance.now() < until; count++) {
        const { workspaceId, conversationId } = places[(client + count) % places.length] as Place;
        await connection.query({ name: "insert", text: insert, values: [workspaceId, conversationId] });
      }
      await connection.end();
      return count;
    }),
  );
  return Math.round((1000 * counts.reduce((sum, count) => sum + count, 0)) / ms);
}

/** Switches the triggers of the event log. */
export async function switchLog(pool: pg.Pool, on: boolean): Promise<void> {
  const { rows } = await pool.query(
    `SELECT format('ALTER TABLE %s %s TRIGGER %I', tgrelid::regclass, $1::text, tgname) AS sql FROM pg_trigger WHERE tgname LIKE 'tell\\_%'`,
    [on ? "ENABLE" : "DISABLE"],
  );
  for (const { sql } of rows) await pool.query(sql);
}
