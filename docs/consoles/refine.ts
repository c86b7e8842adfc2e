import type { CrudFilters, DataProvider } from "@refinedev/core";
import { type Condition, filterOfConditions } from "./filters.ts";
import type { Gateway } from "./gateway.ts";
import { Records } from "./records.ts";

/**
 * The data provider for Refine. The `revision` among the values of an update refuses it when a colleague was faster. `meta: { cascade:
 * true }` deletes a conversation with all below it.
 */
export function dataProvider(gateway: Gateway): DataProvider {
  const records = new Records(gateway);
  const provider: DataProvider = {
    getApiUrl: () => gateway.url,
    getList: async ({ resource, pagination = {}, sorters = [], filters = [] }) => {
      const { currentPage: page = 1, pageSize: perPage = 10, mode = "server" } = pagination;
      if (mode !== "server") throw new Error("The gateway lists records by pages: pagination.mode is server.");
      if (sorters.length > 1) throw new Error("The gateway orders by one field.");
      const [sorter] = sorters;
      const list = await records.list(resource, {
        filter: conditionsOf(filters),
        sort: sorter && { field: sorter.field, order: sorter.order === "asc" ? "ASC" : "DESC" },
        page,
        perPage,
      });
      // Without an exact total there is one more page as long as there is a next one.
      return { data: list.records, total: list.total ?? list.atLeast, totalIsExact: list.total !== null };
    },
    getMany: async ({ resource, ids }) => ({ data: await records.many(resource, ids) }),
    getOne: async ({ resource, id }) => ({ data: await records.one(resource, id) }),
    create: async ({ resource, variables }) => ({ data: await records.create(resource, variables) }),
    update: async ({ resource, id, variables }) => ({ data: await records.update(resource, variables, { id }) }),
    deleteOne: async ({ resource, id, meta }) => ({
      data: await records.remove(resource, id, { cascade: meta?.cascade === true }),
    }),
  };
  return provider;
}

function conditionsOf(filters: CrudFilters) {
  return filterOfConditions(filters as Condition[]);
}
