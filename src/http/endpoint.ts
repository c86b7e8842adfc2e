import type { IncomingMessage, ServerResponse } from "node:http";
import type { DocumentNode, GraphQLSchema } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import { LRUCache } from "lru-cache";
import type { Limits } from "../config.ts";
import { type Context, Loaders } from "../context.ts";
import type { Database } from "../database/open.ts";
import type { Replicas } from "../database/replicas.ts";
import { documentPoints } from "../pricing/text-points.ts";
import type { Log } from "../public-error.ts";
import { type Exchange, noteOperation } from "../telemetry/exchange.ts";
import { directly } from "./answer-directly.ts";
import { type AnswerType, answerTypes } from "./answer-types.ts";
import { DocumentTurns } from "./document-turns.ts";
import { parseDocument } from "./parse-document.ts";
import { requireQuery } from "./request-params.ts";
import { type ReaderOptions, type RequestReader, requestReader, type ServerContext } from "./request-reader.ts";
import { publishResult, useAnswer } from "./use-answer.ts";
import { useBoundedValidation } from "./use-bounded-validation.ts";
import { useExecutor } from "./use-executor.ts";
import { usePrice } from "./use-price.ts";

// A parsed document takes up to 250 times the memory of its text.
const maxCachedDocument = 8 * 1024;
const documentCacheSize = 256 * 1024;

interface EndpointOptions extends ReaderOptions {
  db: Database;
  replicas?: Replicas;
  schema: GraphQLSchema;
  introspection: boolean;
  compiler: boolean;
  log: Log;
}

/** The GraphQL endpoint at /graphql: Yoga with everything off that the gateway does not offer, its detour left out where that is possible. */
export function createEndpoint(options: EndpointOptions) {
  const read = requestReader(options);
  const yoga = createOurYoga(options, read);
  const answer = directly<ServerContext>({
    read,
    run: yoga.getResultForParams,
    publish: (result, context) => publishResult(result, context, options),
  });
  const streams = Boolean(options.schema.getSubscriptionType());
  const isOrdinary = (method: string | undefined, types: readonly AnswerType[]) =>
    method === "POST" && types[0] !== "text/event-stream" && !(streams && types.includes("text/event-stream"));
  return (req: IncomingMessage, res: ServerResponse, exchange: Exchange): Promise<void> | void => {
    const types = answerTypes(req.headers.accept);
    const known = { exchange, answerTypes: types };
    return isOrdinary(req.method, types)
      ? answer({ req, res, ...known } as ServerContext)
      : (yoga(req, res, known as ServerContext) as Promise<void>);
  };
}

function createOurYoga(options: EndpointOptions, read: RequestReader) {
  const { db, schema, limits, introspection, compiler } = options;
  const caches = boundedCaches();
  return createYoga<ServerContext, Omit<Context, "caller">>({
    schema,
    context: () => ({ db, loaders: new Loaders() }),
    plugins: [
      useRequest(read),
      useBoundedParser(limits, (text) => caches.documentCache.has(text)),
      useBoundedValidation(introspection),
      useExchange(),
      usePrice(limits.queryBudget),
      useExecutor(compiler, options.replicas),
      useAnswer(options),
    ],
    parserAndValidationCache: caches,
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

function useRequest(read: RequestReader): Plugin<object, ServerContext> {
  return {
    onRequestParse({ serverContext, setRequestParser }) {
      setRequestParser(() => read(serverContext));
    },
    onParams({ params }) {
      requireQuery(params);
    },
  };
}

/** Characters. */
const shortToken = 4;
const longDocument = 400;

/** Parses what is not in the cache, for points; what is long by turns. */
function useBoundedParser(limits: Limits, isKnown: (text: string) => boolean): Plugin<ServerContext> {
  const turns = new DocumentTurns();
  return {
    async onParams({ params: { query }, context }) {
      if (!query || query.length < longDocument || isKnown(query)) return;
      await turns.wait((context as unknown as ServerContext).caller.workspaceId);
    },
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
