import { type Data, type Gateway, GatewayError } from "./gateway.ts";
import type { List } from "./resources.ts";

export interface Page {
  records: Data[];
  /** How many there are, or null where they are more than were counted. */
  total: number | null;
  /** At least so many there are. */
  atLeast: number;
  hasNextPage: boolean;
}

const counts = "totalCount(atMost: 1000) totalCountIsExact(atMost: 1000)";
const mostEdges = 100;
const keptLists = 50;

/**
 * Gives numbered pages of lists that are paged by cursors. It keeps the cursor after which each page of a list begins, so that the
 * next page and every page seen before is one request, and no row is skipped or shown twice while others are added above. A page
 * further on is reached in steps of 100 edges without their records.
 */
export class Pages {
  readonly #gateway: Gateway;
  readonly #startsOf = new Map<string, Map<number, string>>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  async read(list: List, page: number, perPage: number): Promise<Page> {
    if (perPage > mostEdges) throw new RangeError(`A page has at most ${mostEdges} records.`);
    const starts = this.#starts(JSON.stringify([list, perPage]));
    const after = await this.#startOf(starts, list, { page, perPage });
    if (after === undefined) return this.#pastTheEnd(list);
    const { nodes, totalCount, totalCountIsExact, pageInfo } = await this.#ask(list, {
      selection: `nodes { ${list.fields} } ${counts}`,
      variables: { first: perPage, after },
    });
    if (pageInfo.hasNextPage) starts.set(page + 1, pageInfo.endCursor);
    const reached = (page - 1) * perPage + nodes.length + (pageInfo.hasNextPage ? 1 : 0);
    return {
      records: nodes,
      total: totalCountIsExact ? totalCount : null,
      atLeast: Math.max(totalCount, reached),
      hasNextPage: pageInfo.hasNextPage,
    };
  }

  /** The cursor after which a page begins: null for the first, undefined where the list ends before. */
  async #startOf(starts: Map<number, string>, list: List, { page, perPage }: { page: number; perPage: number }) {
    if (page <= 1) return null;
    let known = Math.max(1, ...[...starts.keys()].filter((start) => start <= page));
    while (known < page) {
      const pages = Math.min(page - known, Math.floor(mostEdges / perPage));
      const variables = { first: pages * perPage, after: starts.get(known) ?? null };
      const { edges, pageInfo } = await this.#ask(list, { selection: "edges { cursor }", variables });
      for (let end = perPage; end <= edges.length; end += perPage) {
        if (end < edges.length || pageInfo.hasNextPage) starts.set(++known, edges[end - 1].cursor);
      }
      if (!pageInfo.hasNextPage && known < page) return undefined;
    }
    return starts.get(page);
  }

  async #pastTheEnd(list: List): Promise<Page> {
    const { totalCount, totalCountIsExact } = await this.#ask(list, { selection: counts, variables: { first: 0 } });
    return { records: [], total: totalCountIsExact ? totalCount : null, atLeast: totalCount, hasNextPage: false };
  }

  async #ask(list: List, { selection, variables }: { selection: string; variables: Record<string, unknown> }) {
    const declared = ["$first: Int", "$after: String", ...list.declared].join(", ");
    const connection = `(first: $first, after: $after${list.args}) { ${selection} pageInfo { hasNextPage endCursor } }`;
    const data = await this.#gateway.ask(
      `query List(${declared}) { ${list.select(`list: ${list.field}${connection}`)} }`,
      {
        ...list.variables,
        ...variables,
      },
    );
    const answer = data.list ?? data.record?.list;
    if (!answer) throw new GatewayError({ message: "There is no such record.", extensions: { code: "NOT_FOUND" } });
    return answer;
  }

  /** The starts of a list's pages. Of the lists, those used last are kept. */
  #starts(key: string): Map<number, string> {
    const starts = this.#startsOf.get(key) ?? new Map<number, string>();
    this.#startsOf.delete(key);
    this.#startsOf.set(key, starts);
    if (this.#startsOf.size > keptLists) this.#startsOf.delete(this.#startsOf.keys().next().value as string);
    return starts;
  }
}
