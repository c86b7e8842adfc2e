import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";

export interface BackendOptions {
  /** The gateway's URL, such as `http://127.0.0.1:3000/graphql`. */
  gateway: string;
  /** The API key of the member who is signed in, or undefined. Look up the session that your login began. */
  keyOf(session: string | undefined): Promise<string | undefined> | string | undefined;
  /** The directory with `index.html` and the built console. */
  files: string;
}

const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const passedOn = ["content-type", "retry-after", "x-request-id"];
const mostBytes = 1024 * 1024;

/** Serves a console and passes its GraphQL on to the gateway. The browser has a session; the API keys stay here. */
export function createBackend(options: BackendOptions): Server {
  return createServer(async (request, response) => {
    try {
      if (request.url === "/graphql") await passOn(request, response, options);
      else await serveFile(request, response, options.files);
    } catch {
      if (!response.headersSent) response.writeHead(502);
      response.end();
    }
  });
}

async function passOn(request: IncomingMessage, response: ServerResponse, { gateway, keyOf }: BackendOptions) {
  if (!isFromOwnPage(request)) return refuse(response, 403, "FORBIDDEN", "Only the console's own page may ask.");
  const key = await keyOf(/(?:^|;\s*)session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
  if (!key) return refuse(response, 401, "UNAUTHENTICATED", "Sign in first.");
  if (!(Number(request.headers["content-length"]) <= mostBytes)) {
    return refuse(response, 413, "BAD_USER_INPUT", "The request is too large.");
  }
  const answer = await fetch(gateway, {
    method: "POST",
    headers: { "content-type": "application/json", accept: request.headers.accept ?? "*/*", "x-api-key": key },
    body: await text(request),
  });
  for (const name of passedOn) {
    const value = answer.headers.get(name);
    if (value) response.setHeader(name, value);
  }
  response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
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

/** A file of the console; every other path is one of the console's own pages. */
async function serveFile({ url = "/" }: IncomingMessage, response: ServerResponse, files: string) {
  const name = /^\/([\w-]+\.(?:js|css))$/.exec(url)?.[1] ?? "index.html";
  const file = await readFile(join(files, name));
  response.writeHead(200, { "content-type": `${types[extname(name)]}; charset=utf-8`, "cache-control": "no-cache" });
  response.end(file);
}
