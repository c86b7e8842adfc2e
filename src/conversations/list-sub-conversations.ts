import type { Conversation } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { conversations } from "../reading/loaders.ts";
import { ownedList } from "../reading/owned-list.ts";
import { type CountedPage, orderById, type PageArgs } from "../reading/page.ts";
import { notFound } from "../rules/not-found.ts";
import { idOf, parse } from "../rules/parse.ts";

const readChildren = ownedList<Conversation>({
  table: "Conversation",
  ownerColumn: "parentId",
  order: orderById("children", "DESC"),
});

/** The direct children of a conversation, newest first. */
export async function childrenOf(
  context: Context,
  parent: Conversation,
  args: PageArgs,
): Promise<CountedPage<Conversation>> {
  requirePermission(context.caller, "read");
  return { ...(await readChildren(context, parent.id, args)), totalCount: parent.childrenCount };
}

/** `childrenOf` the parent with this id, or NOT_FOUND. */
export async function listSubConversations(context: Context, { parentId, ...args }: PageArgs & { parentId: unknown }) {
  requirePermission(context.caller, "read");
  const parent = await conversations(context).load(parse(idOf("Conversation"), parentId, "parentId"));
  if (!parent) throw notFound("CONVERSATION", "parentId");
  return childrenOf(context, parent, args);
}
