import type { Prisma } from "../../prisma/generated/client/client.ts";

/**
 * Something that is read from the arguments of a request. A statement that is kept holds these functions, so they must not capture
 * anything of the request: they are best declared outside of every function.
 */
export interface Input<T> extends Known<T> {
  /** Something on which the text of the statement depends. Where it differs, another statement is made. */
  choice<C extends string | number | boolean | undefined>(choose: (value: T) => C): C;
  /** A part of the statement. Only its values may differ between requests. */
  part(make: (value: T) => Prisma.Sql): Prisma.Sql;
}

/** A value of the present request. */
export interface Known<T> {
  readonly current: T;
}
