import { z } from "zod";
import { email } from "./email.ts";
import { hostnameOf } from "./hostname.ts";
import { metadata, metadataMode, newMetadata } from "./metadata.ts";
import { idOf, idsOf, optional } from "./parse.ts";
import { phone } from "./phone.ts";
import { length, name, text, trimmed } from "./text.ts";

// The rules for the inputs of conversations and customers. GraphQL has already checked the types of their values.

export const externalId = length(1, 255);
export const conversationType = z.enum(["DIRECT", "GROUP"]);

// The URL parser alone would repair texts that are no URL, such as one without a host or one in two lines.
const image = length(1, 2048).refine(
  (value) => /^https?:\/\/[^\s\p{Cc}\\/][^\s\p{Cc}\\]*$/iu.test(value) && URL.canParse(value),
  {
    error: "must be an http or https URL",
    params: { reason: "INVALID_URL" },
  },
);

export const channelIdentifier = text()
  .pipe(trimmed())
  .transform((value, check) => {
    const hostname = hostnameOf(value);
    if (hostname) return hostname;
    check.addIssue({
      code: "custom",
      message: "must be the hostname of a website, such as shop.example.com",
      params: { reason: "INVALID_HOSTNAME" },
    });
    return z.NEVER;
  });

export const customer = z.strictObject({
  id: optional(idOf("Customer")),
  externalId: optional(externalId),
  name: optional(name),
  email: optional(email),
  phone: optional(phone),
  image: optional(image),
  metadata: optional(metadata),
});

const attributes = {
  name: optional(name),
  type: optional(conversationType).transform((value) => value ?? "DIRECT"),
  customerId: optional(idOf("Customer")),
  customer: optional(customer),
  memberIds: optional(idsOf("Member", 50)),
  channelIds: optional(idsOf("Channel", 20)),
  channelIdentifier: optional(channelIdentifier),
  metadata: optional(newMetadata),
};

interface NamedCustomer {
  customerId?: string | undefined;
  customer?: z.output<typeof customer> | undefined;
}

export const oneCustomer = {
  error: "contradicts customerId",
  path: ["customer", "id"],
  params: { reason: "CONTRADICTION" },
};

export function namesOneCustomer({ customerId, customer }: NamedCustomer): boolean {
  return !customerId || !customer?.id || customerId === customer.id;
}

export const recognisable = {
  error: "needs an id, externalId, email or phone",
  path: ["customer"],
  params: { reason: "REQUIRED" },
};

export function isRecognisable({ customerId, customer }: NamedCustomer): boolean {
  const key = customerId ?? customer?.id ?? customer?.externalId ?? customer?.email ?? customer?.phone;
  return !customer || key !== undefined;
}

export const getOrCreateConversationRules = z
  .strictObject(attributes)
  .refine(namesOneCustomer, oneCustomer)
  .refine(isRecognisable, recognisable)
  .refine((value) => value.customerId ?? value.customer ?? value.memberIds?.length, {
    error: "needs at least one of customerId, customer and memberIds",
    params: { reason: "REQUIRED" },
  });

export const createSubConversationRules = z
  .strictObject({ ...attributes, parentId: idOf("Conversation"), idempotencyKey: optional(length(1, 255)) })
  .refine(namesOneCustomer, oneCustomer)
  .refine(isRecognisable, recognisable);

export const updateConversationRules = z
  .strictObject({
    id: idOf("Conversation"),
    name: name.nullish(),
    metadata: metadata.nullish(),
    metadataMode,
    parentId: idOf("Conversation").nullish(),
    expectedRevision: optional(z.number()),
  })
  .refine((value) => value.name !== undefined || value.metadata !== undefined || value.parentId !== undefined, {
    error: "needs at least one of name, metadata and parentId",
    params: { reason: "REQUIRED" },
  });

/** What is omitted stays, null clears. */
export const updateCustomerRules = z
  .strictObject({
    id: idOf("Customer"),
    externalId: externalId.nullish(),
    name: name.nullish(),
    email: email.nullish(),
    phone: phone.nullish(),
    image: image.nullish(),
    metadata: metadata.nullish(),
    metadataMode,
    expectedRevision: optional(z.number()),
  })
  .refine(
    (value) =>
      [value.externalId, value.name, value.email, value.phone, value.image, value.metadata].some(
        (one) => one !== undefined,
      ),
    {
      error: "needs at least one of externalId, name, email, phone, image and metadata",
      params: { reason: "REQUIRED" },
    },
  );

export type CustomerChanges = z.output<typeof updateCustomerRules>;

export const deleteConversationRules = z.strictObject({ id: idOf("Conversation"), cascade: optional(z.boolean()) });

export type ConversationAttributes = z.output<typeof getOrCreateConversationRules>;
export type CustomerInput = z.output<typeof customer>;

export const customerKeyRules = z
  .strictObject({ id: optional(idOf("Customer")), externalId: optional(externalId) })
  .refine((value) => (value.id === undefined) !== (value.externalId === undefined), {
    error: "needs exactly one of id and externalId",
    path: ["id"],
    params: { reason: "REQUIRED" },
  });
