import type { Context } from "../context.ts";

/** An operation that writes, by its context and input. */
type Operation<Payload> = (context: Context, input: unknown) => Promise<Payload>;

/** As the root value of a mutation: what its one operation gave, or threw, since it has run already. */
export type Done = () => unknown;

/**
 * In a mutation's `resolve`: what the operation gave where the compiler has run it (`extensions.operation`), to read its payload by a
 * statement of its own; otherwise undefined.
 */
export function payloadOf<Payload>(done: unknown, _operation: Operation<Payload>): Payload | undefined {
  return done ? ((done as Done)() as Payload) : undefined;
}
