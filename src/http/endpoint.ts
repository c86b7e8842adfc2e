import type { IncomingMessage, ServerResponse } from "node:http";
import type { DocumentNode, GraphQLSchema } from "graphql";
import { createGraphQLError, createYoga, type Plugin } from "graphql-yoga";
import { LRUCache } from "lru-cache";
import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import type { Database } from "../database/open.ts";
import { currentUsage } from "../database/usage.ts";
import { DomainError } from "../errors.ts";
import { encodeGlobalId } from "../global-id.ts";
import type { KnownKey } from "../keys/authenticate.ts";
import type { Limits } from "../limits.ts";
import { bodyPoints, documentPoints } from "../pricing/text-points.ts";
import type { Log } from "../public-error.ts";
import { type Exchange, exchangeOf, noteOperation } from "../telemetry/exchange.ts";
import type { Admission } from "./admission.ts";
import { type AnswerType, answerTypes } from "./answer-types.ts";
import { parseDocument } from "./parse-document.ts";
import type { Bill, Charge } from "./rate-limit.ts";
import { readParams, requireQuery } from "./request-params.ts";
import { useAnswer } from "./use-answer.ts";
import { useBoundedValidation } from "./use-bounded-validation.ts";
import { useCompiled } from "./use-compiled.ts";
import { usePrice } from "./use-price.ts";

interface ServerContext {
  req: IncomingMessage;
  res: ServerResponse;
  caller: Caller;
  exchange: Exchange;
  answerTypes: readonly AnswerType[];
  pay: (rows: number) => Promise<void>;
  bill?: Bill | undefined;
}

// A parsed document takes up to 250 times the memory of its text.
const maxCachedDocument = 8 * 1024;
const documentCacheSize = 256 * 1024;

interface EndpointOptions {
  db: Database;
  schema: GraphQLSchema;
  authenticate: (headers: Headers) => Promise<KnownKey>;
  limits: Limits;
  introspection: boolean;
  admission: Admission;
  /** Absent: there is no rate limit. */
  charge?: Charge;
  log: Log;
}

/** The GraphQL endpoint at /graphql: Yoga with everything off that the gateway does not offer. */
export function createEndpoint(options: EndpointOptions) {
  const { db, schema, limits, introspection } = options;
  return createYoga<ServerContext, Omit<Context, "caller">>({
    schema,
    context: { db },
    plugins: [
      useCaller(options),
      useBoundedParser(limits),
      useBoundedValidation(introspection),
      useExchange(),
      usePrice(limits.queryBudget),
      useCompiled(),
      useAnswer(options),
    ],
    parserAndValidationCache: boundedCaches(),
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: limits.maxBatch > 1 && { limit: limits.maxBatch },
    logging: false,
    // Both are done in other places: at a third of the cost in readParams, and in useAnswer.
    maxRequestBodySize: false,
    maskedErrors: false,
    // Not a path that a request can have.
    healthCheckEndpoint: " ",
  });
}

/** Nothing of a request is read, let alone parsed or validated, before its API key is known to be good and within its limit. */
function useCaller({ authenticate, admission, charge, limits }: EndpointOptions): Plugin<object, ServerContext> {
  return {
    async onRequestParse({ request, serverContext, setRequestParser }) {
      const { req, res } = serverContext;
      const exchange = exchangeOf(req);
      serverContext.exchange = exchange;
      serverContext.answerTypes = answerTypes(req.headers.accept);
      requireMethod(request.method);
      if (serverContext.answerTypes.length === 0) throw notAcceptable();
      const { id, caller, prefix } = await authenticate(request.headers);
      serverContext.caller = caller;
      exchange.keyPrefix = prefix;
      exchange.workspaceId = encodeGlobalId("Workspace", caller.workspaceId);
      const usage = currentUsage.getStore();
      if (usage) usage.workspaceId = caller.workspaceId;
      admission.identify(req, caller.workspaceId);
      const bill = charge?.(id, caller.workspaceId, res);
      await bill?.take(1);
      serverContext.bill = bill;
      serverContext.pay = async (rows) => {
        await admission.reserve(req, rows);
        await bill?.take(rows);
      };
      const read: Admission["read"] = async (...reading) => {
        const bytes = await admission.read(...reading);
        await bill?.take(bodyPoints(bytes.length));
        return bytes;
      };
      setRequestParser(() => readParams(req, limits.maxBatch, { ...admission, read }));
    },
    onParams({ params }) {
      requireQuery(params);
    },
  };
}

function requireMethod(method: string): void {
  if (method === "GET" || method === "POST") return;
  const http = { status: 405, headers: { Allow: "GET, POST" } };
  throw createGraphQLError("GraphQL requests are GET or POST.", { extensions: { code: "BAD_REQUEST", http } });
}

function notAcceptable(): DomainError {
  const message = "Answers are application/graphql-response+json, application/json or text/event-stream, in UTF-8.";
  return new DomainError("BAD_USER_INPUT", message, { reason: "NOT_ACCEPTABLE" });
}

/** Characters. */
const shortToken = 4;

/** Parses what is not in the cache, for points. */
function useBoundedParser(limits: Limits): Plugin<ServerContext> {
  return {
    onParse({ setParseFn, context: { exchange } }) {
      setParseFn((text: string) => {
        // Of a document that cannot be parsed, no more than this is known.
        let tokens = Math.min(limits.maxTokens, text.length / shortToken);
        try {
          const document = parseDocument(text, limits);
          tokens = document.tokenCount ?? tokens;
          return document;
        } finally {
          exchange.unpaidPoints = (exchange.unpaidPoints ?? 0) + documentPoints(tokens, text.length);
        }
      });
    },
  };
}

function useExchange(): Plugin<ServerContext> {
  return {
    onExecute({ args }) {
      noteOperation(args.contextValue.exchange, args);
    },
  };
}

/** Bounded by length, not by number: a thousand of the longest documents would fill the memory. */
function boundedCaches() {
  const documentCache = new LRUCache<string, DocumentNode>({
    maxSize: documentCacheSize,
    maxEntrySize: maxCachedDocument,
    sizeCalculation: (_, text) => text.length + 1,
  });
  return { documentCache, errorCache: { get: () => undefined, set: () => undefined } };
}
