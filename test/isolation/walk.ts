import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import type { NodeType } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";
import { selection } from "./selection.ts";

// Every place of the schema's root fields that takes a value of some type, found by walking it, and a document that calls the
// field with it.

export interface Position {
  /** Such as `getOrCreateConversation(input.customer.id)`. */
  name: string;
  /** As errors name it. */
  path: string;
  /** Where the schema declares it, such as `CustomerInput.id` or `Query.node.id`. */
  place: string;
  operation: "query" | "mutation" | "subscription";
  field: GraphQLField<unknown, unknown>;
  /** Whether it takes several values. */
  list: boolean;
  document: string;
  /** The variables that the rules of the field want besides what its type requires. */
  wanted: object;
  /** The same without the customer, who stands aside for one that is named by the position. */
  alone: object;
  /** The variables with this value, or these, at the position, ids of the world wherever else one is wanted, and those besides. */
  variables(value: string | string[], world: Spares, besides?: object): Record<string, unknown>;
}

type Input = GraphQLArgument | GraphQLInputField;

interface Step {
  owner: string;
  input: Input;
}

/** A conversation that a position may be about, and records of each type. */
export interface Spares {
  spare: string;
  idOf(type: NodeType): string;
}

/** How a value is written in an input of a type. */
export type Writers = Record<string, (value: string) => unknown>;

const roots = [
  ["query", schema.getQueryType()],
  ["mutation", schema.getMutationType()],
  ["subscription", schema.getSubscriptionType()],
] as const;

const customer = { externalId: "isolation" };

/** The values that the rules of a field need here. A new field that needs more fails until it is added here. */
const wanted: Record<string, (path: string[]) => object> = {
  getOrCreateConversation: () => ({ customer }),
  createSubConversation: () => ({ customer }),
  updateConversation: () => ({ name: "Renamed" }),
  deleteConversation: () => ({ cascade: true }),
  addParticipants: ([, place]) => (place === "conversationId" ? { memberIds: [recordOf("Member")] } : {}),
  removeParticipant: ([, place]) => (place === "conversationId" ? { memberId: recordOf("Member") } : {}),
  updateCustomer: () => ({ name: "Changed" }),
  updateMessage: ([, place]) => (place === "content" ? {} : { text: "Changed" }),
  deleteMessage: () => ({}),
  markRead: () => ({}),
  sendMessage: ([, place = ""]) => ({
    ...(place !== "content" && { text: "Hello" }),
    ...(place.startsWith("customer") && { sender: "CUSTOMER", customer }),
  }),
};

/** Stands for the id of the world's record of this type. */
function recordOf(type: NodeType): string {
  return `<the ${type}>`;
}

/** The required ids that are not of a conversation. */
const types: Record<string, NodeType> = { "UpdateMessageInput.id": "Message", "UpdateCustomerInput.id": "Customer" };

/** A value for a text that is required beside the one under test. */
const texts: Record<string, string> = {
  "LocalizedTextInput.language": "en",
  "AttachmentInput.url": "https://example.com/a.png",
};

/** The places whose type has a writer. */
export function positionsOf(writers: Writers): Position[] {
  return roots.flatMap(([operation, root]) =>
    Object.values(root?.getFields() ?? {}).flatMap((field) => {
      const declared = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
      const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
      return pathsTo(writers, `${root?.name}.${field.name}`, field.args).map((steps) => {
        const path = steps.map(({ input }) => input.name);
        const last = steps.at(-1) as Step;
        const input = wanted[field.name]?.(path);
        const { customer: _, ...others } = { customer, ...input };
        const [all, alone] = input ? [{ input }, { input: others }] : [{}, {}];
        return {
          name: `${operation === "subscription" ? "subscription " : ""}${field.name}(${path.join(".")})`,
          path: path.join("."),
          place: `${last.owner}.${last.input.name}`,
          ...{ operation, field, list: isList(last.input), wanted: all, alone },
          document: `${operation} (${declared}) { ${field.name}(${passed}) ${selection(field.type, 3)} }`,
          variables: (value, world, besides = path[1]?.startsWith("customer") ? alone : all) =>
            merge(withRecords(besides, world), valuesOf(field.args, { path, value, world, writers })),
        };
      });
    }),
  );
}

/** Every place that takes an id. */
export const positions = positionsOf({ ID: (id) => id, _Any: referenceTo });

function referenceTo(id: string): object {
  const name = id.slice(0, id.indexOf("_"));
  return { __typename: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, id };
}

function pathsTo(writers: Writers, owner: string, inputs: readonly Input[], seen: string[] = []): Step[][] {
  return inputs.flatMap((input) => {
    const named = getNamedType(input.type);
    if (named.name in writers) return [[{ owner, input }]];
    if (!isInputObjectType(named) || seen.includes(named.name)) return [];
    const below = pathsTo(writers, named.name, Object.values(named.getFields()), [...seen, named.name]);
    return below.map((steps) => [{ owner, input }, ...steps]);
  });
}

interface Filling {
  path: string[];
  value: string | string[];
  world: Spares;
  writers: Writers;
}

/** The values with the world's own ids. */
function withRecords(values: object, world: Spares): object {
  const withIds = JSON.stringify(values).replaceAll(/<the (\w+)>/g, (_, type) => world.idOf(type));
  return JSON.parse(withIds);
}

function valuesOf(inputs: readonly Input[], filling: Filling, owner = ""): Record<string, unknown> {
  const { value, world, writers } = filling;
  const [head, ...rest] = filling.path;
  const given = inputs.filter((input) => input.name === head || isRequired(input));
  return Object.fromEntries(
    given.map((input) => {
      const named = getNamedType(input.type);
      const onPath = input.name === head;
      if (isInputObjectType(named)) {
        const path = onPath ? rest : [];
        const below = valuesOf(Object.values(named.getFields()), { ...filling, path }, named.name);
        return [input.name, isList(input) ? [below] : below];
      }
      const text = texts[`${owner}.${input.name}`];
      const type = types[`${owner}.${input.name}`];
      const spare = type ? world.idOf(type) : world.spare;
      const written = (onPath ? [value].flat() : [spare]).map(writers[named.name] ?? ((id) => id));
      const values = text && !onPath ? [text] : written;
      return [input.name, isList(input) ? values : values[0]];
    }),
  );
}

function isList(input: Input): boolean {
  return isListType(getNullableType(input.type));
}

function isRequired(input: Input): boolean {
  return isRequiredArgument(input as GraphQLArgument) || isRequiredInputField(input as GraphQLInputField);
}

/** Both, the second where they differ. */
function merge(first: object, second: object): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const known = merged[key];
    merged[key] = isObject(known) && isObject(value) ? merge(known, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For `each`, whose `%s` writes a name in full. */
export const named = <T extends { name: string }>(all: T[]) => all.map((one) => [one.name, one] as const);
