import type { FieldNode } from "graphql";
import type { Prisma } from "../../prisma/generated/client/client.ts";
import { concatenate } from "../reading/json-text.ts";
import type { Fields } from "../selection.ts";

/** The JSON text of an object with these fields. `textOf` gives the text of each by its name. */
export function objectText(
  fields: Fields,
  textOf: (name: string, nodes: readonly FieldNode[]) => Prisma.Sql,
): Prisma.Sql {
  const parts: (string | Prisma.Sql)[] = [];
  for (const [key, nodes] of fields) {
    parts.push(`${parts.length === 0 ? "{" : ","}"${key}":`, textOf((nodes[0] as FieldNode).name.value, nodes));
  }
  parts.push(parts.length === 0 ? "{}" : "}");
  return concatenate(parts);
}
