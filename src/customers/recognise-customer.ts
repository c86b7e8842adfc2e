import { type Customer, Prisma } from "../../prisma/generated/client/client.ts";
import { DomainError } from "../errors.ts";
import { parameter } from "../reading/parameter.ts";
import type { CustomerInput } from "../rules/customer-input.ts";
import { emailKeyOf } from "../rules/email.ts";
import { notFound } from "../rules/not-found.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

export type CustomerMatch = "CUSTOMER_ID" | "EXTERNAL_ID" | "EMAIL" | "PHONE";

export interface CustomerQuery {
  customerId?: string | undefined;
  customer?: CustomerInput | undefined;
}

/** Whether an input names a customer. */
export function namesCustomer({ customerId, customer }: CustomerQuery): boolean {
  return customerId !== undefined || customer !== undefined;
}

/** A customer that holds one of the keys of the input. */
export type Candidate = Pick<Customer, "id" | "externalId" | "name" | "email" | "emailKey" | "phone" | "image"> & {
  /** Whether the metadata of the input would change the customer's. */
  metadataDiffers: boolean;
};

/** A customer that was found, with the key that found it, and the fields of the input that differ from the record. */
export interface FoundCustomer {
  customer: Candidate;
  matchedBy: CustomerMatch;
  changes: Partial<CustomerInput> | undefined;
}

/** A row "Customer" AS cu as a candidate, in JSON. */
export function candidateSql({ customer }: CustomerQuery): Sql {
  const patch = customer?.metadata && parameter(JSON.stringify(customer.metadata), "jsonb");
  return sql`json_build_object('id', cu.id, 'externalId', cu."externalId", 'name', cu.name, 'email', cu.email,
    'emailKey', cu."emailKey", 'phone', cu.phone, 'image', cu.image,
    'metadataDiffers', ${patch ? sql`jsonb_merge_patch(cu.metadata, ${patch}) <> cu.metadata` : sql`false`})`;
}

/** The condition that a row "Customer" AS cu holds a key of the input. It names only keys that are given, because each has its own index. */
export function isCandidateSql({ customerId, customer }: CustomerQuery): Sql {
  const { externalId, email, phone, id = customerId } = customer ?? {};
  const keys: Sql[] = [];
  if (id) keys.push(sql`cu.id = ${parameter(id, "uuid")}`);
  if (externalId) keys.push(sql`cu."externalId" = ${parameter(externalId, "text")}`);
  if (email) keys.push(sql`cu."emailKey" = ${parameter(emailKeyOf(email), "text")}`);
  if (phone) keys.push(sql`cu.phone = ${parameter(phone, "text")}`);
  return sql`(${Prisma.join(keys, " OR ")})`;
}

/**
 * Finds the customer that the input means among the candidates, which are all customers that hold one of its keys. Undefined: the
 * input means a new customer. The rules, in their order:
 *
 * 1. By id (`customerId` or `customer.id`; the rules of input refuse two different ones). The customer has to exist, else NOT_FOUND. If the input has an externalId too, the
 *    customer takes it if the customer has none yet. It is an IDENTITY_CONFLICT if the customer has another externalId, or if another
 *    customer has this one.
 * 2. By externalId, which is compared exactly. The customer that has it is the one, whatever e-mail address and phone are given.
 * 3. By email, without regard to case. With an externalId in the input, only a customer that has no externalId yet is found.
 * 4. By phone, in E.164. The same holds for the externalId. A customer with another e-mail address than the given one is not found,
 *    because people share phones.
 *
 * Two customers are never merged. If keys of the input belong to several customers, the stronger key decides, and the other
 * customers keep theirs. The customer that is found takes the other fields of the input that differ.
 */
export function recogniseCustomer(query: CustomerQuery, candidates: Candidate[]): FoundCustomer | undefined {
  const id = query.customerId ?? query.customer?.id;
  if (!id) {
    const found = chooseCandidate(candidates, query.customer ?? {});
    return found && compare(found, query, candidates);
  }
  const customer = candidates.find((one) => one.id === id);
  if (!customer) throw notFound("CUSTOMER", query.customerId ? "input.customerId" : "input.customer.id");
  requireSameIdentity(customer, candidates, query.customer?.externalId);
  return compare({ candidate: customer, matchedBy: "CUSTOMER_ID" }, query, candidates);
}

function requireSameIdentity(customer: Candidate, candidates: Candidate[], externalId: string | undefined): void {
  if (externalId === undefined || customer.externalId === externalId) return;
  const taken = candidates.some((one) => one.externalId === externalId);
  if (customer.externalId === null && !taken) return;
  throw new DomainError(
    "CONFLICT",
    taken ? "The externalId belongs to another customer." : "The customer has another externalId.",
    { reason: "IDENTITY_CONFLICT", field: "input.customer.externalId" },
  );
}

/** Applies the rules 2 to 4 of recogniseCustomer(). */
export function chooseCandidate<C extends Pick<Customer, "externalId" | "email" | "phone">>(
  candidates: C[],
  { externalId, email, phone }: Partial<Pick<CustomerInput, "externalId" | "email" | "phone">>,
): { candidate: C; matchedBy: Exclude<CustomerMatch, "CUSTOMER_ID"> } | undefined {
  const isOpen = (one: C) => externalId === undefined || one.externalId === null;
  const byExternalId = externalId && candidates.find((one) => one.externalId === externalId);
  if (byExternalId) return { candidate: byExternalId, matchedBy: "EXTERNAL_ID" };
  const byEmail = email && candidates.find((one) => sameEmail(one.email, email) && isOpen(one));
  if (byEmail) return { candidate: byEmail, matchedBy: "EMAIL" };
  const byPhone = phone && candidates.find((one) => one.phone === phone && isOpen(one));
  if (!byPhone) return undefined;
  const emailsDiffer = byPhone.email && email && !sameEmail(byPhone.email, email);
  return emailsDiffer ? undefined : { candidate: byPhone, matchedBy: "PHONE" };
}

function sameEmail(a: string | null, b: string): boolean {
  return a !== null && emailKeyOf(a) === emailKeyOf(b);
}

function compare(
  { candidate: customer, matchedBy }: { candidate: Candidate; matchedBy: CustomerMatch },
  query: CustomerQuery,
  candidates: Candidate[],
): FoundCustomer {
  const given = withoutHeldKeys<Partial<CustomerInput>>(query.customer ?? {}, candidates, customer.id);
  const fields = ["externalId", "name", "email", "phone", "image"] as const;
  const changes: Partial<CustomerInput> = Object.fromEntries(
    fields
      .filter((field) => given[field] !== undefined && given[field] !== customer[field])
      .map((field) => [field, given[field]]),
  );
  if (customer.metadataDiffers && given.metadata) changes.metadata = given.metadata;
  return { customer, matchedBy, changes: Object.keys(changes).length > 0 ? changes : undefined };
}

/** Removes the keys that another customer holds, because they stay with that customer. */
export function withoutHeldKeys<T extends Partial<CustomerInput>>(
  given: T,
  candidates: Candidate[],
  ownId?: string,
): T {
  const others = candidates.filter((one) => one.id !== ownId);
  const { email, phone } = given;
  return {
    ...given,
    ...(email && others.some((one) => sameEmail(one.email, email)) && { email: undefined }),
    ...(phone && others.some((one) => one.phone === phone) && { phone: undefined }),
  };
}
