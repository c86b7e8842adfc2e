import type { Conversation } from "../../prisma/generated/client/client.ts";
import { builder } from "./builder.ts";

export const conversationCounts = builder
  .objectRef<Pick<Conversation, "childrenCount" | "messagesCount" | "internalMessagesCount" | "participantsCount">>(
    "ConversationCounts",
  )
  .implement({
    description: "The numbers of the records that belong to a conversation. The database keeps them exact.",
    fields: (t) => ({
      children: t.exposeInt("childrenCount", { description: "Direct sub-conversations." }),
      messages: t.exposeInt("messagesCount", {
        description: "PUBLIC messages in it, redacted ones included, those of sub-conversations not.",
      }),
      internalMessages: t.exposeInt("internalMessagesCount", {
        description: "INTERNAL messages in it, redacted ones included, those of sub-conversations not.",
      }),
      participants: t.exposeInt("participantsCount", {
        description: "The number of members and customers who take part.",
      }),
    }),
  });
