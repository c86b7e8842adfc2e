import { Prisma } from "../../prisma/generated/client/client.ts";
import { badInput } from "../rules/parse.ts";
import type { Order } from "./order.ts";

// A cursor is a position in one list. It holds a version, the name of the order, the end of the scope's id, and the key of the row. It
// stays valid when the row is deleted.

const scopeLength = 12;

/** The list of a cursor: an order within a scope, such as the children of one parent. */
export interface CursorList<Row> {
  readonly order: Order<Row>;
  /** The id to which the cursors are bound. */
  readonly scope: string;
}

/** The cursor of a row in the list. */
export function encodeCursor<Row>({ order, scope }: CursorList<Row>, row: Row): string {
  return cursorOf(order.name, scope, order.keyOf(row));
}

/** The same in SQL. PostgreSQL's base64 uses two other characters, padding and line breaks, which are replaced. */
export function cursorSql(order: Order<never>, scope: Prisma.Sql, alias: Prisma.Sql): Prisma.Sql {
  const text = Prisma.sql`'1:${Prisma.raw(order.name)}:' || right(${scope}::text, ${Prisma.raw(`${scopeLength}`)}) || ':' || ${order.keySql(alias)}`;
  return Prisma.sql`translate(encode(convert_to(${text}, 'UTF8'), 'base64'), E'+/=\\n', '-_')`;
}

/**
 * The key of a cursor of this list as SQL values, undefined if it is absent or empty. Throws BAD_USER_INPUT, naming the argument, for
 * another cursor.
 */
export function decodeCursor<Row>(list: CursorList<Row>, field: string, cursor: string | null | undefined) {
  const key = keyOfCursor(list, field, cursor);
  return key === undefined ? undefined : list.order.parseKey(key);
}

/** The key as the text that the cursor holds. */
export function keyOfCursor<Row>(
  { order, scope }: CursorList<Row>,
  field: string,
  cursor: string | null | undefined,
): string | undefined {
  if (!cursor) return undefined;
  const [, , , ...parts] = Buffer.from(cursor, "base64url").toString().split(":");
  const key = parts.join(":");
  const known = parts.length > 0 && cursorOf(order.name, scope, key) === cursor && order.parseKey(key) !== undefined;
  if (!known) throw badInput(field, "INVALID_CURSOR", "is not a cursor of this list");
  return key;
}

function cursorOf(name: string, scope: string, key: string): string {
  return Buffer.from(`1:${name}:${scope.slice(-scopeLength)}:${key}`).toString("base64url");
}
