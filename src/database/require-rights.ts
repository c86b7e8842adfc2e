import type pg from "pg";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { ConfigError } from "../config.ts";

/** Throws ConfigError, with the missing GRANT, unless the role may read and write the tables. It need not own them. */
export async function requireRights(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ grant: string }>(
    `SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', string_agg(DISTINCT oid::regclass::text, ', '), current_user) AS grant
     FROM (SELECT oid, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege FROM pg_class
       WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relname = ANY ($1)) AS needed
     WHERE NOT has_table_privilege(oid, privilege)
     HAVING count(*) > 0`,
    [Object.values(Prisma.ModelName)],
  );
  if (rows[0]) throw new ConfigError(`The role lacks rights. Its owner can give them: ${rows[0].grant};`);
}
