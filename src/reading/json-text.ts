import { Prisma } from "../../prisma/generated/client/client.ts";

type Sql = Prisma.Sql;
type Part = string | Sql;

/** The parts of a JSON text: constant texts, and SQL expressions for text. If one is NULL, all is NULL. */
class JsonText extends Prisma.Sql {
  /** The parts. Two constants never follow each other. */
  readonly parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    const strings = [""];
    const expressions: Sql[] = [];
    parts.forEach((part, index) => {
      const between = index === 0 ? "" : " || ";
      if (typeof part === "string") strings.push(`${strings.pop()}${between}'${part.replaceAll("'", "''")}'`);
      else {
        strings.push(`${strings.pop()}${between}`, "");
        expressions.push(part);
      }
    });
    super(strings, expressions);
    this.parts = parts;
  }
}

/** Joins constant texts and SQL expressions for text into one expression. If one is NULL, all is NULL. */
export function concatenate(parts: readonly Part[]): Sql {
  const all: Part[] = [];
  for (const part of parts) {
    if (part instanceof JsonText) for (const inner of part.parts) append(all, inner);
    else append(all, part);
  }
  return new JsonText(all);
}

function append(all: Part[], part: Part): void {
  const last = all.at(-1);
  if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
  else all.push(part);
}

/** An expression for a text that is known before the database reads anything. */
export function constant(text: string): Sql {
  return new JsonText([text]);
}

/** The text of an expression that is constant. */
export function constantText(expression: Sql): string | undefined {
  if (!(expression instanceof JsonText) || expression.parts.length !== 1) return undefined;
  const [only] = expression.parts;
  return typeof only === "string" ? only : undefined;
}

/** `text`, or JSON's null if it is NULL. */
export function orNull(text: Sql): Sql {
  return Prisma.sql`coalesce(${text}, 'null')`;
}
