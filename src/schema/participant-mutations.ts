import { addParticipants } from "../participants/add-participants.ts";
import { removeParticipant } from "../participants/remove-participant.ts";
import { addParticipantsRules, removeParticipantRules } from "../rules/participant-input.ts";
import { builder } from "./builder.ts";
import { payloadOf } from "./payload-of.ts";
import { sameFields } from "./same-fields.ts";

builder.relayMutationField(
  "addParticipants",
  {
    description: "The conversation, and the members and customers to add: at least one.",
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: "The id of the conversation." }),
      memberIds: t.idList({ description: "The ids of members who are to take part: at most 50." }),
      customerIds: t.idList({ description: "The ids of customers who are to take part: at most 50." }),
    }),
  },
  {
    description:
      "Lets members and customers take part in a conversation. A top-level direct conversation among members is that of exactly these. Needs `connect360:conversation:engage`.",
    extensions: { operation: addParticipants },
    resolve: (done, { input }, context) =>
      payloadOf(done, addParticipants) ?? addParticipants(context, sameFields(addParticipantsRules, input)),
  },
  {
    description: "The result of `addParticipants`.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The conversation as it is now." }),
      added: t.expose("added", {
        type: ["Participant"],
        extensions: { cost: { rows: 100 } },
        description: "The participants who are new.",
      }),
    }),
  },
);

builder.relayMutationField(
  "removeParticipant",
  {
    description: "The conversation, and the member or the customer to remove: one of memberId and customerId.",
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: "The id of the conversation." }),
      memberId: t.id({ description: "The id of a member." }),
      customerId: t.id({ description: "The id of a customer, but not of the one that the conversation is with." }),
    }),
  },
  {
    description:
      "Removes a member or a customer from a conversation. Their messages stay theirs. Needs `connect360:conversation:engage`.",
    extensions: { operation: removeParticipant },
    resolve: (done, { input }, context) =>
      payloadOf(done, removeParticipant) ?? removeParticipant(context, sameFields(removeParticipantRules, input)),
  },
  {
    description: "The result of `removeParticipant`.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The conversation as it is now." }),
      removed: t.exposeBoolean("removed", { description: "Whether they took part; false when they did not." }),
    }),
  },
);
