import { createHash } from "node:crypto";
import pg from "pg";

/** The environment that every server is started with. */
export const port = Number(process.env.PORT);

export const connectionString = process.env.DATABASE_URL as string;
/** The gateway's default. */
export const poolSize = 10;

export const pool = new pg.Pool({ connectionString, max: poolSize, options: "-c search_path=peers,public" });

const known = new Map<string, string>();

/** The workspace of an API key. It is looked up once, as a server would that caches keys. */
export async function workspaceOf(key: string): Promise<string> {
  const seen = known.get(key);
  if (seen) return seen;
  const hash = createHash("sha256").update(key).digest();
  const { rows } = await pool.query("SELECT workspace_id FROM api_key WHERE hash = $1", [hash]);
  if (!rows[0]) throw new Error("Unknown key.");
  known.set(key, rows[0].workspace_id);
  return rows[0].workspace_id;
}

/** A cursor is the id that it stands behind. */
export const toCursor = (id: string) => Buffer.from(id).toString("base64url");
export const fromCursor = (cursor: string) => Buffer.from(cursor, "base64url").toString();
/** Above every id. */
export const first = "ffffffff-ffff-ffff-ffff-ffffffffffff";
