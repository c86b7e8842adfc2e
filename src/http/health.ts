import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readiness } from "../database/readiness.ts";

interface Health {
  isDraining: () => boolean;
  checkReadiness: () => Promise<Readiness>;
}

/** Answers /livez, which only says that the process runs, and /readyz, which balancers ask. False for everything else. */
export async function serveHealth(
  { isDraining, checkReadiness }: Health,
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (method !== "GET" && method !== "HEAD") return false;
  const [path] = url.split("?", 1);
  if (path !== "/livez" && path !== "/readyz") return false;
  const state = path === "/livez" ? "ok" : isDraining() ? "draining" : await checkReadiness();
  const body = state === "ok" ? { status: "ok" } : { status: "unavailable", failed: state };
  response.writeHead(state === "ok" ? 200 : 503, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(body));
  return true;
}
