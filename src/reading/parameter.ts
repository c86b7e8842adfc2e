import { Prisma } from "../../prisma/generated/client/client.ts";

const { sql, raw } = Prisma;

/** A value that the planner does not see: the plan for it is the plan for all values, which PostgreSQL then keeps. */
export function parameter(value: unknown, type: string): Prisma.Sql {
  return sql`(SELECT ${value}::${raw(type)})`;
}
