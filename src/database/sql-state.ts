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
  const state = fault?.originalCode ?? fault?.code ?? stateOfKind[fault?.kind ?? ""];
  if (!fault || !state) return undefined;
  return {
    state,
    // On a shard, a constraint has the shard's number behind its name.
    names: (constraint) =>
      new RegExp(`"${constraint}(_\\d+)?"`).test(`"${fault.constraint?.index}" ${fault.originalMessage ?? ""}`),
  };
}

const stateOfKind: Record<string, string> = { TransactionWriteConflict: "40001" };

function driverFault(error: unknown): DriverFault | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { meta, cause } = error as { meta?: { driverAdapterError?: { cause?: DriverFault } }; cause?: DriverFault };
  return meta?.driverAdapterError?.cause ?? cause;
}
