import { Prisma } from "../../prisma/generated/client/client.ts";
import { textContains } from "./conditions.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

/** Whether a customer of this alias has the part in its name, e-mail address or externalId. */
export function customerContains(alias: Sql, part: string): Sql {
  return textContains(textsOf(alias), part, gramsOf(alias));
}

/** Whether the customer's name contains the part. The index of grams covers all texts of a customer. */
export function customerIsNamed(alias: Sql, part: string): Sql {
  return textContains([sql`${alias}."searchName"`], part, gramsOf(alias));
}

function textsOf(alias: Sql): Sql[] {
  return [sql`${alias}."searchName"`, sql`${alias}."emailKey"`, sql`lower(${alias}."externalId" COLLATE "C")`];
}

function gramsOf(alias: Sql): Sql {
  return sql`customer_grams(${alias}."searchName", ${alias}."emailKey", ${alias}."externalId")`;
}
