import { Prisma } from "../../prisma/generated/client/client.ts";
import { isStorable } from "../rules/text.ts";
import { isShown } from "../rules/time.ts";
import { parameter } from "./parameter.ts";

/** A total order of the rows of a table (alias `r`). A cursor is a position in it. */
export interface Order<Row> {
  readonly name: string;
  /** The SQL expressions by which the rows are ordered. An index has them. */
  readonly keys: readonly string[];
  readonly descending: boolean;
  /** The key of a row as it stands in a cursor, and the same in SQL for the row with this alias. */
  keyOf(row: Row): string;
  keySql(alias: Prisma.Sql): Prisma.Sql;
  /** The key as SQL values, or undefined if the text is no key. */
  parseKey(key: string): Prisma.Sql | undefined;
}

const { sql, raw } = Prisma;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A number of at most 15 digits, which JSON keeps exactly. */
const number = /^\d{1,15}$/;
/** The times that can be stored have the years 1 to 9999. */
const milliseconds = /^-?\d{1,15}$/;

/** The order of creation: ids are made by one clock and never change. */
export function orderById<Row extends { id: string }>(name: string, direction: "ASC" | "DESC"): Order<Row> {
  return {
    name,
    keys: ["r.id"],
    descending: direction === "DESC",
    keyOf: (row) => row.id,
    keySql: (alias) => sql`${alias}.id::text`,
    parseKey: (key) => (uuid.test(key) ? parameter(key, "uuid") : undefined),
  };
}

/** The order by a number that is unique in the list. */
export function orderByNumber<Row extends { number: number | bigint }>(
  name: string,
  direction: "ASC" | "DESC",
): Order<Row> {
  return {
    name: `${name}.number`,
    keys: ["r.number"],
    descending: direction === "DESC",
    keyOf: (row) => String(row.number),
    keySql: (alias) => sql`${alias}.number::text`,
    parseKey: (key) => (number.test(key) ? parameter(key, "bigint") : undefined),
  };
}

/** The order by a time in milliseconds, and by creation within the same millisecond. Every row of the list has the time. */
export function orderByTime<Row extends { id: string } & Record<Column, Date | null>, Column extends string>(
  name: string,
  column: Column,
  descending: boolean,
): Order<Row> {
  return {
    name: `${name}.${column}.${descending ? "DESC" : "ASC"}`,
    keys: [`r."${column}"`, "r.id"],
    descending,
    keyOf: (row) => `${row[column]?.getTime()}.${row.id}`,
    keySql: (alias) => sql`(extract(epoch FROM ${alias}.${raw(`"${column}"`)}) * 1000)::bigint || '.' || ${alias}.id`,
    parseKey: (key) => {
      const [time = "", id = ""] = key.split(".");
      const date = new Date(Number(time));
      if (!milliseconds.test(time) || !isShown(date) || !uuid.test(id)) return undefined;
      return sql`${parameter(date.toISOString(), "timestamptz")}, ${parameter(id, "uuid")}`;
    },
  };
}

/** Names are ordered by so many characters. An entry of the index has no room for more. */
const orderedCharacters = 64;

/** The order by the code points of the folded names, and by creation for equal names. Rows without a name come first. */
export function orderByName<Row extends { id: string; searchName: string | null }>(
  name: string,
  descending: boolean,
): Order<Row> {
  const key = (alias: string) => `left(coalesce(${alias}."searchName", ''), ${orderedCharacters})`;
  return {
    name: `${name}.name.${descending ? "DESC" : "ASC"}`,
    keys: [key("r"), "r.id"],
    descending,
    keyOf: ({ id, searchName }) => `${id}.${[...(searchName ?? "")].slice(0, orderedCharacters).join("")}`,
    keySql: (alias) =>
      sql`${alias}.id || '.' || left(coalesce(${alias}."searchName", ''), ${raw(`${orderedCharacters}`)})`,
    parseKey: (key) => {
      const [id, dot, text] = [key.slice(0, 36), key.slice(36, 37), key.slice(37)];
      if (!uuid.test(id) || dot !== "." || !isStorable(text) || [...text].length > orderedCharacters) return undefined;
      return sql`${parameter(text, "text")} COLLATE "C", ${parameter(id, "uuid")}`;
    },
  };
}
