import { ownedListCost } from "../pricing/field-cost.ts";
import { conversationsOfMember } from "../reading/conversations-of.ts";
import { loaders } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const ref = builder.prismaObject("Member", {
  description: "Somebody who works in the workspace. API keys act for members.",
  interfaces: [actor],
  fields: (t) => ({
    displayName: t.exposeString("name", { description: "The member's name." }),
    name: t.exposeString("name", { description: "The member's name, unique in the workspace." }),
    conversations: t.field({
      type: "ConversationConnection",
      nullable: true,
      description:
        "The conversations in which the member takes part, of any depth, newest first. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      ...readBy(conversationsOfMember, ownedListCost),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the member was added." }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Member));

connectionOf("Member", "members", "members the whole list has");
