import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLObjectType, isAbstractType, isObjectType } from "graphql";
import { describe, expect, test } from "vitest";
import { settings as apollo } from "./apollo-cache.ts";
import { settings as urql } from "./urql-cache.ts";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("_"));
const objects = types.filter(isObjectType);

/** All paged lists of the schema, but not those of events: a client that follows events reads each page once and needs no cache. */
const lists = objects.flatMap((type) => pagedIn(type).map((field) => `${type.name}.${field}`)).toSorted();

function pagedIn(type: GraphQLObjectType): string[] {
  if (type === schema.getSubscriptionType()) return [];
  const paged = Object.values(type.getFields()).filter(({ args }) => args.some(({ name }) => name === "after"));
  return paged.map(({ name }) => name).filter((name) => name !== "events");
}

function namesIn(fields: Record<string, object>): string[] {
  return Object.entries(fields).flatMap(([type, names]) => Object.keys(names).map((name) => `${type}.${name}`));
}

describe("the settings of a cache name", () => {
  test("every paged list, and the types of every interface (Apollo Client)", () => {
    const policies = Object.entries(apollo.typePolicies).map(([type, { fields }]) => [type, fields]);
    expect(namesIn(Object.fromEntries(policies)).toSorted()).toEqual(lists);
    const possible = types.filter(isAbstractType).map((type) => {
      const names = schema.getPossibleTypes(type).map(({ name }) => name);
      return [type.name, names.toSorted()];
    });
    expect(apollo.possibleTypes).toEqual(Object.fromEntries(possible));
  });

  test("every paged list, and every type without an id (urql)", () => {
    expect(namesIn(urql.resolvers).toSorted()).toEqual(lists);
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    // urql itself knows that connections and edges have no id. Payloads are not kept in the cache.
    const known = /^PageInfo$|(Connection|Edge|Payload)$/;
    const bare = objects.filter((type) => !type.getFields().id && !roots.includes(type) && !known.test(type.name));
    expect(Object.keys(urql.keys).toSorted()).toEqual(bare.map(({ name }) => name).toSorted());
  });
});
