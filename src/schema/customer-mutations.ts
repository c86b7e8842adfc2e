import { updateCustomer } from "../customers/update-customer.ts";
import { updateCustomerRules } from "../rules/customer-input.ts";
import { builder } from "./builder.ts";
import { metadataMode } from "./enums.ts";
import { payloadOf } from "./payload-of.ts";
import { sameFields } from "./same-fields.ts";

builder.relayMutationField(
  "updateCustomer",
  {
    description: "The customer, and the changes. An omitted field stays, null clears; at least one change is needed.",
    inputFields: (t) => ({
      id: t.id({ required: true, description: "The id of the customer." }),
      externalId: t.string({
        description:
          "The id in the workspace's own system, for a customer without one: 1 to 255 characters. Another one than it has is a CONFLICT `IDENTITY_CONFLICT`.",
      }),
      name: t.string({ description: "The customer's name: 1 to 200 characters." }),
      email: t.string({
        description: "E-mail address. That of another customer is a CONFLICT `IDENTITY_CONFLICT`.",
      }),
      phone: t.string({
        description:
          "International phone number, stored in E.164. That of another customer is a CONFLICT `IDENTITY_CONFLICT`.",
      }),
      image: t.string({ description: "URL of a picture: http or https, at most 2,048 characters." }),
      metadata: t.field({
        type: "JSONObject",
        description:
          "Merged into the metadata (JSON Merge Patch, RFC 7396): a null value removes its key; null empties all.",
      }),
      metadataMode: t.field({ type: metadataMode, description: "How the metadata is changed: MERGE if omitted." }),
      expectedRevision: t.int({
        description:
          "The revision that the change is meant for. When the customer has another, it is a CONFLICT `STALE_REVISION`, which tells the present one.",
      }),
    }),
  },
  {
    description:
      "Changes a customer and no conversation. A customer keeps at least one of externalId, email and phone. Needs `connect360:conversation:engage`.",
    extensions: { operation: updateCustomer },
    resolve: (done, { input }, context) =>
      payloadOf(done, updateCustomer) ?? updateCustomer(context, sameFields(updateCustomerRules, input)),
  },
  {
    description: "The result of `updateCustomer`.",
    outputFields: (t) => ({
      customer: t.expose("customer", { type: "Customer", description: "The customer as it is now." }),
    }),
  },
);
