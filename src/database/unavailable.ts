import { sqlStateOf } from "./sql-state.ts";

/** Prisma's codes for a database out of reach, a full pool, an expired or a repeatedly beaten transaction. */
const prismaCodes = new Set(["P1001", "P1002", "P1008", "P1011", "P1017", "P2024", "P2028", "P2034", "P2037"]);

/** The names of the same faults in Prisma's PostgreSQL adapter, where it keeps no SQLSTATE. */
const adapterKinds = new Set([
  "DatabaseNotReachable",
  "ConnectionClosed",
  "SocketTimeout",
  "TooManyConnections",
  "TlsConnectionError",
  "TransactionWriteConflict",
]);

const socketCalls = new Set(["connect", "read", "write", "getaddrinfo"]);

/** A system error as Prisma passes it on: ENOENT, EPIPE, EAI_AGAIN, without the call that failed. */
const systemCode = /^E[A-Z_]+$/;

/** Class 08 is connection trouble, 53 exhausted resources; the others are shutdown, read-only mode, timeouts and lost races. */
const sqlStates = /^(08...|53...|57P0[1-5]|57014|55P03|25006|25P0[34]|40001|40P01)$/;

/** With an error of these severities, PostgreSQL ends the session or refuses to begin one. */
const lastWords = new Set(["FATAL", "PANIC"]);

/** The gateway itself gave up on a connection, or on waiting for one. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";
}

/** The client of the request has left, so its statement was not sent. */
export class ClientHasLeft extends DatabaseUnavailable {
  constructor() {
    super("The client has left");
  }
}

/** The messages of node-postgres's plain Errors, which have no code. */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|The server does not support|Cannot use a pool after calling end)/i;

const maxCauses = 8;

/** True when the same request may well succeed later: the database is away, overloaded, or gave up waiting. */
export function isUnavailable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < maxCauses && isRecord(current); depth++) {
    if (isUnavailableItself(current)) return true;
    if (Array.isArray(current.errors)) return current.errors.some(isUnavailable);
    current = driverErrorOf(current) ?? current.cause ?? current.originalError;
  }
  return false;
}

function isUnavailableItself(error: Record<string, unknown>): boolean {
  const { code, errorCode, kind, message, severity } = error;
  const own = [code, errorCode].filter((value) => typeof value === "string");
  const state = sqlStateOf(error)?.state;
  return (
    error instanceof DatabaseUnavailable ||
    own.some((value) => prismaCodes.has(value) || sqlStates.test(value)) ||
    ("clientVersion" in error && own.some((value) => systemCode.test(value))) ||
    socketCalls.has(String(error.syscall)) ||
    lastWords.has(String(severity)) ||
    (typeof kind === "string" && adapterKinds.has(kind)) ||
    (typeof message === "string" && driverMessages.test(message)) ||
    (state !== undefined && sqlStates.test(state))
  );
}

function driverErrorOf(error: Record<string, unknown>): unknown {
  const meta = error.meta;
  return isRecord(meta) ? meta.driverAdapterError : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
