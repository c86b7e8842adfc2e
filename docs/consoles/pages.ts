import { type Data, type Gateway, GatewayError } from "./gateway.ts";
import type { List } from "./resources.ts";

/** How many edges a request asks for at most. */
const mostEdges = 100;
const counts = "totalCount(atMost: 1000) totalCountIsExact(atMost: 1000)";
const keptLists = 50;

export interface Page {
  records: Data[];
  /** The exact number of records, or null if there are more than were counted. */
  total: number | null;
  /** The number of records that were counted, at least. */
  atLeast: number;
  hasNextPage: boolean;
}

interface Slice {
  /** The selection of each edge, as `items`. */
  selection: string;
  /** The selection that only the first request makes. */
  once?: string;
  first: number;
  after: string | null;
}

/**
 * Gives numbered pages of lists that are paged by cursors. It keeps the cursor after which each page of a list begins. So the next page,
 * and every page seen before, is one request. No row is skipped or shown twice while others are added above. A page further on is reached
 * in steps of 100 edges without their records. A page of more than 100, such as an export asks for, is read in steps of 100, too.
 */
export class Pages {
  readonly #gateway: Gateway;
  readonly #startsOf = new Map<string, Map<number, string>>();

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  async read(list: List, page: number, perPage: number): Promise<Page> {
    const starts = this.#starts(JSON.stringify([list, perPage]));
    const after = await this.#startOf(starts, list, { page, perPage });
    if (after === undefined) return this.#pastTheEnd(list);
    const { items, totalCount, totalCountIsExact, pageInfo } = await this.#slice(list, {
      selection: `items: nodes { ${list.fields} }`,
      once: counts,
      first: perPage,
      after,
    });
    if (pageInfo.hasNextPage) starts.set(page + 1, pageInfo.endCursor);
    const reached = (page - 1) * perPage + items.length + (pageInfo.hasNextPage ? 1 : 0);
    return {
      records: items,
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
      const pages = Math.min(page - known, Math.max(1, Math.floor(mostEdges / perPage)));
      const slice = { selection: "items: edges { cursor }", first: pages * perPage, after: starts.get(known) ?? null };
      const { items, pageInfo } = await this.#slice(list, slice);
      for (let end = perPage; end <= items.length; end += perPage) {
        if (end < items.length || pageInfo.hasNextPage) starts.set(++known, items[end - 1].cursor);
      }
      if (!pageInfo.hasNextPage && known < page) return undefined;
    }
    return starts.get(page);
  }

  async #pastTheEnd(list: List): Promise<Page> {
    const nothing = { selection: counts, first: 0, after: null };
    const { totalCount, totalCountIsExact } = await this.#ask(list, nothing);
    return { records: [], total: totalCountIsExact ? totalCount : null, atLeast: totalCount, hasNextPage: false };
  }

  /** Up to `first` edges after a cursor, in requests of at most 100. */
  async #slice(list: List, { selection, once = "", first, after }: Slice) {
    const begin = { selection: `${selection} ${once}`, first: Math.min(first, mostEdges), after };
    const part = await this.#ask(list, begin);
    while (part.items.length < first && part.pageInfo.hasNextPage) {
      const left = Math.min(first - part.items.length, mostEdges);
      const { items, pageInfo } = await this.#ask(list, { selection, first: left, after: part.pageInfo.endCursor });
      part.items.push(...items);
      part.pageInfo = pageInfo;
    }
    return part;
  }

  async #ask(list: List, { selection, ...variables }: Slice) {
    const declared = ["$first: Int", "$after: String", ...list.declared].join(", ");
    const connection = `(first: $first, after: $after${list.args}) { ${selection} pageInfo { hasNextPage endCursor } }`;
    const query = `query List(${declared}) { ${list.select(`list: ${list.field}${connection}`)} }`;
    const data = await this.#gateway.ask(query, { ...list.variables, ...variables });
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
