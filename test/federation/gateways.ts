import { createServer } from "node:http";
import { ApolloGateway, IntrospectAndCompose, RemoteGraphQLDataSource } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { afterAll } from "vitest";
import type { Subgraph } from "./compose.ts";
import { serveGraphQL } from "./http.ts";

type Headers = Record<string, string | undefined>;

/** Both gateways under their makers' names: each serves a supergraph over HTTP, and answers its URL. */
export const gateways: Record<string, (supergraph: string) => Promise<string>> = {
  Apollo: (supergraphSdl) => serveApollo(supergraphSdl),
  Hive: serveHive,
};

/** Apollo's gateway, composing by itself what the subgraphs say of themselves. */
export function serveIntrospecting(subgraphs: Omit<Subgraph, "sdl">[], introspectionHeaders: Record<string, string>) {
  return serveApollo(new IntrospectAndCompose({ subgraphs, introspectionHeaders }));
}

/** The API key is for Parley: no other subgraph gets to see it. */
const credentials = ["authorization", "x-api-key"];

class ForwardingDataSource extends RemoteGraphQLDataSource<{ headers: Headers }> {
  override willSendRequest({
    request,
    context,
  }: Parameters<NonNullable<RemoteGraphQLDataSource["willSendRequest"]>>[0]) {
    for (const name of credentials) {
      const value = (context.headers as Headers | undefined)?.[name];
      if (value) request.http?.headers.set(name, value);
    }
  }
}

async function serveApollo(supergraphSdl: string | IntrospectAndCompose): Promise<string> {
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ name, url }) =>
      name === "parley" ? new ForwardingDataSource({ url }) : new RemoteGraphQLDataSource({ url }),
    logger: silent,
  });
  const server = new ApolloServer<{ headers: Headers }>({ gateway, logger: silent });
  const { url } = await startStandaloneServer(server, {
    listen: { host: "127.0.0.1", port: 0 },
    context: async ({ req }) => ({ headers: req.headers as Headers }),
  });
  afterAll(() => server.stop());
  return url;
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function serveHive(supergraph: string): Promise<string> {
  const runtime = createGatewayRuntime({
    supergraph,
    logging: false,
    propagateHeaders: {
      fromClientToSubgraphs: ({ request, subgraphName }) =>
        subgraphName === "parley"
          ? Object.fromEntries(credentials.map((name) => [name, request.headers.get(name)]))
          : undefined,
    },
  });
  afterAll(() => runtime[Symbol.asyncDispose]());
  return (await serveGraphQL(createServer(runtime))).url;
}
