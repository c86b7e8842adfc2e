// These rules say which lists may look at far more rows than they return. They need only the arguments, checked or not.

type Args = Readonly<Record<string, unknown>>;

/** The fields of a filter that name records: an index finds these at once, however many rows there are. */
const exact = new Set(["ids", "parentId", "customerId", "customerExternalId", "externalId", "email", "phone"]);

/** The orders in which an index has the conversations under one parent. */
const ordersBelow = new Set(["CREATED_AT", "LAST_ACTIVITY_AT"]);

/** The filter, if an index has its rows in the order of creation: it names one type or the owner, and nothing else. */
export function indexedFilter({ filter, orderBy }: Args): { type: unknown } | { ownerId: unknown } | undefined {
  const given = givenIn(filter);
  if (given.scope === "TOP_LEVEL") delete given.scope;
  const { types, ownerId } = given;
  if (Object.keys(given).length !== 1 || fieldOf(orderBy) !== "CREATED_AT") return undefined;
  if (Array.isArray(types) && new Set(types).size === 1) return { type: types[0] };
  return ownerId === undefined ? undefined : { ownerId };
}

/** Whether a list with this filter and order may look at far more rows than it returns. */
export function isSearch(args: Args): boolean {
  if (indexedFilter(args)) return false;
  const { parentId, scope, ...given } = givenIn(args.filter);
  const order = fieldOf(args.orderBy);
  if (Object.keys(given).some((field) => !exact.has(field))) return true;
  if (given.ids !== undefined) return false;
  if (parentId !== undefined) return !ordersBelow.has(order);
  return scope === "ANY_DEPTH" && order !== "CREATED_AT";
}

function givenIn(filter: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries((filter ?? {}) as Args).filter(([, value]) => value !== undefined && value !== null),
  );
}

function fieldOf(orderBy: unknown): string {
  return ((orderBy ?? {}) as { field?: string }).field ?? "CREATED_AT";
}
