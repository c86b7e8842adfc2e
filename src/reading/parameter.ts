import { Prisma } from "../../prisma/generated/client/client.ts";

const { sql, raw } = Prisma;

/** A value that the planner does not see. So one plan serves all values, and PostgreSQL keeps it. */
export function parameter(value: unknown, type: string): Prisma.Sql {
  return sql`(SELECT ${value}::${raw(type)})`;
}
