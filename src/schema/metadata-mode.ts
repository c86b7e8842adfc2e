import { builder } from "./builder.ts";

export const metadataMode = builder.enumType("MetadataMode", {
  description: "How metadata that is given meets the metadata that is there.",
  values: {
    MERGE: { description: "It is merged (JSON Merge Patch, RFC 7396): a null value removes its key." },
    REPLACE: { description: "It takes its place." },
  },
});
