import { z } from "zod";
import { channelIdentifier } from "./conversation-input.ts";
import { customerRules, isRecognisable, namesOneCustomer, oneCustomer, recognisable } from "./customer-input.ts";
import { metadata, metadataModeRule, newMetadata } from "./metadata.ts";
import { because, idOf, optional } from "./parse.ts";
import { text, textUpTo, withVisibleCharacter } from "./text.ts";
import { webUrl } from "./web-url.ts";

type MessageVisibility = "PUBLIC" | "INTERNAL";

// The rules of messages. A text is stored as it was sent: never trimmed, never interpreted.

export const maxLanguages = 10;
const maxContentBytes = 64 * 1024;
export const maxAttachments = 10;

const said = withVisibleCharacter(textUpTo(10_000));

const language = text().transform((value, check) => {
  const tag = value.length > 100 ? undefined : canonicalTag(value);
  if (tag) return tag;
  check.addIssue({
    code: "custom",
    message: "must be a language tag (BCP 47), such as en, ar or zh-Hant",
    ...because("INVALID_LANGUAGE"),
  });
  return z.NEVER;
});

function canonicalTag(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

const localizedTexts = z
  .array(z.strictObject({ language, text: said }))
  .min(1, "at least one text")
  .max(maxLanguages, `at most ${maxLanguages} languages`)
  .superRefine((texts, check) => {
    const languages = texts.map((one) => one.language);
    const again = languages.findIndex((tag, index) => languages.indexOf(tag) < index);
    if (again >= 0) {
      const path = [again, "language"];
      check.addIssue({ code: "custom", message: "is there already", path, ...because("CONTRADICTION") });
    }
  })
  .refine((texts) => texts.reduce((sum, one) => sum + Buffer.byteLength(one.text), 0) <= maxContentBytes, {
    error: `at most ${maxContentBytes} bytes together`,
    ...because("TOO_LONG"),
  });

const attachment = z.strictObject({
  url: webUrl("https", "must be an https URL"),
  name: optional(textUpTo(255)),
  mediaType: optional(
    textUpTo(255).refine((value) => /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(value), {
      error: "must be a media type, such as image/png",
      ...because("INVALID_VALUE"),
    }),
  ),
  byteSize: optional(
    z.number().refine((value) => value >= 0, { error: "must be at least 0", ...because("OUT_OF_RANGE") }),
  ),
});

const attachments = z.array(attachment).max(maxAttachments, `at most ${maxAttachments} attachments`);

export type LocalizedTexts = z.output<typeof localizedTexts>;
export type Attachments = z.output<typeof attachments>;

const oneContent = { error: "cannot be combined with text", path: ["content"], ...because("CONTRADICTION") };

const hasContent = {
  error: "needs at least one of text, content and attachments",
  ...because("REQUIRED"),
};

export const sendMessageRules = z
  .strictObject({
    conversationId: idOf("Conversation"),
    text: optional(said),
    content: optional(localizedTexts),
    visibility: optional(z.enum(["PUBLIC", "INTERNAL"])).transform((value) => value ?? "PUBLIC"),
    sender: optional(z.enum(["WORKSPACE", "CUSTOMER"])).transform((value) => value ?? "WORKSPACE"),
    customerId: optional(idOf("Customer")),
    customer: optional(customerRules),
    parentId: optional(idOf("Message")),
    channelId: optional(idOf("Channel")),
    channelIdentifier: optional(channelIdentifier),
    attachments: optional(attachments),
    metadata: optional(newMetadata),
    idempotencyKey: optional(textUpTo(255)),
  })
  .refine((value) => value.text === undefined || value.content === undefined, oneContent)
  .refine((value) => value.text ?? value.content ?? value.attachments?.length, hasContent)
  .refine((value) => value.sender === "CUSTOMER" || !(value.customerId ?? value.customer), {
    error: "must be CUSTOMER when a customer is named",
    path: ["sender"],
    ...because("CONTRADICTION"),
  })
  .refine((value) => value.sender === "WORKSPACE" || value.visibility === "PUBLIC", {
    error: "cannot be INTERNAL: a customer knows of no internal message",
    path: ["visibility"],
    ...because("CONTRADICTION"),
  })
  .refine((value) => value.channelId === undefined || value.channelIdentifier === undefined, {
    error: "cannot be combined with channelId",
    path: ["channelIdentifier"],
    ...because("CONTRADICTION"),
  })
  .refine(namesOneCustomer, oneCustomer)
  .refine(isRecognisable, recognisable);

export type MessageInput = z.output<typeof sendMessageRules>;

/** An omitted field stays as it is, and null empties it. */
export const updateMessageRules = z
  .strictObject({
    id: idOf("Message"),
    text: said.nullish(),
    content: localizedTexts.nullish(),
    attachments: attachments.nullish(),
    metadata: metadata.nullish(),
    metadataMode: metadataModeRule,
    expectedRevision: optional(z.number()),
  })
  .refine((value) => value.text == null || value.content == null, oneContent)
  .refine((value) => [value.text, value.content, value.attachments, value.metadata].some((one) => one !== undefined), {
    error: "needs at least one of text, content, attachments and metadata",
    ...because("REQUIRED"),
  });

export type MessageChanges = z.output<typeof updateMessageRules>;

export const deleteMessageRules = z.strictObject({ id: idOf("Message") });

export const markReadRules = z.strictObject({
  conversationId: idOf("Conversation"),
  upTo: optional(idOf("Message")),
  customerId: optional(idOf("Customer")),
});

export type ReadMark = z.output<typeof markReadRules>;

export const messagesFilterRules = z.strictObject({
  filter: z.strictObject({
    visibility: optional(z.array(z.enum(["PUBLIC", "INTERNAL"])).min(1, "at least one")).transform(
      (wanted) => new Set<MessageVisibility>(wanted ?? ["PUBLIC"]),
    ),
  }),
});
