import type { IncomingMessage } from "node:http";

/** The path that a request asks for, without its query string. A slash at its end makes no difference. */
export function pathOf({ url = "" }: IncomingMessage): string {
  const [path = ""] = url.split("?", 1);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
