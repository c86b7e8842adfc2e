import { longValue } from "../pricing/cost.ts";
import { conversations, customers, members, messages, recordBehind } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { nodeBy } from "./node.ts";

const ref = builder.prismaObject("Message", {
  description: "Something said in a conversation.",
  fields: (t) => ({
    conversation: t.field({
      type: "Conversation",
      description: "Where it was said.",
      resolve: ({ conversationId }, _, context) => recordBehind(conversations(context), conversationId),
    }),
    author: t.field({
      type: actor,
      nullable: true,
      description: "Who said it, or null when nobody in particular did, such as a notice.",
      resolve: ({ authorMemberId, authorCustomerId }, _, context) => {
        if (authorMemberId) return members(context).load(authorMemberId);
        return authorCustomerId ? customers(context).load(authorCustomerId) : null;
      },
    }),
    text: t.exposeString("text", { description: "What was said, as plain text.", extensions: { cost: longValue } }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was said." }),
  }),
});

builder.nodeRef(ref, nodeBy(messages));

connectionOf("Message", "messages", "How many messages the conversation has, those of sub-conversations not included.");
