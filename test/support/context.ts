import { type Context, Loaders } from "../../src/context.ts";

/** A context whose loaders have read nothing yet. */
export function newContext({ db, caller }: Pick<Context, "db" | "caller">): Context {
  return { db, caller, loaders: new Loaders() };
}
