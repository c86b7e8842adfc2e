import { z } from "zod";
import { email } from "./email.ts";
import { metadata, metadataModeRule } from "./metadata.ts";
import { because, idOf, optional } from "./parse.ts";
import { phone } from "./phone.ts";
import { name, textUpTo } from "./text.ts";
import { webUrl } from "./web-url.ts";

// The rules for the inputs of customers.

export const externalId = textUpTo(255);

const image = webUrl("https?", "must be an http or https URL");

export const customerRules = z.strictObject({
  id: optional(idOf("Customer")),
  externalId: optional(externalId),
  name: optional(name),
  email: optional(email),
  phone: optional(phone),
  image: optional(image),
  metadata: optional(metadata),
});

export type CustomerInput = z.output<typeof customerRules>;

interface NamedCustomer {
  customerId?: string | undefined;
  customer?: z.output<typeof customerRules> | undefined;
}

export const oneCustomer = {
  error: "contradicts customerId",
  path: ["customer", "id"],
  ...because("CONTRADICTION"),
};

export function namesOneCustomer({ customerId, customer }: NamedCustomer): boolean {
  return !customerId || !customer?.id || customerId === customer.id;
}

export const recognisable = {
  error: "needs an id, externalId, email or phone",
  path: ["customer"],
  ...because("REQUIRED"),
};

export function isRecognisable({ customerId, customer }: NamedCustomer): boolean {
  const key = customerId ?? customer?.id ?? customer?.externalId ?? customer?.email ?? customer?.phone;
  return !customer || key !== undefined;
}

/** An omitted field stays as it is, and null clears it. */
export const updateCustomerRules = z
  .strictObject({
    id: idOf("Customer"),
    externalId: externalId.nullish(),
    name: name.nullish(),
    email: email.nullish(),
    phone: phone.nullish(),
    image: image.nullish(),
    metadata: metadata.nullish(),
    metadataMode: metadataModeRule,
    expectedRevision: optional(z.number()),
  })
  .refine(
    (value) =>
      [value.externalId, value.name, value.email, value.phone, value.image, value.metadata].some(
        (one) => one !== undefined,
      ),
    {
      error: "needs at least one of externalId, name, email, phone, image and metadata",
      ...because("REQUIRED"),
    },
  );

export type CustomerChanges = z.output<typeof updateCustomerRules>;

export const customerKeyRules = z
  .strictObject({ id: optional(idOf("Customer")), externalId: optional(externalId) })
  .refine((value) => (value.id === undefined) !== (value.externalId === undefined), {
    error: "needs exactly one of id and externalId",
    path: ["id"],
    ...because("REQUIRED"),
  });
