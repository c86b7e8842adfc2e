import { type FieldNode, type GraphQLObjectType, getNamedType } from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { recordMark } from "../pricing/rows-used.ts";
import { cursorSql } from "../reading/cursor.ts";
import type { Input, Known } from "../reading/input.ts";
import { concatenate, constant, orNull } from "../reading/json-text.ts";
import { type ListedRows, type PageArgs, type PageRequest, pageSql, parsePage } from "../reading/page.ts";
import { parameter } from "../reading/parameter.ts";
import { NotCompiled, type Row } from "../reading/reader.ts";
import { entriesPerRow, parseAtMost } from "../reading/total.ts";
import type { Fields } from "../selection.ts";
import { objectText } from "./object-text.ts";

type Sql = Prisma.Sql;

const { sql, raw, join, empty } = Prisma;

/** A connection that an operation selects. */
interface SelectedConnection {
  readonly type: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  read<T>(read: (args: PageArgs) => T, besides?: Known<unknown>): Input<T>;
}

/** The parts of a connection's statement. */
interface Maker {
  newRow(): Row;
  fieldsOf(type: GraphQLObjectType, nodes: readonly FieldNode[]): Fields;
  record(type: GraphQLObjectType, nodes: readonly FieldNode[], row: Row): Sql;
  select(type: GraphQLObjectType, nodes: readonly FieldNode[], row: Row): { readonly args: Record<string, unknown> };
}

/** The JSON text of a connection: one row, made of the rows of the page. A backward page is read from its end. */
export function connectionText(compilation: Maker, selected: SelectedConnection, list: ListedRows): Sql {
  const { nodes, type } = selected;
  const page = selected.read(pageReader(list), list.scope.id);
  const backward = page.choice(isBackward);
  const request = {
    ...{ size: page.part(sizeSql), backward },
    after: page.choice(hasAfter) ? page.part(afterSql) : undefined,
    before: page.choice(hasBefore) ? page.part(beforeSql) : undefined,
  };
  const fields = compilation.fieldsOf(type, nodes);
  const asked = wantedOf(compilation, type, [...fields.values()]);
  const wantsMore = asked.has(backward ? "hasPreviousPage" : "hasNextPage");
  const wantsEnds = asked.has("startCursor") || asked.has("endCursor");

  const row = compilation.newRow();
  const n = sql`${row.alias}.n`;
  const { rows, otherSide } = pageSql(list, request, wantsMore ? page.part(sizeAndOneSql) : request.size);
  const shown = wantsMore ? sql` FILTER (WHERE ${n} <= ${request.size})` : empty;
  const cursor = () => concatenate(['"', cursorSql(list.order, list.scope.sql, row.alias), '"']);
  const listOf = (item: Sql) =>
    concatenate([
      "[",
      sql`coalesce(string_agg(${item}, ','${backward ? sql` ORDER BY ${n} DESC` : empty})${shown}, '')`,
      "]",
    ]);
  const edge = (below: readonly FieldNode[]) => {
    const edgeType = typeOf(type, "edges");
    return objectText(compilation.fieldsOf(edgeType, below), (name, nodes) => {
      if (name === "__typename") return constant(`"${edgeType.name}"`);
      return name === "cursor" ? cursor() : compilation.record(typeOf(edgeType, "node"), nodes, row);
    });
  };
  const pageInfo = pageInfoTexts(request, otherSide, { row, cursor });
  const totals = new Totals(list, () => compilation.newRow().alias);
  const text = objectText(fields, (name, below) => {
    if (name === "__typename") return constant(`"${type.name}"`);
    if (name.startsWith("totalCount")) {
      return totals.text(name, parseAtMost(compilation.select(type, below, row).args));
    }
    if (name === "nodes") return listOf(compilation.record(typeOf(type, "nodes"), below, row));
    if (name === "edges") return listOf(edge(below));
    return objectText(compilation.fieldsOf(typeOf(type, "pageInfo"), below), (key) => (pageInfo[key] as () => Sql)());
  });
  // Without an aggregate, there would be one text for each row.
  if (!asked.has("nodes") && !asked.has("edges") && !wantsMore && !wantsEnds) return totals.around(text);
  const numbers = wantsMore || wantsEnds || backward ? sql`, row_number() OVER () AS n` : empty;
  const ends = wantsEnds ? sql`, least(count(*) OVER (), ${request.size}) AS last` : empty;
  return totals.around(sql`(SELECT ${text} FROM (SELECT r.*${numbers}${ends} FROM (${rows}) AS r) AS ${row.alias})`);
}

/** Reads the page that is asked for. Only if the owner of the list is known, a cursor can be proved to be one of the list. */
function pageReader({ order, pageSize, scope: { id } }: ListedRows): (args: PageArgs) => PageRequest {
  return (args) => {
    if (id === undefined && (args.after || args.before)) throw new NotCompiled("a cursor of an unknown owner");
    return parsePage({ order, pageSize }, id?.current ?? "", args);
  };
}

const isBackward = ({ backward }: PageRequest) => backward;
const hasAfter = ({ after }: PageRequest) => after !== undefined;
const hasBefore = ({ before }: PageRequest) => before !== undefined;
const afterSql = ({ after }: PageRequest) => after as Sql;
const beforeSql = ({ before }: PageRequest) => before as Sql;
const sizeSql = ({ size }: PageRequest) => parameter(size, "int");
const sizeAndOneSql = ({ size }: PageRequest) => parameter(size + 1, "int");

/** The totals of a connection. The fields that count up to the same number share one count, and the first of them pays for it. */
class Totals {
  readonly #counts = new Map<number, Sql>();

  constructor(
    readonly list: ListedRows,
    readonly newAlias: () => Sql,
  ) {}

  /** JSON text of `totalCount`, or of `totalCountIsExact`. */
  text(name: string, atMost: number): Sql {
    const { total, isCounted } = this.list;
    if (!isCounted) return name === "totalCount" ? sql`${total(atMost)}::text` : constant("true");
    const limit = parameter(atMost, "int");
    const known = this.#counts.get(atMost);
    const counted = known ?? this.newAlias();
    this.#counts.set(atMost, counted);
    const count = sql`least(${counted}.n, ${limit})`;
    const text = name === "totalCount" ? sql`${count}::text` : sql`(${counted}.n <= ${limit})::text`;
    if (known) return text;
    return concatenate([sql`repeat(${constant(recordMark)}, ${count} / ${raw(String(entriesPerRow))})`, text]);
  }

  /** Adds the counts to `text`, which is one value and names them. Without OFFSET, PostgreSQL would count again for each name. */
  around(text: Sql): Sql {
    if (this.#counts.size === 0) return text;
    const counts = [...this.#counts].map(
      ([atMost, alias]) => sql`(SELECT ${this.list.total(atMost)} AS n OFFSET 0) AS ${alias}`,
    );
    return sql`(SELECT ${text} FROM ${join(counts)})`;
  }
}

/**
 * JSON text of each field of pageInfo. The rows have numbers (`n`) from the end that is read. `last` is the number of the page's last row.
 */
function pageInfoTexts(
  { size, backward }: { size: Sql; backward: boolean },
  otherSide: Sql | undefined,
  { row: { alias }, cursor }: { row: Row; cursor: () => Sql },
): Record<string, () => Sql> {
  const cursorAt = (condition: Sql) => orNull(sql`max(${cursor()}) FILTER (WHERE ${condition})`);
  return {
    __typename: () => constant('"PageInfo"'),
    [backward ? "hasPreviousPage" : "hasNextPage"]: () => sql`(count(*) > ${size})::text`,
    [backward ? "hasNextPage" : "hasPreviousPage"]: () =>
      otherSide ? sql`coalesce((${otherSide})::text, 'false')` : constant("false"),
    [backward ? "endCursor" : "startCursor"]: () => cursorAt(sql`${alias}.n = 1 AND ${alias}.n <= ${alias}.last`),
    [backward ? "startCursor" : "endCursor"]: () => cursorAt(sql`${alias}.n = ${alias}.last`),
  };
}

/** Names of the fields selected, those of pageInfo included. */
function wantedOf(compilation: Maker, type: GraphQLObjectType, fields: (readonly FieldNode[])[]): Set<string> {
  const names = new Set<string>();
  for (const nodes of fields) {
    const { value } = (nodes[0] as FieldNode).name;
    names.add(value);
    if (value !== "pageInfo") continue;
    for (const [first] of compilation.fieldsOf(typeOf(type, value), nodes).values())
      names.add((first as FieldNode).name.value);
  }
  return names;
}

function typeOf(parent: GraphQLObjectType, field: string): GraphQLObjectType {
  return getNamedType(parent.getFields()[field]?.type) as GraphQLObjectType;
}
