interface DriverFault {
  kind?: string;
  originalCode?: string;
  code?: string;
  constraint?: { index?: string; fields?: string[] };
  originalMessage?: string;
}

/** The SQLSTATE of a failed statement (PostgreSQL, Appendix A), and the index or constraint that it names. Prisma puts them in several places. */
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

const stateOfKind: Record<string, string> = { TransactionWriteConflict: "40001" };

const internalError = "XX000";
const ioError = "58030";

/** What Citus says without the SQLSTATE: of an error while it copies rows to a worker, it passes on the message alone. */
const copied: [message: RegExp, state: string][] = [
  [/^duplicate key value violates unique constraint /, "23505"],
  [/ violates foreign key constraint /, "23503"],
  [/ violates check constraint /, "23514"],
  [/^a conversation cannot stand under itself/, "PY001"],
  [/^conversations nest at most /, "PY002"],
  [/^deadlock detected/, "40P01"],
  [/^canceling statement due to lock timeout/, "55P03"],
  [/^canceling statement due to /, "57014"],
  [/^terminating connection /, "57P01"],
  [/^failed to (complete COPY|COPY to shard|prepare transaction) /, "08006"],
  [/^failure on connection marked as essential/, "08006"],
  // As libpq says that it has lost a worker.
  [/^(SSL SYSCALL error|SSL connection has been closed|server closed the connection|connection not open)/, "08006"],
  [/^(could not (receive|send) data|no connection to the server)/, "08006"],
];

function copiedState(fault: DriverFault | undefined): string | undefined {
  const state = fault?.originalCode ?? fault?.code;
  if (state !== internalError && state !== ioError) return undefined;
  return copied.find(([message]) => message.test(fault?.originalMessage ?? ""))?.[1];
}

function driverFault(error: unknown): DriverFault | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { meta, cause } = error as { meta?: { driverAdapterError?: { cause?: DriverFault } }; cause?: DriverFault };
  return meta?.driverAdapterError?.cause ?? cause;
}
