import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { connectionString, poolSize, port, workspaceOf } from "./listen.ts";

// PostGraphile V5 as it comes, on the schema "peers". Nothing restricts it to a workspace but the operations' own arguments: with row-level
// security it would be slower.

const preset: GraphileConfig.Preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  pgServices: [
    makePgService({
      connectionString: `${connectionString}?options=${encodeURIComponent("-c search_path=peers,public")}`,
      schemas: ["peers"],
      pubsub: false,
      poolConfig: { max: poolSize },
    }),
  ],
  schema: { defaultBehavior: "+connection +list" },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, websockets: false, outputDataAsString: true },
  grafast: {
    explain: false,
    context: async ({ node }) => ({ workspace: await workspaceOf(String(node?.req.headers["x-api-key"])) }),
  },
};

const server = createServer();
await postgraphile(preset).createServ(grafserv).addTo(server);
server.listen(port, "127.0.0.1");
