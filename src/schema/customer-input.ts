import { builder } from "./builder.ts";

export const customerInput = builder.inputType("CustomerInput", {
  description:
    "A customer, recognised by id, externalId, email or phone in this order, at least one of which is needed. Of a known customer the values given here replace the stored ones, and metadata is merged.",
  fields: (t) => ({
    id: t.id({ description: "The id of a known customer." }),
    externalId: t.string({ description: "The id in the workspace's own system: 1 to 255 characters, case-sensitive." }),
    name: t.string({ description: "The customer's name: 1 to 200 characters." }),
    email: t.string({ description: "E-mail address. Upper and lower case are the same." }),
    phone: t.string({ description: "International phone number, stored in E.164." }),
    image: t.string({ description: "URL of a picture: http or https, at most 2,048 characters." }),
    metadata: t.field({
      type: "JSONObject",
      description: "A JSON object of at most 16 KiB and 10 levels, merged (RFC 7396).",
    }),
  }),
});
