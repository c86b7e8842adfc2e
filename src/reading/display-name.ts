import { type Customer, Prisma } from "../../prisma/generated/client/client.ts";
import type { Reader } from "./reader.ts";

type Keys = Pick<Customer, "name" | "email" | "phone" | "externalId">;

const nameless = "Customer";

/** The text to show for a customer: the first of name, e-mail address, phone number and externalId that there is. */
export const displayName: Reader<Keys, unknown, string> = {
  resolve: ({ name, email, phone, externalId }) => name ?? email ?? phone ?? externalId ?? nameless,
  sql: ({ row }) => {
    const keys = ["name", "email", "phone", "externalId"].map((key) => row.column(key));
    return Prisma.sql`to_json(coalesce(${Prisma.join(keys)}, ${Prisma.raw(`'${nameless}'`)}))::text`;
  },
};
