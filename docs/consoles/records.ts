import { type Data, type Gateway, GatewayError } from "./gateway.ts";
import { type Page, Pages } from "./pages.ts";
import { listOf, resourceOf, type Sort } from "./resources.ts";
import { changeOf, creationOf, removalOf, type Write } from "./writes.ts";

export interface ListQuery {
  filter: Record<string, unknown>;
  sort?: Sort;
  page: number;
  perPage: number;
}

const mostIds = 100;

/** The records of the gateway as consoles use them: the ground of both data providers. */
export class Records {
  readonly #gateway: Gateway;
  readonly #pages: Pages;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.#pages = new Pages(gateway);
  }

  list(resource: string, { filter, sort, page, perPage }: ListQuery): Promise<Page> {
    return this.#pages.read(listOf(resource, filter, sort), page, perPage);
  }

  /** The records with these ids that exist, in the order of the ids. */
  async many(resource: string, ids: readonly unknown[]): Promise<Data[]> {
    const { type, fields } = resourceOf(resource);
    const found: Data[] = [];
    for (let start = 0; start < ids.length; start += mostIds) {
      found.push(...(await this.#nodes(type, fields, ids.slice(start, start + mostIds))));
    }
    return found.filter((record) => record?.id);
  }

  async one(resource: string, id: unknown): Promise<Data> {
    const { type, fields, details = "" } = resourceOf(resource);
    const [record] = await this.#nodes(type, `${fields} ${details}`, [id]);
    if (record?.id) return record;
    throw new GatewayError({ message: "There is no such record.", extensions: { code: "NOT_FOUND" } });
  }

  create(resource: string, values: Data): Promise<Data> {
    return this.#write(resource, creationOf(resource, values));
  }

  /** `previous` is the record as the form showed it, where the framework knows it. */
  async update(resource: string, values: Data, { id, previous }: { id: unknown; previous?: Data }): Promise<Data> {
    const change = changeOf(resource, values, { id, previous });
    return change ? this.#write(resource, change) : this.one(resource, id);
  }

  remove(resource: string, id: unknown, { cascade }: { cascade?: boolean } = {}): Promise<Data> {
    return this.#write(resource, removalOf(resource, id, cascade));
  }

  async #nodes(type: string, fields: string, ids: readonly unknown[]): Promise<Data[]> {
    const query = `query Records($ids: [ID!]!) { nodes(ids: $ids) { ... on ${type} { ${fields} } } }`;
    return (await this.#gateway.ask(query, { ids })).nodes;
  }

  async #write(resource: string, { field, input, select, recordIn }: Write): Promise<Data> {
    const inputType = `${field.charAt(0).toUpperCase()}${field.slice(1)}Input`;
    const payload = select(resourceOf(resource).fields);
    const mutation = `mutation Write($input: ${inputType}!) { payload: ${field}(input: $input) { ${payload} } }`;
    return recordIn((await this.#gateway.ask(mutation, { input })).payload);
  }
}
