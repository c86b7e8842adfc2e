import { type DirectiveNode, type GraphQLSchema, Kind, parse, print, printSchema, visit } from "graphql";
import { entityTypes, findEntities } from "../reading/find-entities.ts";
import { builder } from "./builder.ts";
import { itemOf } from "./node.ts";
import { withReadPermission } from "./with-read-permission.ts";

// Federation 2 as ordinary fields: https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec

const keys: Record<string, string[]> = {
  ...Object.fromEntries(entityTypes.map((type) => [type, ["id"]])),
  Customer: ["id", "externalId"],
};

const machinery = new Set(["_Any", "_Entity", "_Service", "_entities", "_service"]);

const any = builder.scalarType("_Any", {
  description: "A reference to an entity: an object with `__typename` and the fields of a key.",
  serialize: (value) => value,
});

const entity = builder.unionType("_Entity", {
  description: "A record that other subgraphs may refer to.",
  types: [...entityTypes],
});

const service = builder.objectRef<object>("_Service").implement({
  description: "The description of this subgraph, from which a federated gateway composes its schema.",
  fields: (t) => ({
    sdl: t.string({
      description: "The schema in SDL, with federation's directives.",
      extensions: { cost: { rows: 30 } },
      // biome-ignore lint/complexity/useMaxParams: graphql passes four arguments
      resolve: (_service, _args, _context, { schema }) => cachedSdl(schema),
    }),
  }),
});

builder.queryFields((t) => ({
  _service: t.field({
    type: service,
    description: "For federated gateways: this subgraph's schema.",
    resolve: (_root, _args, context) => withReadPermission(context, () => ({})),
  }),
  _entities: t.field({
    type: [entity],
    nullable: { list: false, items: true },
    description:
      "For federated gateways: the records referred to, in their order, null where the workspace has none or, with an error, where a reference is wrong.",
    args: {
      representations: t.arg({ type: [any], required: true, description: "References to entities: at most 1,000." }),
    },
    extensions: {
      cost: { rows: (args: { representations: unknown[] }) => args.representations.length },
      reader: findEntities,
    },
    resolve: async (root, args, context) => {
      return (await findEntities.resolve(root, args, context)).map(itemOf) as never;
    },
  }),
}));

const sdls = new WeakMap<GraphQLSchema, string>();

function cachedSdl(schema: GraphQLSchema): string {
  const sdl = sdls.get(schema) ?? subgraphSdl(schema);
  sdls.set(schema, sdl);
  return sdl;
}

// `node` and `nodes` are left out: other subgraphs have such fields too, and only the one that made an id can read it.
function subgraphSdl(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(schema)), {
    ScalarTypeDefinition: ({ name }) => (machinery.has(name.value) ? null : undefined),
    UnionTypeDefinition: ({ name }) => (machinery.has(name.value) ? null : undefined),
    ObjectTypeDefinition: {
      enter: (type) => {
        if (machinery.has(type.name.value)) return null;
        if (type.name.value === "PageInfo") return { ...type, directives: [directive("shareable")] };
        return { ...type, directives: (keys[type.name.value] ?? []).map((key) => directive("key", key)) };
      },
      leave: (type) =>
        type.name.value === "Query"
          ? { ...type, fields: type.fields?.filter(({ name }) => name.value !== "node" && name.value !== "nodes") }
          : undefined,
    },
    FieldDefinition: ({ name }) => (machinery.has(name.value) ? null : undefined),
  });
  return `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])\n\n${print(document)}`;
}

function directive(name: string, fields?: string): DirectiveNode {
  const argument = {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: "fields" },
    value: { kind: Kind.STRING, value: fields ?? "" },
  } as const;
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name }, arguments: fields ? [argument] : [] };
}
