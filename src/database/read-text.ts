import type { SqlQueryable } from "@prisma/driver-adapter-utils";
import type { PrismaClient } from "../../prisma/generated/client/client.ts";

const adapters = new WeakMap<PrismaClient, Promise<SqlQueryable>>();

/** Makes `readText` send the statements of this client by its driver adapter. */
export function readTextBy(db: PrismaClient, adapter: Promise<SqlQueryable>): void {
  adapters.set(db, adapter);
}

/**
 * The one text that a statement returns, or null. By the driver adapter that Prisma's client uses, without its engine, which would
 * take the value apart. Values are texts, numbers, or lists of texts.
 */
export async function readText(db: PrismaClient, sql: string, values: unknown[]): Promise<string | null> {
  const adapter = await (adapters.get(db) as Promise<SqlQueryable>);
  const { rows } = await adapter.queryRaw({ sql, args: values, argTypes: values.map(() => text) });
  return (rows[0]?.[0] ?? null) as string | null;
}

const text = { scalarType: "string", arity: "scalar" } as const;
