import type { Conversation } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { visible } from "../reading/finders.ts";
import { conversations } from "../reading/loaders.ts";

/** A conversation that a payload names beside its own, such as the former parent. Only callers who may read get it. */
export function conversationFor(context: Context, id: string | null): Promise<Conversation | null> | null {
  return id === null ? null : visible(context, () => conversations(context).load(id));
}
