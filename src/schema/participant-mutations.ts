import { addParticipants } from "../participants/add-participants.ts";
import { removeParticipant } from "../participants/remove-participant.ts";
import { addParticipantsRules, removeParticipantRules } from "../rules/participant-input.ts";
import { builder } from "./builder.ts";
import { ruled } from "./ruled.ts";
import { payloadOf } from "./write.ts";

builder.relayMutationField(
  "addParticipants",
  {
    description: "Who is to take part, and where. At least one is needed.",
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: "The id of the conversation." }),
      memberIds: t.idList({ description: "Members to take part: at most 50 ids." }),
      customerIds: t.idList({ description: "Customers to take part: at most 50 ids." }),
    }),
  },
  {
    description:
      "Lets members and customers take part in a conversation. A top-level direct conversation among members is that of exactly these. Needs `connect360:conversation:engage`.",
    extensions: { operation: addParticipants },
    resolve: (done, { input }, context) =>
      payloadOf(done, addParticipants) ?? addParticipants(context, ruled(addParticipantsRules, input)),
  },
  {
    description: "What `addParticipants` gives.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The conversation as it is now." }),
      added: t.expose("added", {
        type: ["Participant"],
        extensions: { cost: { rows: 100 } },
        description: "Those who did not take part before.",
      }),
    }),
  },
);

builder.relayMutationField(
  "removeParticipant",
  {
    description: "Who is no longer to take part, and where: one of memberId and customerId.",
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: "The id of the conversation." }),
      memberId: t.id({ description: "The id of a member." }),
      customerId: t.id({ description: "The id of a customer, but not of the one that the conversation is with." }),
    }),
  },
  {
    description:
      "Ends the part of a member or a customer in a conversation. What they said stays theirs. Needs `connect360:conversation:engage`.",
    extensions: { operation: removeParticipant },
    resolve: (done, { input }, context) =>
      payloadOf(done, removeParticipant) ?? removeParticipant(context, ruled(removeParticipantRules, input)),
  },
  {
    description: "What `removeParticipant` gives.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The conversation as it is now." }),
      removed: t.exposeBoolean("removed", { description: "Whether they took part; false when they did not." }),
    }),
  },
);
