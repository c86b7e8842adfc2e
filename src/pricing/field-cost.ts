import {
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
} from "graphql";
import { defaultPageSize, ownedPageSize } from "../reading/page.ts";
import { defaultAtMost, entriesPerRow, maxAtMost } from "../reading/total.ts";
import { maxBatch } from "../rules/event-filter.ts";
import { isSearch } from "../rules/is-search.ts";

export type Args = Record<string, unknown>;

/** The cost of a field whose type does not tell it. It stands in `extensions` of the field. */
export interface FieldCost {
  /** Rows read for each parent. */
  rows: number | ((args: Args) => number);
  /** The number of records whose fields the selection below reads. Absent: the rows. */
  records?: number | ((args: Args) => number);
  /** The rows that each total of the list costs, by how far is counted. Absent: none. */
  total?: (args: Args, atMost: number) => number;
}

/** The rows that a search costs. It may look at far more rows than it returns. */
const searchRows = 200;

/** A value of several KiB, such as metadata. Sending it costs as much as so many rows. */
export const longValueCost: FieldCost = { rows: 4 };

/** The channels that a conversation usually has. It may have 100; a request pays for more after it has read them. */
export const usualChannels = 3;

/** The rows and records of a field, by its type or by the cost in its extensions. */
export function costOf(field: GraphQLField<unknown, unknown>, parent: GraphQLObjectType, args: Args) {
  const declared = field.extensions.cost as FieldCost | undefined;
  if (declared) {
    const rows = evaluate(declared.rows, args);
    return { rows, records: evaluate(declared.records ?? rows, args) };
  }
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return { rows: 0, records: 0 };
  if (isConnection(type)) {
    const records = pageSize(args, ownedPageSize);
    return { rows: records + 1, records };
  }
  if (isBetween(parent)) return { rows: 0, records: 1 };
  if (isListType(getNullableType(field.type))) throw new Error(`${parent.name}.${field.name} needs a cost`);
  return { rows: isAbstractType(type) || (isObjectType(type) && isRecord(type)) ? 1 : 0, records: 1 };
}

/** The rows that a total of the list costs. */
export function costOfTotal(list: GraphQLField<unknown, unknown>, args: Args, { atMost }: Args): number {
  const { total } = (list.extensions.cost ?? {}) as Partial<FieldCost>;
  const limit = Math.min(Math.max(0, (atMost ?? defaultAtMost) as number), maxAtMost);
  return total ? total(args, limit) : 0;
}

function pageSize(args: Args, usual = defaultPageSize): number {
  return Math.max(0, (args.first ?? args.last ?? usual) as number);
}

/** A page of a list of Query. `records` are the rows that are read to find it. */
export function pageCost(records: number | ((args: Args) => number)): FieldCost {
  return { rows: (args) => pageSize(args) + 1 + evaluate(records, args), records: (args) => pageSize(args) };
}

/** A page of a list of a record. Its rows are counted if a total is selected. */
export const ownedListCost: FieldCost = {
  rows: (args) => pageSize(args, ownedPageSize) + 1,
  records: (args) => pageSize(args, ownedPageSize),
  total: (_args, atMost) => atMost / entriesPerRow,
};

/** The same for a list that may have to be read as a whole to find the page. It has so many rows. */
export function wholeListCost(rows: number): FieldCost {
  return { ...ownedListCost, rows: (args) => pageSize(args, ownedPageSize) + 1 + rows / entriesPerRow };
}

/** A page of a list of the whole workspace. Its rows are counted if a total is selected. */
export const workspaceListCost: FieldCost = {
  rows: (args) => pageSize(args) + 1 + recordsNamed(args.filter) + searchCost(args),
  records: (args) => pageSize(args),
  total: (args, atMost) => atMost / entriesPerRow + searchCost(args),
};

/** A page of events. A filter of types may look at far more events than it returns. */
export const eventListCost: FieldCost = {
  rows: ({ filter, ...args }) => pageSize(args) + 2 + eventSearchCost(filter),
  records: (args) => pageSize(args),
};

/** A batch of events. All of it is paid before it is read. */
export const eventBatchCost: FieldCost = {
  rows: (args) => pageSize(args, maxBatch) + 1 + eventSearchCost(args.filter),
  records: (args) => pageSize(args, maxBatch),
};

function eventSearchCost(filter: unknown): number {
  const { types } = (filter ?? {}) as Args;
  return types === undefined || types === null ? 0 : searchRows;
}

/** The records that a filter names otherwise than by id. They are looked up first. */
function recordsNamed(filter: unknown): number {
  const { customerExternalId, channelIdentifier, not, or } = (filter ?? {}) as Args;
  const own = [customerExternalId, channelIdentifier].filter((name) => name !== undefined && name !== null).length;
  const parts = [not, ...(Array.isArray(or) ? or : [or])].filter((part) => part !== undefined && part !== null);
  return parts.reduce<number>((sum, part) => sum + recordsNamed(part), own);
}

function searchCost(args: Args): number {
  return isSearch(args) ? searchRows : 0;
}

function evaluate(amount: number | ((args: Args) => number), args: Args): number {
  return typeof amount === "number" ? amount : amount(args);
}

export function isConnection(type: GraphQLCompositeType): boolean {
  return type.name.endsWith("Connection");
}

/** Whether objects of a type stand between a list and its records: a connection or an edge. */
export function isBetween(type: GraphQLCompositeType): boolean {
  return isConnection(type) || type.name.endsWith("Edge");
}

/** Whether the database has rows of a type. */
export function isRecord(type: GraphQLObjectType): boolean {
  return type.extensions.isRecord === true || type.getInterfaces().some(({ name }) => name === "Node");
}
