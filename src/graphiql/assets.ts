import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { startScript } from "./browser.ts";

/** The names of the files that the page loads. */
export type AssetName = "css" | "app" | "start" | "editorWorkerService" | "json" | "graphql";

interface Asset {
  /** The path of the file, relative to the page and to the gateway. */
  path: string;
  type: string;
  /** All browsers that load the file share this buffer. */
  body: Buffer;
  compressed: Map<string, Promise<Buffer>>;
}

const encodings: Record<string, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (body) => promisify(gzip)(body),
};

// Works around GraphiQL 5's tabs, which keep the offsets of an animation: a tab that is pressed jumps away from the pointer.
// Delete this when the browser test passes without it.
const tabsInPlace = "\n.graphiql-tab { transform: none !important; }\n";

let loading: Promise<Record<AssetName, Asset>> | undefined;

/** Loads the 9 MB of GraphiQL when the first browser comes, so that a gateway without browsers neither starts later nor needs the memory. */
export function loadAssets(): Promise<Record<AssetName, Asset>> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Record<AssetName, Asset>> {
  const graphiql = await import("@graphql-yoga/render-graphiql/graphiql");
  return {
    css: asset("graphiql", "css", graphiql.css + tabsInPlace),
    app: asset("graphiql", "js", graphiql.js),
    start: asset("start", "js", startScript),
    editorWorkerService: asset("editor-worker", "js", graphiql.editorWorkerService),
    json: asset("json-worker", "js", graphiql.jsonWorker),
    graphql: asset("graphql-worker", "js", graphiql.graphqlWorker),
  };
}

function asset(name: string, extension: "css" | "js", text: string): Asset {
  const body = Buffer.from(text);
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 12);
  const type = `text/${extension === "js" ? "javascript" : "css"}; charset=utf-8`;
  return { path: `graphiql/${name}.${hash}.${extension}`, type, body, compressed: new Map() };
}

/** Answers with a file of the page, compressed once for each encoding. Returns false if there is no such file. */
export async function serveAsset(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const found = Object.values(await loadAssets()).find((each) => each.path === path);
  if (!found) return false;
  const accepted = String(request.headers["accept-encoding"] ?? "");
  const encoding = Object.keys(encodings).find((name) =>
    new RegExp(`\\b${name}\\b(?!; *q=0(\\.0*)?\\b)`).test(accepted),
  );
  const body = encoding ? await compress(found, encoding) : found.body;
  response.writeHead(200, {
    "Content-Type": found.type,
    "Content-Length": body.length,
    "Cache-Control": "public, max-age=31536000, immutable",
    Vary: "Accept-Encoding",
    ...(encoding && { "Content-Encoding": encoding }),
  });
  response.end(body);
  return true;
}

function compress({ body, compressed }: Asset, encoding: string): Promise<Buffer> {
  const known = compressed.get(encoding) ?? (encodings[encoding] as (typeof encodings)[string])(body);
  compressed.set(encoding, known);
  return known;
}
