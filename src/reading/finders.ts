import type { Conversation, Customer } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { customerKeyRules } from "../rules/input.ts";
import { badInput, idOf, parse } from "../rules/parse.ts";
import { conversations, customers, customersByExternalId } from "./loaders.ts";

export const maxNodes = 100;

/** The one rule of reading: every query needs the permission to read, and finds only records of the caller's workspace. */
export function visible<T>({ caller }: Context, read: () => T): T {
  requirePermission(caller, "read");
  return read();
}

/** `visible` for a list of ids, of which there may be at most 100. */
export function visibleNodes<T>(context: Context, ids: readonly unknown[], read: () => T): T {
  return visible(context, () => {
    if (ids.length > maxNodes) throw badInput("ids", "TOO_LONG", `at most ${maxNodes} ids`);
    return read();
  });
}

/** The conversation with this id, or null. */
export function findConversation(context: Context, id: unknown): Promise<Conversation | null> {
  return visible(context, () => conversations(context).load(parse(idOf("Conversation"), id, "id")));
}

/** The customer with this id or externalId, or null. Exactly one of the two is given. */
export function findCustomerBy(context: Context, key: unknown): Promise<Customer | null> {
  return visible(context, async () => {
    const { id, externalId } = parse(customerKeyRules, key, "");
    return id ? customers(context).load(id) : customersByExternalId(context).load(externalId as string);
  });
}

/** Who asks: what the API key stands for. */
export function getViewer(context: Context): Caller {
  return visible(context, () => context.caller);
}
