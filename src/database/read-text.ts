import type { SqlQueryable, SqlResultSet } from "@prisma/driver-adapter-utils";
import type { Prisma, PrismaClient } from "../../prisma/generated/client/client.ts";

const adapters = new WeakMap<PrismaClient, Promise<SqlQueryable>>();

/** Makes `readText` and `sendForText` send the statements of this client by its driver adapter. */
export function readTextBy(db: PrismaClient, adapter: Promise<SqlQueryable>): void {
  adapters.set(db, adapter);
}

/**
 * Returns the one text that a statement returns, or null. It uses the driver adapter of Prisma's client without Prisma's engine,
 * which would parse the value. Values are texts, numbers, or lists of texts.
 */
export async function readText(db: PrismaClient, sql: string, values: unknown[]): Promise<string | null> {
  const { rows } = await send(db, sql, values);
  return (rows[0]?.[0] ?? null) as string | null;
}

/** The rows of a statement, whose columns are texts and ids, by the names of the columns. It is sent as `readText` sends it. */
export async function sendForText(db: PrismaClient, { text, values }: Prisma.Sql): Promise<Record<string, unknown>[]> {
  const { columnNames, rows } = await send(db, text, values);
  return rows.map((row) => Object.fromEntries(columnNames.map((name, at) => [name, row[at]])));
}

async function send(db: PrismaClient, sql: string, args: unknown[]): Promise<SqlResultSet> {
  const adapter = await (adapters.get(db) as Promise<SqlQueryable>);
  return adapter.queryRaw({ sql, args, argTypes: args.map(() => text) });
}

const text = { scalarType: "string", arity: "scalar" } as const;
