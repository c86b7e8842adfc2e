import type { DataProvider, GetListResult } from "ra-core";
import { filterOf } from "./filters.ts";
import type { Gateway } from "./gateway.ts";
import type { Page } from "./pages.ts";
import { Records } from "./records.ts";

/**
 * The data provider for react-admin. Forms need `mutationMode="pessimistic"`: then a refusal is shown at its field, and a change that
 * a colleague made meanwhile is not overwritten. `meta: { cascade: true }` deletes a conversation with all below it.
 */
export function dataProvider(gateway: Gateway): DataProvider {
  const records = new Records(gateway);
  const listed = async (resource: string, { sort, pagination }: Listing, filter: Record<string, unknown>) => {
    const { page, perPage } = pagination ?? { page: 1, perPage: 25 };
    return resultOf(await records.list(resource, { filter, sort, page, perPage }), page);
  };
  const each = async (ids: readonly unknown[], work: (id: unknown) => Promise<unknown>) => {
    for (const id of ids) await work(id);
    return { data: [...ids] as never[] };
  };
  return {
    getList: (resource, params) => listed(resource, params, filterOf(params.filter)),
    getManyReference: (resource, { target, id, filter, ...params }) => {
      // A record's conversations are of any depth; those of a parent stand directly below it.
      const scope = resource === "conversations" && target !== "parentId" ? { scope: "ANY_DEPTH" } : {};
      return listed(resource, params, { ...scope, ...filterOf({ ...filter, [target]: id }) });
    },
    getOne: async (resource, { id }) => ({ data: await records.one(resource, id) }),
    getMany: async (resource, { ids }) => ({ data: await records.many(resource, ids) }),
    create: async (resource, { data }) => ({ data: await records.create(resource, data) }),
    update: async (resource, { id, data, previousData }) => ({
      data: await records.update(resource, data, { id, previous: previousData }),
    }),
    delete: async (resource, { id, meta }) => ({ data: await records.remove(resource, id, meta) }),
    updateMany: (resource, { ids, data }) => each(ids, (id) => records.update(resource, data, { id })),
    deleteMany: (resource, { ids, meta }) => each(ids, (id) => records.remove(resource, id, meta)),
  };
}

interface Listing {
  sort?: { field: string; order: "ASC" | "DESC" };
  pagination?: { page: number; perPage: number };
}

/** Without an exact total, react-admin shows a next page as long as there is one. */
function resultOf({ records, total, hasNextPage }: Page, page: number): GetListResult {
  if (total !== null) return { data: records, total };
  return { data: records, pageInfo: { hasNextPage, hasPreviousPage: page > 1 } };
}
