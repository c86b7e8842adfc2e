import { type DestinationStream, destination, pino, stdTimeFunctions } from "pino";
import { sqlStateOf } from "../database/sql-state.ts";
import { isUnavailable } from "../database/unavailable.ts";
import type { Log } from "../public-error.ts";
import type { Observer } from "./exchange.ts";

interface GatewayLog {
  /** Writes a line for each error that clients may not see, with its stack. */
  error: Log;
  /** Writes a line for each GraphQL request, at level info. */
  request: Observer;
}

/**
 * Writes JSON lines to stderr. They never hold a key, a document, the value of a variable or of a header, or the identity of a customer.
 */
export function createLog(level: string, stream: DestinationStream = destination(2)): GatewayLog {
  const logger = pino({ level, base: undefined, timestamp: stdTimeFunctions.isoTime }, stream);
  return {
    error(error, requestId) {
      if (isUnavailable(error)) logger.warn({ requestId, error: describe(error) }, "database unavailable");
      else logger.error({ requestId, error: describe(error) }, "internal error");
    },
    request({ requestId, traceId, keyPrefix, workspaceId, codes, status, durationMs, ...more }) {
      const operation = {
        name: more.operationName,
        type: more.operationType,
        compiled: more.compiled,
        price: more.price,
      };
      const ms = Math.round(durationMs * 10) / 10;
      const { stream } = more;
      logger.info(
        { requestId, traceId, operation, keyPrefix, workspaceId, codes: [...codes], stream, status, ms },
        "request",
      );
    },
  };
}

/** The fields are chosen by name, because other fields of a database error hold rows and parameters. */
function describe(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack } = error;
  const sqlState = sqlStateOf(error)?.state;
  return { type: name, message: withoutValues(message), sqlState, stack: stack && withoutValues(stack) };
}

/** PostgreSQL quotes the wrong value after a colon, or in parentheses. */
function withoutValues(text: string): string {
  return text
    .replaceAll(/: ".*"/g, ': "…"')
    .replaceAll(/=\(.*\)/g, "=(…)")
    .replaceAll(/parley_[\w-]+/g, "parley_…")
    .replaceAll(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g, "…@…")
    .replaceAll(/\+\d{6,}/g, "+…");
}
