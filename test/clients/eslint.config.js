import graphql from "@graphql-eslint/eslint-plugin";

const { "flat/schema-recommended": recommended, "flat/schema-relay": relay } = graphql.configs;
const names = recommended.rules["@graphql-eslint/naming-convention"][1];
const required = { FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true };

/** The rules of @graphql-eslint for ../../schema.graphql; run from the root of the repository. */
export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: { parser: graphql.parser, parserOptions: { graphQLConfig: { schema: "schema.graphql" } } },
    rules: {
      ...recommended.rules,
      ...relay.rules,
      "@graphql-eslint/require-description": ["error", { types: true, DirectiveDefinition: true, ...required }],
      "@graphql-eslint/input-name": ["error", { checkInputType: true, caseSensitiveInputType: false }],
      // Beside edges there are nodes, and short lists that are no connections. An event is no Node: its number tells it.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { withEdgeSuffix: true, listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
      ],
      // What is no record has no id.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          exceptions: {
            suffixes: ["Connection", "Edge", "Payload"],
            types: [
              "Attachment",
              "ConversationCounts",
              "EventBatch",
              "LocalizedText",
              "MessageRevision",
              "PageInfo",
              "Viewer",
              "_Service",
            ],
          },
        },
      ],
      // Names that begin with an underscore are those that federation prescribes.
      "@graphql-eslint/naming-convention": ["error", { ...names, allowLeadingUnderscore: true }],
      "no-restricted-syntax": ["error", "Name[value=/^_(?!(entities|service|Any|Entity|Service)$)/]"],
    },
  },
];
