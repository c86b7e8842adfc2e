import { countedList } from "../pricing/field-cost.ts";
import { conversationsOfMember } from "../reading/conversations-of.ts";
import { members } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { nodeBy } from "./node.ts";
import { read } from "./read.ts";

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
      ...read(conversationsOfMember, countedList),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the member was added." }),
  }),
});

builder.nodeRef(ref, nodeBy(members));

connectionOf("Member", "members", "members the whole list has");
