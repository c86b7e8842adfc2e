import type { IncomingMessage, ServerResponse } from "node:http";
import type { GraphQLSchema } from "graphql";
import { createYoga, type Plugin } from "graphql-yoga";
import type { Limits } from "../config.ts";
import { type Commits, type Context, Loaders } from "../context.ts";
import type { Database } from "../database/open.ts";
import type { Replicas } from "../database/replicas.ts";
import { documentPoints } from "../pricing/parsing-points.ts";
import type { Log } from "../public-error.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { answerDirectly } from "./answer-directly.ts";
import { type AnswerType, answerTypes } from "./answer-types.ts";
import { chargingExecutor } from "./charge-operation.ts";
import { DocumentTurns } from "./document-turns.ts";
import { type ExecuteOperation, operationExecutor } from "./execute-operation.ts";
import { KnownDocuments } from "./known-documents.ts";
import type { OpenStreams } from "./open-streams.ts";
import { parseDocument } from "./parse-document.ts";
import { requireQuery } from "./read-params.ts";
import { type ReaderOptions, type RequestReader, requestReader, type ServerContext } from "./request-reader.ts";
import { publishResult, useAnswer } from "./use-answer.ts";
import { useBoundedValidation } from "./use-bounded-validation.ts";
import { useStreams } from "./use-streams.ts";

interface EndpointOptions extends ReaderOptions {
  db: Database;
  replicas?: Replicas;
  schema: GraphQLSchema;
  introspection: boolean;
  compiler: boolean;
  /** Whether ordinary requests are answered without Yoga's objects of WHATWG's fetch. Absent: yes. */
  direct?: boolean | undefined;
  commits: Commits;
  streams: OpenStreams;
  log: Log;
}

/**
 * The GraphQL endpoint at /graphql: Yoga with only the features that the gateway offers. Ordinary requests do not go through WHATWG's
 * fetch.
 */
export function createEndpoint(options: EndpointOptions) {
  const { schema, limits, compiler } = options;
  const read = requestReader(options);
  const documents = new KnownDocuments();
  const run = chargingExecutor(limits.queryBudget, operationExecutor(compiler, options.replicas));
  const yoga = createOurYoga(options, { read, documents, run });
  const answer = answerDirectly<ServerContext>({
    read,
    run({ params, request }, context) {
      const document = documents.ofParams(params);
      if (!document) return yoga.getResultForParams({ params, request }, context);
      const { variables: variableValues, operationName } = params;
      return run({
        schema,
        document,
        operationName,
        variableValues,
        contextValue: Object.assign(context, newOwn(options)),
      });
    },
    publish: (result, context) => publishResult(result, context, options),
  });
  const { direct = true } = options;
  const isOrdinary = (method: string | undefined, types: readonly AnswerType[]) =>
    direct && method === "POST" && types[0] !== "text/event-stream";
  return (req: IncomingMessage, res: ServerResponse, exchange: Exchange): Promise<void> | void => {
    const types = answerTypes(req.headers.accept);
    const known = { req, res, exchange, answerTypes: types } as ServerContext;
    return isOrdinary(req.method, types) ? answer(known) : (yoga(req, res, known) as Promise<void>);
  };
}

/** The part of an operation's context that does not come from its request. */
function newOwn({ db, commits }: Pick<EndpointOptions, "db" | "commits">): Omit<Context, "caller"> {
  return { db, commits, loaders: new Loaders() };
}

interface Parts {
  read: RequestReader;
  documents: KnownDocuments;
  run: ExecuteOperation;
}

function createOurYoga(options: EndpointOptions, { read, documents, run }: Parts) {
  const { streams, schema, limits, introspection } = options;
  return createYoga<ServerContext, Omit<Context, "caller">>({
    schema,
    context: () => newOwn(options),
    plugins: [
      useRequest(read),
      useBoundedParser(limits, documents),
      useBoundedValidation(introspection),
      useRunner(run, documents),
      useStreams(streams, limits.queryBudget),
      useAnswer(options),
    ],
    parserAndValidationCache: { documentCache: documents, errorCache: { get: () => undefined, set: () => undefined } },
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    batching: limits.maxBatch > 1 && { limit: limits.maxBatch },
    logging: false,
    // Others do both: readParams, at a third of the cost, and useAnswer.
    maxRequestBodySize: false,
    maskedErrors: false,
    // No request can have this path.
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

/** Parses documents that are not in the cache, and charges points. Long documents take turns. */
function useBoundedParser(limits: Limits, documents: KnownDocuments): Plugin<ServerContext> {
  const turns = new DocumentTurns();
  return {
    async onParams({ params: { query }, context }) {
      if (!query || query.length < longDocument || documents.has(query)) return;
      await turns.wait((context as unknown as ServerContext).caller.workspaceId);
    },
    onParse({ setParseFn, context: { exchange } }) {
      setParseFn((text: string) => {
        // If the document cannot be parsed, this estimate is used.
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

function useRunner(run: ExecuteOperation, documents: KnownDocuments): Plugin<ServerContext> {
  return {
    onExecute({ args, setExecuteFn }) {
      // Every document that is executed has been validated.
      documents.markValid(args.document);
      setExecuteFn(run);
    },
    async onExecutionResult({ context }) {
      const { bill, exchange } = context as Partial<ServerContext>;
      const points = exchange?.unpaidPoints ?? 0;
      if (!exchange || points === 0) return;
      exchange.unpaidPoints = 0;
      await bill?.correct(points);
    },
  };
}
