import type { Context } from "../context.ts";

/** An operation that writes, by its context and input. */
type Operation<Payload> = (context: Context, input: unknown) => Promise<Payload>;

/** The root value of a mutation that has run: it returns the payload, or throws the error. */
export type Done = () => unknown;

/**
 * For the `resolve` of a mutation: the payload, if the compiler has run the operation (`extensions.operation`) and could not read the
 * payload itself. Otherwise undefined.
 */
export function payloadOf<Payload>(done: unknown, _operation: Operation<Payload>): Payload | undefined {
  return done ? ((done as Done)() as Payload) : undefined;
}
