import type { IncomingMessage } from "node:http";
import type { GraphQLParams } from "graphql-yoga";
import { DomainError } from "../errors.ts";

const maxBodySize = 256 * 1024;
const maxVariableLevels = 100;

/** Reads the GraphQL request of a POST body or a GET query string; throws BAD_USER_INPUT, also above 256 KiB. */
export async function readParams(request: IncomingMessage): Promise<GraphQLParams> {
  const params = request.method === "POST" ? await readJsonBody(request) : readQueryString(request.url ?? "");
  if (levelsExceed(params.variables, maxVariableLevels))
    throw invalid("INVALID_VARIABLES", `Variables may be nested up to ${maxVariableLevels} levels.`);
  return params;
}

async function readJsonBody(request: IncomingMessage): Promise<GraphQLParams> {
  if (!/^application\/json *(;|$)/i.test(request.headers["content-type"] ?? ""))
    throw invalid("UNSUPPORTED_MEDIA_TYPE", "POST requests have to be of content-type application/json.");
  const body = parseJson(await readBody(request), "The body");
  if (Array.isArray(body))
    throw invalid("INVALID_REQUEST", "Batches are not supported: send one operation per request.");
  if (typeof body !== "object" || body === null) throw invalid("INVALID_REQUEST", "The body has to be a JSON object.");
  return body;
}

/** Reads a body that is too large to its end, keeping nothing: a client that is still sending would not hear the refusal. */
async function readBody(request: IncomingMessage): Promise<string> {
  if (Number(request.headers["content-length"]) > maxBodySize) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBodySize) chunks.push(chunk);
  }
  if (size > maxBodySize) throw tooLarge();
  return Buffer.concat(chunks).toString();
}

function readQueryString(url: string): GraphQLParams {
  const search = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  const text = (name: string) => search.get(name) ?? undefined;
  const object = (name: string) => (search.get(name) ? parseJson(search.get(name) ?? "", `"${name}"`) : undefined);
  return {
    query: text("query"),
    operationName: text("operationName"),
    variables: object("variables"),
    extensions: object("extensions"),
  };
}

function parseJson(text: string, what: string) {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("INVALID_REQUEST", `${what} is not valid JSON.`);
  }
}

/** Level by level instead of recursively: what is to be refused must not overflow the stack. */
function levelsExceed(value: unknown, limit: number): boolean {
  const isNested = (item: unknown) => typeof item === "object" && item !== null;
  let level = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === limit) return true;
    level = level.flatMap((item) => Object.values(item as object)).filter(isNested);
  }
  return false;
}

function tooLarge(): DomainError {
  return invalid("REQUEST_TOO_LARGE", `The request is larger than ${maxBodySize / 1024} KiB.`);
}

function invalid(reason: string, message: string): DomainError {
  return new DomainError("BAD_USER_INPUT", message, { reason });
}
