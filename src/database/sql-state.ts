interface DriverFault {
  kind?: string;
  originalCode?: string;
  code?: string;
  constraint?: { index?: string; fields?: string[] };
  originalMessage?: string;
}

/** The SQLSTATEs by which this program decides (PostgreSQL, Appendix A). Triggers of the migrations raise those that begin with PY. */
export const sqlStates = {
  cycle: "PY001",
  tooDeep: "PY002",
  uniqueViolation: "23505",
  foreignKeyViolation: "23503",
  checkViolation: "23514",
  serializationFailure: "40001",
  deadlock: "40P01",
  insufficientPrivilege: "42501",
  lockNotAvailable: "55P03",
  queryCanceled: "57014",
  adminShutdown: "57P01",
  connectionFailure: "08006",
  ioError: "58030",
  internalError: "XX000",
} as const;

/** The SQLSTATE of a failed statement, and the index or constraint that it names. Prisma puts them in several places. */
export function sqlStateOf(error: unknown): { state: string; names(constraint: string): boolean } | undefined {
  const fault = driverFault(error);
  const state = copiedState(fault) ?? fault?.originalCode ?? fault?.code ?? stateOfKind[fault?.kind ?? ""];
  if (!fault || !state) return undefined;
  return {
    state,
    // On a shard, a constraint has the shard's number behind its name.
    names: (constraint) =>
      new RegExp(`"${constraint}(_\\d+)?"`).test(`"${fault.constraint?.index}" ${fault.originalMessage ?? ""}`),
  };
}

const stateOfKind: Record<string, string> = { TransactionWriteConflict: sqlStates.serializationFailure };

/** The messages that Citus passes on without their SQLSTATE, when it copies rows to a worker and fails. */
const copied: [message: RegExp, state: string][] = [
  [/^duplicate key value violates unique constraint /, sqlStates.uniqueViolation],
  [/ violates foreign key constraint /, sqlStates.foreignKeyViolation],
  [/ violates check constraint /, sqlStates.checkViolation],
  [/^a conversation cannot stand under itself/, sqlStates.cycle],
  [/^conversations nest at most /, sqlStates.tooDeep],
  [/^deadlock detected/, sqlStates.deadlock],
  [/^canceling statement due to lock timeout/, sqlStates.lockNotAvailable],
  [/^canceling statement due to /, sqlStates.queryCanceled],
  [/^terminating connection /, sqlStates.adminShutdown],
  [/^failed to (complete COPY|COPY to shard|prepare transaction) /, sqlStates.connectionFailure],
  [/^failure on connection marked as essential/, sqlStates.connectionFailure],
  // These are the messages of libpq for a worker that was lost.
  [
    /^(SSL SYSCALL error|SSL connection has been closed|server closed the connection|connection not open)/,
    sqlStates.connectionFailure,
  ],
  [/^(could not (receive|send) data|no connection to the server)/, sqlStates.connectionFailure],
];

function copiedState(fault: DriverFault | undefined): string | undefined {
  const state = fault?.originalCode ?? fault?.code;
  if (state !== sqlStates.internalError && state !== sqlStates.ioError) return undefined;
  return copied.find(([message]) => message.test(fault?.originalMessage ?? ""))?.[1];
}

function driverFault(error: unknown): DriverFault | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { meta, cause } = error as { meta?: { driverAdapterError?: { cause?: DriverFault } }; cause?: DriverFault };
  return meta?.driverAdapterError?.cause ?? cause;
}
