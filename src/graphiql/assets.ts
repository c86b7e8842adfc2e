import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { startScript } from "./browser.ts";

/** The files that the page loads, by what they are. */
export const assetNames = ["css", "app", "start", "editorWorkerService", "json", "graphql"] as const;
export type AssetName = (typeof assetNames)[number];

interface Asset {
  /** Relative to the page's and to that of the gateway: both stand at the top. */
  path: string;
  type: string;
  /** One buffer for all who take it, however slowly. */
  body: Buffer;
  compressed: Map<string, Promise<Buffer>>;
}

const encodings: Record<string, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (body) => promisify(gzip)(body),
};

// GraphiQL leaves the offsets of an animation on its tabs, and a tab that is pressed jumps by them, away from the pointer.
const tabsInPlace = "\n.graphiql-tab { transform: none !important; }\n";

let loading: Promise<Record<AssetName, Asset>> | undefined;

/** The 9 MB of GraphiQL, loaded when the first browser comes: neither the start nor the memory of an API-only gateway pays. */
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

/** Answers one of the page's files, compressed once as the browser likes it; false when there is no such file. */
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
