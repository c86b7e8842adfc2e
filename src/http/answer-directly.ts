import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { type FetchAPI, type GraphQLParams, isAsyncIterable, processRegularResult } from "graphql-yoga";
import type { AnswerType } from "./answer-types.ts";
import { sendStream } from "./send-stream.ts";
import { toGraphQLError } from "./to-graphql-error.ts";

export type Result = Parameters<typeof processRegularResult>[0];

interface Ordinary {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly answerTypes: readonly AnswerType[];
}

/** The steps to an answer. The way through Yoga has the same. */
interface Steps<Context> {
  /** Reads the request, or throws what refuses it. */
  read(context: Context): Promise<GraphQLParams | GraphQLParams[]>;
  /** Runs an operation as Yoga does. */
  run(operation: { params: GraphQLParams; request: Request }, context: Context): unknown;
  /** Makes errors what clients may see of them. */
  publish(result: Result, context: Context): Result;
}

/**
 * Answers an ordinary request, a POST that wants JSON, as Yoga does, the same to the byte. But Yoga makes objects of WHATWG's fetch of every
 * request and response, which is a fifth of the cost of the smallest request.
 */
export function answerDirectly<Context extends Ordinary>({ read, run, publish }: Steps<Context>) {
  return async (context: Context): Promise<void> => {
    const { req, res } = context;
    const request = headOf(req);
    const resultOf = async (params: GraphQLParams, own: Context) => {
      try {
        return await run({ params, request }, own);
      } catch (error) {
        return failed(error);
      }
    };
    const result = await read(context).then(
      (params) =>
        Array.isArray(params)
          ? Promise.all(params.map((one) => resultOf(one, Object.create(context))))
          : resultOf(params, context),
      failed,
    );
    if (isAsyncIterable(result)) return sendStream(res, publish(result as Result, context));
    const [type = "application/json"] = context.answerTypes;
    send(res, processRegularResult(publish(result as Result, context), replies, type) as unknown as Reply);
  };
}

function failed(error: unknown) {
  return { errors: [toGraphQLError(error)] };
}

/** The parts of a WHATWG Request that plugins look at. */
function headOf({ method, headers }: IncomingMessage): Request {
  return { method, headers: { get: (name: string) => headers[name] ?? null } } as unknown as Request;
}

/** Stands in for a WHATWG Response. */
class Reply {
  constructor(
    readonly body: string | null,
    readonly init: { status: number; headers: Record<string, string> },
  ) {}
}

const replies = { Response: Reply } as unknown as FetchAPI;

function send(res: ServerResponse, { body, init: { status, headers } }: Reply): void {
  if (res.closed || res.destroyed || res.writableEnded) return;
  const length = body === null ? undefined : { "content-length": Buffer.byteLength(body) };
  res.writeHead(status, STATUS_CODES[status], { ...headers, ...length });
  res.end(body);
}
