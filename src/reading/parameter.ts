import { Prisma } from "../../prisma/generated/client/client.ts";

const { sql, raw } = Prisma;

/** A value that the planner does not see. So PostgreSQL keeps one plan for all values. */
export function parameter(value: unknown, type: string): Prisma.Sql {
  return sql`(SELECT ${value}::${raw(type)})`;
}
