import type { GraphQLSchema, OperationDefinitionNode } from "graphql";
import { LRUCache } from "lru-cache";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Input } from "../reading/input.ts";

type Sql = Prisma.Sql;
type Variables = Record<string, unknown>;

/** The most characters of statements that are kept, their values included. */
const maxKept = 4 * 1024 * 1024;

/** The most statements of one operation: the variables may change its text, for example by a cursor or without one. */
const maxForms = 8;

/** Something that the readers of a statement take from the variables of a request, and again from those of the next one. */
export class RequestInput<T> implements Input<T> {
  current: T;
  readonly #read: (variables: Variables) => T;
  readonly #checks: (() => boolean)[] = [];

  constructor(read: (variables: Variables) => T, variables: Variables) {
    this.#read = read;
    this.current = read(variables);
  }

  choice<C>(choose: (value: T) => C): C {
    const chosen = choose(this.current);
    this.#checks.push(() => choose(this.current) === chosen);
    return chosen;
  }

  part(make: (value: T) => Sql): Sql {
    const { strings, values } = make(this.current);
    let now = values;
    this.#checks.push(() => {
      const next = make(this.current);
      now = next.values;
      return next.strings.length === strings.length && next.strings.every((text, at) => text === strings[at]);
    });
    return new Prisma.Sql(
      strings,
      values.map((_, at) => new RequestValue(() => now[at])),
    );
  }

  /** Reads other variables. False: they make another statement. Throws what is wrong with them. */
  readAgain(variables: Variables): boolean {
    this.current = this.#read(variables);
    return this.#checks.every((isSame) => isSame());
  }
}

/** The same where no variable can change it. */
export class FixedInput<T> implements Input<T> {
  constructor(readonly current: T) {}

  choice<C>(choose: (value: T) => C): C {
    return choose(this.current);
  }

  part(make: (value: T) => Sql): Sql {
    return make(this.current);
  }
}

/** A value of a statement that differs between requests. */
class RequestValue {
  constructor(readonly get: () => unknown) {}
}

/** The values of a statement for the variables that its inputs have read last. */
export function valuesOf({ values }: { readonly values: readonly unknown[] }): unknown[] {
  return values.map((value) => (value instanceof RequestValue ? value.get() : value));
}

/** A statement that answers an operation for all variables that do not change its text. It holds nothing of the request that it was made for. */
export class KeptStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly #inputs: readonly RequestInput<unknown>[];

  constructor(expression: Sql, inputs: readonly RequestInput<unknown>[]) {
    const { text, values } = Prisma.sql`SELECT ${expression}`;
    this.text = text;
    this.values = values;
    this.#inputs = inputs;
  }

  /** Undefined if these variables make another statement, or if something in them is wrong. */
  valuesFor(variables: Variables): unknown[] | undefined {
    try {
      const isSame = this.#inputs.every((input) => input.readAgain(variables));
      return isSame ? valuesOf(this) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** An operation, asked for by a caller. */
interface Asked {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly caller: Caller;
}

/** The statements of the operations that were asked last. Each belongs to a caller, whose workspace and permissions are in it. */
export class KeptStatements {
  #operations = 0;
  readonly #numbers = new WeakMap<OperationDefinitionNode, number>();
  readonly #kept = new LRUCache<string, { schema: GraphQLSchema; forms: KeptStatement[] }>({
    maxSize: maxKept,
    sizeCalculation: ({ forms }) => forms.reduce((sum, { text, values }) => sum + text.length + 100 * values.length, 1),
  });

  of(asked: Asked): readonly KeptStatement[] {
    const kept = this.#kept.get(this.#keyOf(asked));
    return kept?.schema === asked.schema ? kept.forms : [];
  }

  add(asked: Asked, statement: KeptStatement): void {
    const forms = [statement, ...this.of(asked)].slice(0, maxForms);
    this.#kept.set(this.#keyOf(asked), { schema: asked.schema, forms });
  }

  #keyOf({ operation, caller }: Asked): string {
    const number = this.#numbers.get(operation) ?? ++this.#operations;
    this.#numbers.set(operation, number);
    const { workspaceId, integrationId, memberId, permissions } = caller;
    return [number, workspaceId, integrationId, memberId, ...permissions].join();
  }
}
