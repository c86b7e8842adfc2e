import { Prisma } from "../../prisma/generated/client/client.ts";
import type { SearchText } from "../rules/text.ts";
import { textContains } from "./conditions.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

/** The condition that a customer with this alias has the text in its name, e-mail address or externalId. */
export function customerContains(alias: Sql, { folded, lowered }: SearchText): Sql {
  const [names, ids] = [
    [sql`${alias}."searchName"`, sql`${alias}."emailKey"`],
    [sql`lower(${alias}."externalId" COLLATE "C")`],
  ];
  if (folded === lowered) return textContains([...names, ...ids], folded, gramsOf(alias));
  return sql`(${textContains(names, folded, gramsOf(alias))} OR ${textContains(ids, lowered, gramsOf(alias))})`;
}

/** The condition that the customer's name contains the part. The index of grams covers all texts of a customer. */
export function customerIsNamed(alias: Sql, part: string): Sql {
  return textContains([sql`${alias}."searchName"`], part, gramsOf(alias));
}

function gramsOf(alias: Sql): Sql {
  return sql`customer_grams(${alias}."searchName", ${alias}."emailKey", ${alias}."externalId")`;
}
