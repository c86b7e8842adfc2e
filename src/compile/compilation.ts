import {
  type FieldNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
} from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { isRecord } from "../pricing/field-cost.ts";
import { recordMark } from "../pricing/rows-used.ts";
import type { Input, Known } from "../reading/input.ts";
import { concatenate, constant } from "../reading/json-text.ts";
import type { ListedRows } from "../reading/page.ts";
import type { Plan } from "../reading/read-rows.ts";
import { NotCompiled, type Reader, type Row, type SelectedField } from "../reading/reader.ts";
import { collectSubfields, type Fields, type Selections } from "../selection.ts";
import { type Args, type ArgsFor, afterwards, argsOf, hasVariables } from "./arguments.ts";
import { connectionText } from "./connection-text.ts";
import { FixedInput, KeptStatement, RequestInput } from "./kept-statement.ts";
import { leafText } from "./leaf-text.ts";
import { objectText } from "./object-text.ts";

type Sql = Prisma.Sql;

const { raw } = Prisma;

/** The state of an operation while its statement is made. */
export class Compilation {
  /** The plan of the statement. If one of its lists is a search, the statement is one; if one is planned ad hoc, so is the statement. */
  plan: Plan = "kept";
  readonly #inputs: RequestInput<unknown>[] = [];
  #rows = 0;
  #once = false;

  constructor(
    readonly selections: Selections,
    readonly context: Context,
    /** Whether the statement may be kept. */
    readonly keeps = false,
  ) {}

  /** Something that the statement takes from the variables. */
  input<T>(read: (variables: Args) => T): Input<T> {
    const input = new RequestInput(read, this.selections.variables);
    this.#inputs.push(input);
    return input;
  }

  /** Notes that the statement depends on the variables in a way that is not known. */
  useOnce(): void {
    this.#once = true;
  }

  /** A statement that answers the operation for other variables, too, if this one can. */
  toKeep(statement: Sql): KeptStatement | undefined {
    if (!this.keeps || this.#once || this.plan !== "kept" || this.selections.hasDirectives) return undefined;
    return new KeptStatement(statement, this.#inputs);
  }

  /** The number of rows, or lists of rows, from which the statement reads. */
  get sources(): number {
    return this.#rows;
  }

  newRow(id?: Known<string>): Row {
    const alias = `t${this.#rows++}`;
    return { alias: raw(alias), id, column: (name) => raw(`${alias}."${name}"`) };
  }

  fieldsOf(type: GraphQLObjectType, nodes: readonly FieldNode[]): Fields {
    return collectSubfields(this.selections, nodes, type);
  }

  /** The JSON text of a record, with its selected fields. */
  record(type: GraphQLObjectType, nodes: readonly FieldNode[], row: Row): Sql {
    const object = objectText(this.fieldsOf(type, nodes), (name, below) =>
      name === "__typename" ? constant(`"${type.name}"`) : this.#value(type, below, row),
    );
    // Each record begins a line, so that answeredRowsOf() can count the records of an answer.
    return isRecord(type) ? concatenate([recordMark, object]) : object;
  }

  #value(parent: GraphQLObjectType, nodes: readonly FieldNode[], row: Row): Sql {
    const selected = this.select(parent, nodes, row);
    const { field } = selected;
    const exposed = field.extensions.pothosExposedField as string | undefined;
    if (exposed !== undefined) return leafText(field.type, row.column(exposed));
    if (field.name === "id") return concatenate([`"${parent.name.toLowerCase()}_`, row.column("id"), '"']);
    return readerOf(field).sql(selected);
  }

  select(parent: GraphQLObjectType, nodes: readonly FieldNode[], row: Row): Selected {
    const node = nodes[0] as FieldNode;
    const field = parent.getFields()[node.name.value];
    if (!field) throw new NotCompiled(node.name.value);
    return new Selected(this, { field, nodes, row, argsFor: argsOf(field, node) });
  }
}

function readerOf({ name, extensions }: GraphQLField<unknown, unknown>): Reader<never, unknown, unknown> {
  if (!extensions.reader) throw new NotCompiled(`${name} has no reader`);
  return extensions.reader as Reader<never, unknown, unknown>;
}

/** A selected field of a record, as its reader gets it. */
export class Selected implements SelectedField<Args> {
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  readonly row: Row;
  readonly argsFor: ArgsFor;
  readonly #args: Args;

  constructor(
    readonly compilation: Compilation,
    { field, nodes, row, argsFor }: Pick<Selected, "field" | "nodes" | "row" | "argsFor">,
  ) {
    this.field = field;
    this.nodes = nodes;
    this.row = row;
    this.argsFor = argsFor;
    this.#args = argsFor(compilation.selections.variables);
  }

  get context(): Context {
    return this.compilation.context;
  }

  get args(): Args {
    if (hasVariables(this.nodes)) this.compilation.useOnce();
    return this.#args;
  }

  read<T>(read: (args: Args) => T, besides?: Known<unknown>): Input<T> {
    const varies = hasVariables(this.nodes) || besides instanceof RequestInput;
    if (!this.compilation.keeps || !varies) return new FixedInput(read(this.#args));
    return this.compilation.input(afterwards(this.argsFor, read));
  }

  on(row: Row, change?: (args: Args) => Args): Selected {
    const argsFor = change ? afterwards(this.argsFor, change) : this.argsFor;
    return new Selected(this.compilation, { ...this, row, argsFor });
  }

  newRow(id?: Known<string>): Row {
    return this.compilation.newRow(id);
  }

  object(row: Row, type = this.type.name): Sql {
    const { schema } = this.compilation.selections;
    return this.compilation.record(schema.getType(type) as GraphQLObjectType, this.nodes, row);
  }

  page(rows: ListedRows): Sql {
    if (this.compilation.plan !== "search" && rows.plan !== "kept") this.compilation.plan = rows.plan;
    return connectionText(this.compilation, this, rows);
  }

  get type(): GraphQLObjectType {
    return getNamedType(this.field.type as GraphQLOutputType) as GraphQLObjectType;
  }
}
