import type { Conversation } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { loaders } from "../reading/loaders.ts";
import { withReadPermission } from "./with-read-permission.ts";

/** Another conversation that a payload shows, such as the former parent. Only callers with the permission to read get it. */
export function conversationFor(context: Context, id: string | null): Promise<Conversation | null> | null {
  return id === null ? null : withReadPermission(context, () => loaders.Conversation(context).load(id));
}
