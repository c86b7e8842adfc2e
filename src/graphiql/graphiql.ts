import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { serveAsset } from "./assets.ts";
import { contentSecurityPolicy, renderPage } from "./page.ts";

/** The way from / to the page. It is relative, because a proxy may serve the gateway below a path of its own. */
const wayToPage: Record<string, string> = { "/": "graphql", "/graphql/": "../graphql" };

const addedByProxies =
  /^(?:forwarded|via|cdn-loop|x-(?:forwarded|original|envoy)(?:-.+)?|(?:x-real|x-client|x-cluster-client|true-client|fastly-client|cf-connecting)-ip)$/;

/** Answers requests of browsers: for the page at /graphql, for its files, and for / with a redirect. Returns false for all others. */
export async function serveGraphiQL(
  { apiKey }: { apiKey?: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const [, path = "", search = ""] = /^([^?]*)(.*)$/.exec(request.url ?? "") ?? [];
  if (path.startsWith("/graphiql/")) {
    // A worker follows the content security policy of its own file.
    response.setHeader("Content-Security-Policy", contentSecurityPolicy);
    return serveAsset(path.slice(1), request, response);
  }
  if (!request.headers.accept?.includes("text/html")) return false;
  const Location = wayToPage[path];
  if (Location) {
    response.writeHead(302, { Location: Location + search }).end();
    return true;
  }
  if (path !== "/graphql") return false;
  const page = await renderPage(isDirect(request.headers) ? apiKey : undefined);
  response.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": contentSecurityPolicy,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    Vary: "Accept",
  });
  response.end(page);
  return true;
}

/** Whether the browser runs on this machine, as far as the request shows: no header says that a proxy passed it on. */
function isDirect(headers: IncomingHttpHeaders): boolean {
  return isNamedDirectly(headers.host) && !Object.keys(headers).some((name) => addedByProxies.test(name));
}

/** Accepts localhost and addresses only. A foreign page can point its own domain at this machine and read the answers. */
function isNamedDirectly(host = "unknown"): boolean {
  const { hostname } = new URL(`http://${host}`);
  return hostname === "localhost" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}
