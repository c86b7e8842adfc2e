import { z } from "zod";
import { because, idOf, idsOf, optional } from "./parse.ts";

// The rules of the operations on participants.

export const addParticipantsRules = z
  .strictObject({
    conversationId: idOf("Conversation"),
    memberIds: optional(idsOf("Member", 50)),
    customerIds: optional(idsOf("Customer", 50)),
  })
  .refine(({ memberIds = [], customerIds = [] }) => memberIds.length + customerIds.length > 0, {
    error: "needs at least one of memberIds and customerIds",
    ...because("REQUIRED"),
  });

export const removeParticipantRules = z
  .strictObject({
    conversationId: idOf("Conversation"),
    memberId: optional(idOf("Member")),
    customerId: optional(idOf("Customer")),
  })
  .refine(({ memberId, customerId }) => memberId ?? customerId, {
    error: "needs one of memberId and customerId",
    ...because("REQUIRED"),
  })
  .refine(({ memberId, customerId }) => !memberId || !customerId, {
    error: "cannot be combined with memberId",
    path: ["customerId"],
    ...because("CONTRADICTION"),
  });

export type ParticipantKey = Pick<z.output<typeof removeParticipantRules>, "memberId" | "customerId">;
