import type { CodegenConfig } from "@graphql-codegen/cli";

export default {
  schema: "../../schema.graphql",
  documents: "*.graphql",
  generates: {
    "generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        strictScalars: true,
        useTypeImports: true,
        scalars: { DateTime: "string", JSONObject: "Record<string, unknown>", SafeInt: "number", _Any: "unknown" },
      },
    },
  },
} satisfies CodegenConfig;
