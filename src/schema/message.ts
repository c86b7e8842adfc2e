import { longValue } from "../pricing/cost.ts";
import { author } from "../reading/conversation-fields.ts";
import { messages } from "../reading/loaders.ts";
import { required, toOne } from "../reading/to-one.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { nodeBy } from "./node.ts";
import { read } from "./read.ts";

const ref = builder.prismaObject("Message", {
  description: "Something said in a conversation.",
  fields: (t) => ({
    conversation: t.field({
      type: "Conversation",
      description: "Where it was said.",
      ...read(required(toOne("Conversation", "conversationId"))),
    }),
    author: t.field({
      type: actor,
      nullable: true,
      description: "Who said it, or null when nobody in particular did, such as a notice.",
      ...read(author),
    }),
    text: t.exposeString("text", { description: "What was said, as plain text.", extensions: { cost: longValue } }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was said." }),
  }),
});

builder.nodeRef(ref, nodeBy(messages));

connectionOf("Message", "messages", "How many messages the conversation has, those of sub-conversations not included.");
