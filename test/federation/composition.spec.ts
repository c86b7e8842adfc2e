import { buildSchema, type GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { composers } from "./compose.ts";
import { serveParley } from "./parley.ts";
import { billingSdl, shopSdl } from "./shops.ts";

let parleySdl: string;
beforeAll(async () => {
  parleySdl = await (await serveParley()).sdl();
});

describe.each(Object.entries(composers))("composed by %s", (_name, compose) => {
  const parley = () => ({ name: "parley", url: "http://parley", sdl: parleySdl });
  const shop = { name: "shop", url: "http://shop", sdl: shopSdl };
  const billing = { name: "billing", url: "http://billing", sdl: billingSdl };

  test("Parley is a supergraph by itself", () => {
    expect(compose([parley()])).toContain('PARLEY @join__graph(name: "parley", url: "http://parley")');
  });

  test("Parley goes with another Relay server and with one that knows customers by externalId", () => {
    const schema = buildSchema(compose([parley(), shop, billing]), { assumeValid: true });
    const fieldsOf = (type: string) => Object.keys((schema.getType(type) as GraphQLObjectType).getFields());
    expect(fieldsOf("Conversation")).toEqual(expect.arrayContaining(["id", "children", "messages", "csat", "orders"]));
    expect(fieldsOf("Customer")).toEqual(expect.arrayContaining(["id", "externalId", "email", "points"]));
    expect(fieldsOf("Query")).toEqual(expect.arrayContaining(["conversations", "tickets", "invoices", "node"]));
    expect(fieldsOf("Query")).not.toContain("_entities");
    expect(fieldsOf("Mutation")).toContain("getOrCreateConversation");
  });

  test.each(["Conversation", "Customer", "Member", "Channel", "Message"])("%s can be extended by its id", (type) => {
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      type Query { starred: [${type}!]! }
      type ${type} @key(fields: "id") { id: ID!, starred: Boolean! }`;
    expect(() => compose([parley(), { name: "stars", url: "http://stars", sdl }])).not.toThrow();
  });

  test("composers refuse wrong schemas", () => {
    const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
      type Conversation @key(fields: "id") { id: ID!, name: String }`;
    expect(() => compose([parley(), { name: "thief", url: "http://thief", sdl }])).toThrow(/name/);
  });
});
