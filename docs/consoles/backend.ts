import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { extname, join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";

export interface BackendOptions {
  /** The gateway's URL, such as `http://127.0.0.1:4000/graphql`. */
  gateway: string;
  /** The API key of the member who is signed in, or undefined. Look up the session that your login began. */
  keyOf(session: string | undefined): Promise<string | undefined> | string | undefined;
  /** The directory with `index.html` and the built console. */
  files: string;
  /** The names in the console's URL, such as `console.example.com`. Without them, only localhost and addresses. */
  hosts?: readonly string[];
}

const types: Record<string, string> = {
  ...{ ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css" },
  ...{ ".json": "application/json", ".map": "application/json", ".webmanifest": "application/manifest+json" },
  ...{ ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp" },
  ...{ ".ico": "image/x-icon", ".woff2": "font/woff2", ".txt": "text/plain" },
};
const protection = { "x-content-type-options": "nosniff", "content-security-policy": "frame-ancestors 'none'" };
const asked = ["accept", "accept-language", "x-request-id", "x-query-cost"];
const answered = [
  ...["cache-control", "content-language", "content-type", "retry-after", "vary", "x-request-id", "x-staleness"],
  ...["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"],
];
const mostBytes = 1024 * 1024;

/** Serves a console and passes its GraphQL on to the gateway. The browser has a session; the API keys stay here. */
export function createBackend(options: BackendOptions): Server {
  return createServer(async (request, response) => {
    try {
      const [path = "/"] = (request.url ?? "/").split("?");
      if (!isOwnHost(request.headers.host, options.hosts)) refuse(response, 421, "FORBIDDEN", "No such host is here.");
      else if (path === "/graphql") await passOn(request, response, options);
      else await serveFile(path, response, options.files);
    } catch {
      // Of an answer that has begun, the browser has to notice the end.
      if (response.headersSent) response.destroy();
      else refuse(response, 502, "SERVICE_UNAVAILABLE", "The gateway cannot be reached.");
    }
  });
}

/** A foreign site can point its own name at this machine: to the browser, its page is then this one's. */
function isOwnHost(host: string | undefined, hosts: readonly string[] | undefined): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return hosts?.includes(hostname) ?? (hostname === "localhost" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0);
}

/** The answer may be a stream of server-sent events: it is passed on as it comes, and ended when the browser leaves. */
async function passOn(request: IncomingMessage, response: ServerResponse, { gateway, keyOf }: BackendOptions) {
  if (!isFromOwnPage(request)) return refuse(response, 403, "FORBIDDEN", "Only the console's own page may ask.");
  const key = await keyOf(/(?:^|;\s*)session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
  if (!key) return refuse(response, 401, "UNAUTHENTICATED", "Sign in first.");
  if (!(Number(request.headers["content-length"]) <= mostBytes)) {
    return refuse(response, 413, "BAD_USER_INPUT", "The request is too large.");
  }
  const leaving = new AbortController();
  response.once("close", () => leaving.abort());
  const headers = new Headers({ "content-type": "application/json", "x-api-key": key });
  for (const name of asked) if (request.headers[name]) headers.set(name, String(request.headers[name]));
  const body = await text(request);
  const answer = await fetch(gateway, { method: "POST", headers, body, signal: leaving.signal });
  for (const name of answered) {
    const value = answer.headers.get(name);
    if (value) response.setHeader(name, value);
  }
  response.writeHead(answer.status).flushHeaders();
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response);
}

/** Another site's page can send neither JSON nor this header's value without being asked about first. */
function isFromOwnPage({ method, headers }: IncomingMessage): boolean {
  const isJson = headers["content-type"]?.startsWith("application/json") ?? false;
  return method === "POST" && isJson && ["same-origin", undefined].includes(headers["sec-fetch-site"] as string);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

/** A file of the console. A path without an ending, such as `/conversations`, is one of the console's own pages. */
async function serveFile(path: string, response: ServerResponse, files: string) {
  const name = extname(path) ? path : "/index.html";
  const type = types[extname(name)];
  // No part begins with a dot, so the path leads neither out of the directory nor to a hidden file.
  const isFile = type !== undefined && /^(?:\/[\w-][\w.-]*)+$/.test(name);
  const file = isFile ? await readFile(join(files, name)).catch(() => undefined) : undefined;
  if (!file) return void response.writeHead(404, protection).end();
  const charset = /^(?:text|application)\//.test(type as string) ? "; charset=utf-8" : "";
  response
    .writeHead(200, { ...protection, "content-type": `${type}${charset}`, "cache-control": "no-cache" })
    .end(file);
}
