import { z } from "zod";
import { customerRules, isRecognisable, namesOneCustomer, oneCustomer, recognisable } from "./customer-input.ts";
import { hostnameOf } from "./hostname.ts";
import { metadata, metadataModeRule, newMetadata } from "./metadata.ts";
import { because, idOf, idsOf, optional } from "./parse.ts";
import { name, text, textUpTo, trimmed } from "./text.ts";

// The rules for the inputs of conversations. GraphQL has already checked the types of their values.

export const conversationTypeRule = z.enum(["DIRECT", "GROUP"]);

export const channelIdentifier = text()
  .pipe(trimmed())
  .transform((value, check) => {
    const hostname = hostnameOf(value);
    if (hostname) return hostname;
    check.addIssue({
      code: "custom",
      message: "must be the hostname of a website, such as shop.example.com",
      ...because("INVALID_HOSTNAME"),
    });
    return z.NEVER;
  });

const attributes = {
  name: optional(name),
  type: optional(conversationTypeRule).transform((value) => value ?? "DIRECT"),
  customerId: optional(idOf("Customer")),
  customer: optional(customerRules),
  memberIds: optional(idsOf("Member", 50)),
  channelIds: optional(idsOf("Channel", 20)),
  channelIdentifier: optional(channelIdentifier),
  metadata: optional(newMetadata),
};

export const getOrCreateConversationRules = z
  .strictObject(attributes)
  .refine(namesOneCustomer, oneCustomer)
  .refine(isRecognisable, recognisable)
  .refine((value) => value.customerId ?? value.customer ?? value.memberIds?.length, {
    error: "needs at least one of customerId, customer and memberIds",
    ...because("REQUIRED"),
  });

export const createSubConversationRules = z
  .strictObject({ ...attributes, parentId: idOf("Conversation"), idempotencyKey: optional(textUpTo(255)) })
  .refine(namesOneCustomer, oneCustomer)
  .refine(isRecognisable, recognisable);

export const updateConversationRules = z
  .strictObject({
    id: idOf("Conversation"),
    name: name.nullish(),
    metadata: metadata.nullish(),
    metadataMode: metadataModeRule,
    parentId: idOf("Conversation").nullish(),
    expectedRevision: optional(z.number()),
  })
  .refine((value) => value.name !== undefined || value.metadata !== undefined || value.parentId !== undefined, {
    error: "needs at least one of name, metadata and parentId",
    ...because("REQUIRED"),
  });

export const deleteConversationRules = z.strictObject({ id: idOf("Conversation"), cascade: optional(z.boolean()) });

export type ConversationAttributes = z.output<typeof getOrCreateConversationRules>;
