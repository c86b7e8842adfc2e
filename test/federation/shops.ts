import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { serveGraphQL } from "./http.ts";

/** The records to which the other subgraphs refer. */
export interface Business {
  /** Ids of conversations, one for each ticket. */
  tickets: string[];
  /** The externalIds of customers, one for each invoice. */
  invoices: string[];
}

interface Reference {
  __typename: string;
  id: string;
}

const federation = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
`;

/** A Relay server of its own, with Node and PageInfo, that adds fields to Parley's types by their ids. */
export const shopSdl = `${federation}
  type Query {
    node(id: ID!): Node
    tickets(first: Int! = 20): [Ticket!]!
    regulars(ids: [ID!]!): [Customer!]!
  }
  interface Node { id: ID! }
  type PageInfo @shareable {
    hasNextPage: Boolean!
    hasPreviousPage: Boolean!
    startCursor: String
    endCursor: String
  }
  type Ticket implements Node @key(fields: "id") { id: ID!, subject: String!, conversation: Conversation }
  type Order implements Node @key(fields: "id") { id: ID!, total: Int! }
  type OrderConnection { edges: [OrderEdge!]!, pageInfo: PageInfo! }
  type OrderEdge { node: Order!, cursor: String! }
  type Conversation @key(fields: "id") { id: ID!, csat: Int, orders(first: Int! = 2): OrderConnection! }
  type Customer @key(fields: "id") { id: ID!, points: Int }
`;

/** Knows customers only by their externalId. */
export const billingSdl = `${federation}
  type Query { invoices: [Invoice!]! }
  type Invoice @key(fields: "number") { number: ID!, customer: Customer }
  type Customer @key(fields: "externalId", resolvable: false) { externalId: String }
`;

export async function serveShops(business: Business) {
  const [shop, billing] = await Promise.all([serveShop(business), serveBilling(business)]);
  return { shop, billing };
}

function serveShop(business: Business) {
  return serveSubgraph(shopSdl, "Ticket | Order | Conversation | Customer", {
    Query: {
      node: (_: unknown, { id }: { id: string }) => ({ __typename: "Order", id }),
      tickets: (_: unknown, { first }: { first: number }) =>
        business.tickets
          .slice(0, first)
          .map((id, index) => ({ id: `ticket_${index}`, subject: `Ticket ${index}`, conversation: { id } })),
      regulars: (_: unknown, { ids }: { ids: string[] }) => ids.map((id) => ({ id })),
    },
    Conversation: {
      csat: ({ id }: Reference) => csatOf(id),
      orders: ({ id }: Reference, { first }: { first: number }) => ordersOf(id, first),
    },
    Customer: { points: ({ id }: Reference) => pointsOf(id) },
  });
}

function serveBilling(business: Business) {
  return serveSubgraph(billingSdl, "Invoice", {
    Query: {
      invoices: () =>
        business.invoices.map((externalId, index) => ({ number: String(index), customer: { externalId } })),
    },
  });
}

export const csatOf = (id: string) => id.charCodeAt(id.length - 1) % 5;
export const pointsOf = (id: string) => id.charCodeAt(id.length - 1);

function ordersOf(id: string, first: number) {
  const edges = Array.from({ length: first }, (_, index) => ({
    node: { id: `order_${index}_${id}`, total: index },
    cursor: String(index),
  }));
  return {
    edges,
    pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: "0", endCursor: String(first - 1) },
  };
}

function serveSubgraph(
  sdl: string,
  entities: string,
  { Query, ...resolvers }: Record<string, Record<string, unknown>>,
) {
  const machinery = `
    scalar _Any
    union _Entity = ${entities}
    type _Service { sdl: String! }
    extend type Query { _entities(representations: [_Any!]!): [_Entity]!, _service: _Service! }
    directive @link(url: String!, import: [String!]) on SCHEMA
    directive @key(fields: String!, resolvable: Boolean) repeatable on OBJECT
    directive @shareable on OBJECT
  `;
  const schema = createSchema({
    typeDefs: [sdl.replace(federation, ""), machinery],
    resolvers: {
      ...resolvers,
      Query: {
        ...Query,
        _entities: (_: unknown, { representations }: { representations: Reference[] }) => representations,
        _service: () => ({ sdl }),
      },
    },
  });
  return serveGraphQL(createServer(createYoga<object>({ schema, logging: false })));
}
