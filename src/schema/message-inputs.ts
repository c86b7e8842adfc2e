import { builder } from "./builder.ts";

export const messageSender = builder.enumType("MessageSender", {
  description: "On whose side a message is said.",
  values: {
    WORKSPACE: { description: "By the API key's member." },
    CUSTOMER: { description: "By a customer, whose words the integration passes on." },
  },
});

export const localizedTextInput = builder.inputType("LocalizedTextInput", {
  description: "A text, and the language that it is in.",
  fields: (t) => ({
    language: t.string({ required: true, description: "Language tag (BCP 47), such as `en`, `ar` or `zh-Hant`." }),
    text: t.string({ required: true, description: "Plain text: 1 to 10,000 characters, stored as it is." }),
  }),
});

export const attachmentInput = builder.inputType("AttachmentInput", {
  description: "A file to send along. It is held elsewhere.",
  fields: (t) => ({
    url: t.string({ required: true, description: "The https URL where it is held, of at most 2,048 characters." }),
    name: t.string({ description: "Its name for people: 1 to 255 characters." }),
    mediaType: t.string({ description: "Its media type, such as `image/png`." }),
    byteSize: t.field({ type: "SafeInt", description: "Its size in bytes." }),
  }),
});
