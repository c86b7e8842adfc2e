/** The arguments of a connection; cursors are positions in the list as it once was. */
export interface Args {
  first?: number | null;
  after?: number | null;
  last?: number | null;
  before?: number | null;
}

/** The rows of a list, `undefined` in the place of a deleted one. */
export type Rows = readonly (string | undefined)[];

/**
 * The pagination algorithm of https://relay.dev/graphql/connections.htm over an array, with its freedoms filled in: without first and
 * last it is the usual page, a cursor outlives its row, and hasPreviousPage (hasNextPage) looks behind `after` (`before`).
 */
export function referencePage(all: Rows, { first, after, last, before }: Args, usual: number) {
  const wanted = first ?? (typeof last === "number" ? undefined : usual);
  const edges = applyCursors(all, after, before);
  return {
    ids: edgesToReturn(edges, wanted, last),
    hasPreviousPage: hasPreviousPage(all, edges, after, last),
    hasNextPage: hasNextPage(all, edges, before, wanted),
  };
}

function applyCursors(all: Rows, after: Args["after"], before: Args["before"]): string[] {
  return rowsOf(
    all.map((row, position) => (position > (after ?? -1) && position < (before ?? all.length) ? row : undefined)),
  );
}

function edgesToReturn(edges: string[], first: Args["first"], last: Args["last"]): string[] {
  let returned = edges;
  if (typeof first === "number") returned = returned.slice(0, first);
  if (typeof last === "number") returned = returned.slice(Math.max(0, returned.length - last));
  return returned;
}

function hasPreviousPage(all: Rows, edges: string[], after: Args["after"], last: Args["last"]): boolean {
  if (typeof last === "number") return edges.length > last;
  return typeof after === "number" && rowsOf(all.slice(0, after + 1)).length > 0;
}

function hasNextPage(all: Rows, edges: string[], before: Args["before"], first: Args["first"]): boolean {
  if (typeof first === "number") return edges.length > first;
  return typeof before === "number" && rowsOf(all.slice(before)).length > 0;
}

function rowsOf(rows: Rows): string[] {
  return rows.filter((row) => row !== undefined);
}
