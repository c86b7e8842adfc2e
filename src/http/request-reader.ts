import type { IncomingMessage, ServerResponse } from "node:http";
import type { Caller } from "../caller.ts";
import type { Limits } from "../config.ts";
import type { Context } from "../context.ts";
import { currentUsage } from "../database/usage.ts";
import { encodeGlobalId } from "../global-id.ts";
import type { Authenticator } from "../keys/authenticate.ts";
import { bodyPoints } from "../pricing/parsing-points.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { Admission } from "./admission.ts";
import { type AnswerType, notAcceptable } from "./answer-types.ts";
import { readMaxStaleness } from "./max-staleness.ts";
import type { Bill, Charge } from "./rate-limit.ts";
import { readParams } from "./read-params.ts";
import { toGraphQLError } from "./to-graphql-error.ts";

/** The facts about a request. Those from `caller` on are there once its key is known. */
export interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  exchange: Exchange;
  answerTypes: readonly AnswerType[];
  caller: Caller;
  keyId: string;
  pay: (rows: number) => Promise<void>;
  bill?: Bill | undefined;
  /** The request holds several operations. */
  isBatch?: boolean;
  /** How far behind the primary the answer may be, in milliseconds. Absent: the primary answers. */
  maxStalenessMs?: number | undefined;
  /** Opens a bill for each batch of a stream, because later batches belong to other minutes than the request. */
  newBill: () => Bill | undefined;
}

/** The context of an operation that came over HTTP. */
export type OperationContext = ServerContext & Context;

export interface ReaderOptions {
  authenticate: Authenticator;
  admission: Admission;
  /** Absent: there is no rate limit. */
  charge?: Charge;
  limits: Limits;
}

export type RequestReader = ReturnType<typeof requestReader>;

/** Reads a request. It reads, parses and validates nothing before the API key is known to be good and has points left. */
export function requestReader({ authenticate, admission, charge, limits }: ReaderOptions) {
  const read = async (context: ServerContext) => {
    const { req, res, exchange } = context;
    if (context.answerTypes.length === 0) throw notAcceptable();
    const { id, caller, prefix } = await authenticate(req.headers);
    context.caller = caller;
    context.keyId = id;
    exchange.keyPrefix = prefix;
    exchange.workspaceId = encodeGlobalId("Workspace", caller.workspaceId);
    const usage = currentUsage.getStore();
    if (usage) Object.assign(usage, { workspaceId: caller.workspaceId, leaving: leavingOf(res) });
    admission.identify(req, caller.workspaceId);
    context.newBill = () => charge?.(id, caller.workspaceId, res);
    const bill = context.newBill();
    await bill?.take(1);
    context.bill = bill;
    context.pay = async (rows) => {
      await admission.reserve(req, rows);
      await bill?.take(rows);
    };
    const readPaid: Admission["read"] = async (...reading) => {
      const bytes = await admission.read(...reading);
      await bill?.take(bodyPoints(bytes.length));
      return bytes;
    };
    const params = await readParams(req, limits.maxBatch, { ...admission, read: readPaid });
    const maxStalenessMs = readMaxStaleness(req.headers);
    context.isBatch = Array.isArray(params);
    // A batch may write, and its other operations must see these writes.
    if (!context.isBatch) context.maxStalenessMs = maxStalenessMs;
    return params;
  };
  return (context: ServerContext) =>
    read(context).catch((error) => {
      throw toGraphQLError(error);
    });
}

/** Makes a signal that is aborted when the client leaves before it has its answer. Few requests need one. */
function leavingOf(response: ServerResponse): () => AbortSignal {
  return () => {
    if (response.closed) return AbortSignal.abort();
    const leaving = new AbortController();
    response.once("close", () => response.writableFinished || leaving.abort());
    return leaving.signal;
  };
}
