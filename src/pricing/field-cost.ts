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
import { isSearch } from "../rules/searches.ts";

export type Args = Record<string, unknown>;

/** In `extensions` of a field whose type does not say it: how many rows it reads, and of how many records its selection is read. */
export interface FieldCost {
  /** Rows read for each parent. */
  rows: number | ((args: Args) => number);
  /** Records that the selection below applies to; the rows, if omitted. */
  records?: number | ((args: Args) => number);
  /** Rows that each total asked of it costs besides, by how far is counted; none, if omitted. */
  total?: (args: Args, atMost: number) => number;
}

/** A search may look at far more rows than it returns: as many as the database looks at while it reads and answers so many. */
const searchRows = 200;

/** A value of several KiB, such as metadata: as much to send as so many rows. */
export const longValueCost: FieldCost = { rows: 4 };

/** The channels of a conversation are at most 100, and hardly ever more than these: a request pays for more when it has read them. */
export const usualChannels = 3;

/** Rows and records of a field. What its type does not tell stands in its extensions. */
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
  if (isConnection(parent) || parent.name.endsWith("Edge")) return { rows: 0, records: 1 };
  if (isListType(getNullableType(field.type))) throw new Error(`${parent.name}.${field.name} needs a cost`);
  return { rows: isAbstractType(type) || (isObjectType(type) && isRecord(type)) ? 1 : 0, records: 1 };
}

/** Rows that a total of the list costs. */
export function costOfTotal(list: GraphQLField<unknown, unknown>, args: Args, { atMost }: Args): number {
  const { total } = (list.extensions.cost ?? {}) as Partial<FieldCost>;
  const limit = Math.min(Math.max(0, (atMost ?? defaultAtMost) as number), maxAtMost);
  return total ? total(args, limit) : 0;
}

function pageSize(args: Args, usual = defaultPageSize): number {
  return Math.max(0, (args.first ?? args.last ?? usual) as number);
}

/** A page of a list of the root, and the records that are read to find it. */
export function pageCost(records: number | ((args: Args) => number)): FieldCost {
  return { rows: (args) => pageSize(args) + 1 + evaluate(records, args), records: (args) => pageSize(args) };
}

/** A page of a list of a record, whose rows are counted when a total is asked for. */
export const ownedListCost: FieldCost = {
  rows: (args) => pageSize(args, ownedPageSize) + 1,
  records: (args) => pageSize(args, ownedPageSize),
  total: (_args, atMost) => atMost / entriesPerRow,
};

/** The same of a list that may be looked through as a whole to find the page: so many rows of it. */
export function wholeListCost(rows: number): FieldCost {
  return { ...ownedListCost, rows: (args) => pageSize(args, ownedPageSize) + 1 + rows / entriesPerRow };
}

/** A page of a list of the whole workspace, whose rows are counted when a total is asked for. */
export const workspaceListCost: FieldCost = {
  rows: (args) => pageSize(args) + 1 + recordsNamed(args.filter) + searchCost(args),
  records: (args) => pageSize(args),
  total: (args, atMost) => atMost / entriesPerRow + searchCost(args),
};

/** A page of events, which a filter of types may look for among far more. */
export const eventListCost: FieldCost = {
  rows: ({ filter, ...args }) => pageSize(args) + 2 + eventSearchCost(filter),
  records: (args) => pageSize(args),
};

/** A batch of events, all of it paid before it is read. */
export const eventBatchCost: FieldCost = {
  rows: (args) => pageSize(args, maxBatch) + 1 + eventSearchCost(args.filter),
  records: (args) => pageSize(args, maxBatch),
};

function eventSearchCost(filter: unknown): number {
  const { types } = (filter ?? {}) as Args;
  return types === undefined || types === null ? 0 : searchRows;
}

/** Records that a filter names otherwise than by id are looked up first, in each of its parts. */
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

/** Whether the database has rows of a type. */
export function isRecord(type: GraphQLObjectType): boolean {
  return type.extensions.isRecord === true || type.getInterfaces().some(({ name }) => name === "Node");
}
