import type { Conversation } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { loaders } from "../reading/loaders.ts";
import { withReadPermission } from "./with-read-permission.ts";

/** A conversation that a payload names beside its own, such as the former parent. Only callers who may read get it. */
export function conversationFor(context: Context, id: string | null): Promise<Conversation | null> | null {
  return id === null ? null : withReadPermission(context, () => loaders.Conversation(context).load(id));
}
