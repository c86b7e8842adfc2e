import type { Conversation } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { visible } from "../reading/finders.ts";
import { conversations } from "../reading/loaders.ts";

/** What a payload tells of another conversation than its own is for those who may read. */
export function conversationFor(context: Context, id: string | null): Promise<Conversation | null> | null {
  return id === null ? null : visible(context, () => conversations(context).load(id));
}
