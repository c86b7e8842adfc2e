import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import { serveAsset } from "./assets.ts";
import { contentSecurityPolicy, renderPage } from "./page.ts";

/** Answers what browsers ask for: the page at /graphql, its files, and the way to it from /. False for everything else. */
export async function serveGraphiQL(
  { apiKey }: { apiKey?: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const [path = ""] = (request.url ?? "").split("?", 1);
  if (path.startsWith("/graphiql/")) {
    // Workers follow the policy of their own file.
    response.setHeader("Content-Security-Policy", contentSecurityPolicy);
    return serveAsset(path, request, response);
  }
  if (!request.headers.accept?.includes("text/html")) return false;
  if (path === "/") {
    response.writeHead(302, { Location: "/graphql" }).end();
    return true;
  }
  if (path !== "/graphql") return false;
  const page = await renderPage(isNamedDirectly(request.headers.host) ? apiKey : undefined);
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

/** A foreign page can point a domain of its own at this machine and read what it answers, but not localhost or an address. */
function isNamedDirectly(host = "unknown"): boolean {
  const { hostname } = new URL(`http://${host}`);
  return hostname === "localhost" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
}
