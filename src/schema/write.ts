import type { Context } from "../context.ts";

/** An operation that writes, by its context and input. */
export type Operation<Payload> = (context: Context, input: unknown) => Promise<Payload>;

/** As the root value of a mutation: what its one operation gave, or threw, since it has run already. */
export type Done = () => unknown;

/** In the options of a mutation: how it is resolved, and how the compiler runs it, to read its payload by a statement of its own. */
export function write<Payload>(operation: Operation<Payload>) {
  return {
    resolve: (done: unknown, { input }: { input: unknown }, context: Context) =>
      done ? ((done as Done)() as Payload) : operation(context, input),
    extensions: { operation },
  };
}
