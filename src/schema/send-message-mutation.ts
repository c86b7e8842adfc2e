import { sendMessage } from "../messages/send-message.ts";
import { sendMessageRules } from "../rules/message-input.ts";
import { builder } from "./builder.ts";
import { customerInput } from "./customer-input.ts";
import { messageVisibility } from "./enums.ts";
import { attachmentInput, localizedTextInput, messageSender } from "./message-inputs.ts";
import { payloadOf } from "./payload-of.ts";
import { sameFields } from "./same-fields.ts";

const sendOutcome = builder.enumType("SendOutcome", {
  description: "Whether the message was there.",
  values: {
    SENT: { description: "This call sent it. Of calls with the same idempotencyKey, exactly one gets this." },
    REPEATED: { description: "It was sent before, with this idempotencyKey." },
  },
});

builder.relayMutationField(
  "sendMessage",
  {
    description:
      "The conversation, and the message: at least one of text, content and attachments. Null is the same as omitted.",
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: "The id of the conversation." }),
      text: t.string({ description: "Plain text in a language that is not said: 1 to 10,000 characters." }),
      content: t.field({
        type: [localizedTextInput],
        description:
          "The text in its original language, then its translations: at most 10 languages, each once, 64 KiB together. Not together with text.",
      }),
      attachments: t.field({ type: [attachmentInput], description: "Files to send along: at most 10." }),
      visibility: t.field({ type: messageVisibility, description: "The people who may see it: PUBLIC if omitted." }),
      sender: t.field({ type: messageSender, description: "The side that sends it: WORKSPACE if omitted." }),
      customerId: t.id({
        description:
          "With sender CUSTOMER, the id of the customer who sends it. Omitted: the customer of the conversation.",
      }),
      customer: t.field({
        type: customerInput,
        description: "With sender CUSTOMER, the customer who sends it, found or created.",
      }),
      parentId: t.id({ description: "The id of the message of the same conversation that it replies to." }),
      channelId: t.id({ description: "The channel it came over, which becomes one of the conversation's." }),
      channelIdentifier: t.string({
        description:
          "The website it came over, such as `shop.example.com`; an unknown one becomes a channel. Not together with channelId.",
      }),
      metadata: t.field({ type: "JSONObject", description: "A JSON object of at most 16 KiB and 10 levels." }),
      idempotencyKey: t.string({
        description:
          "Unique per conversation, 1 to 255 characters: the same key and input give the first message again, another input is a CONFLICT.",
      }),
    }),
  },
  {
    description:
      "Says something in a conversation. The author becomes a participant where absent. An INTERNAL message reaches no customer. Needs `connect360:conversation:engage`.",
    extensions: { operation: sendMessage },
    resolve: (done, { input }, context) =>
      payloadOf(done, sendMessage) ?? sendMessage(context, sameFields(sendMessageRules, input)),
  },
  {
    description: "The result of `sendMessage`.",
    outputFields: (t) => ({
      message: t.expose("message", { type: "Message", description: "The message." }),
      outcome: t.expose("outcome", { type: sendOutcome, description: "Whether it was there." }),
    }),
  },
);
