import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readiness } from "../database/readiness.ts";
import { pathOf } from "./path-of.ts";

interface Health {
  isDraining: () => boolean;
  checkReadiness: () => Promise<Readiness>;
}

/** Answers /livez, which only says that the process runs, and /readyz, which balancers ask. False for everything else. */
export async function serveHealth(
  { isDraining, checkReadiness }: Health,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.method !== "GET" && request.method !== "HEAD") return false;
  const path = pathOf(request);
  if (path !== "/livez" && path !== "/readyz") return false;
  const state = path === "/livez" ? "ok" : isDraining() ? "draining" : await checkReadiness();
  const body = state === "ok" ? { status: "ok" } : { status: "unavailable", failed: state };
  response.writeHead(state === "ok" ? 200 : 503, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(body));
  return true;
}
