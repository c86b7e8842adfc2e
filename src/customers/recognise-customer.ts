import type { Customer } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { DomainError } from "../errors.ts";
import { emailKeyOf } from "../rules/email.ts";
import type { CustomerInput } from "../rules/input.ts";
import { notFound } from "../rules/not-found.ts";
import { searchNameOf } from "../rules/text.ts";
import { Raced, type Tx } from "../writing/write.ts";

export type CustomerMatch = "CUSTOMER_ID" | "EXTERNAL_ID" | "EMAIL" | "PHONE";

export interface CustomerQuery {
  customerId?: string | undefined;
  customer?: CustomerInput | undefined;
}

type Candidate = Customer & { metadataDiffers: boolean };

/** A customer found, by which key, and what of the input differs from the record. */
export interface FoundCustomer {
  customer: Customer;
  matchedBy: CustomerMatch;
  changes: Partial<CustomerInput> | undefined;
}

/**
 * The customer that the input means, or undefined when it means a new one. Identity keys in order: id, externalId, email,
 * phone; two customers are never merged.
 */
export async function findCustomer(db: Pick<Tx, "$queryRaw">, caller: Caller, query: CustomerQuery) {
  const { candidates, found } = await matchCustomer(db, caller, query);
  return found && compare(found.candidate, found.matchedBy, query, candidates);
}

/** The customer that the input means, brought up to date or created. */
export async function getOrCreateCustomer(tx: Tx, caller: Caller, query: CustomerQuery) {
  const { candidates, found } = await matchCustomer(tx, caller, query);
  if (found) {
    const described = compare(found.candidate, found.matchedBy, query, candidates);
    if (described.changes) await updateCustomer(tx, described.customer, described.changes);
    return { id: described.customer.id, matchedBy: described.matchedBy };
  }
  return {
    id: await createCustomer(tx, caller, withoutHeldKeys(query.customer as CustomerInput, candidates)),
    matchedBy: null,
  };
}

async function createCustomer(tx: Tx, { workspaceId }: Caller, given: CustomerInput): Promise<string> {
  const { externalId = null, name = null, email = null, phone = null, image = null, metadata = {} } = given;
  const [created] = await tx.$queryRaw<[{ id: string }]>`
    INSERT INTO "Customer" ("workspaceId", "externalId", name, "searchName", email, phone, image, metadata)
    VALUES (${workspaceId}::uuid, ${externalId}, ${name}, ${searchNameOf(name)}, ${email}, ${phone}, ${image},
      jsonb_merge_patch('{}', ${JSON.stringify(metadata)}::jsonb))
    RETURNING id`;
  return created.id;
}

async function matchCustomer(db: Pick<Tx, "$queryRaw">, caller: Caller, query: CustomerQuery) {
  const id = query.customerId ?? query.customer?.id;
  const { externalId, email, phone, metadata } = query.customer ?? {};
  const candidates = await db.$queryRaw<Candidate[]>`
    SELECT *, jsonb_merge_patch(metadata, ${JSON.stringify(metadata ?? {})}::jsonb) <> metadata AS "metadataDiffers"
    FROM "Customer"
    WHERE "workspaceId" = ${caller.workspaceId}::uuid
      AND (id = ${id ?? null}::uuid OR "externalId" = ${externalId ?? null}
        OR "emailKey" = ${email ? emailKeyOf(email) : null} OR phone = ${phone ?? null})`;
  if (!id) return { candidates, found: chooseCandidate(candidates, query.customer as CustomerInput) };
  const candidate = candidates.find((one) => one.id === id);
  if (!candidate) throw notFound("CUSTOMER", query.customerId ? "input.customerId" : "input.customer.id");
  requireSameIdentity(candidate, candidates, externalId);
  return { candidates, found: { candidate, matchedBy: "CUSTOMER_ID" as const } };
}

function requireSameIdentity(customer: Customer, candidates: Customer[], externalId: string | undefined): void {
  if (externalId === undefined || customer.externalId === externalId) return;
  const taken = candidates.some((one) => one.externalId === externalId);
  if (customer.externalId === null && !taken) return;
  throw new DomainError(
    "CONFLICT",
    taken ? "The externalId belongs to another customer." : "The customer has another externalId.",
    { reason: "IDENTITY_CONFLICT", field: "input.customer.externalId" },
  );
}

/** The rules of identity, given every customer that holds one of the keys. */
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

function compare(candidate: Candidate, matchedBy: CustomerMatch, query: CustomerQuery, candidates: Candidate[]) {
  const { metadataDiffers, ...customer } = candidate;
  const given = withoutHeldKeys<Partial<CustomerInput>>(query.customer ?? {}, candidates, customer.id);
  const fields = ["externalId", "name", "email", "phone", "image"] as const;
  const changes: Partial<CustomerInput> = Object.fromEntries(
    fields
      .filter((field) => given[field] !== undefined && given[field] !== customer[field])
      .map((field) => [field, given[field]]),
  );
  if (metadataDiffers && given.metadata) changes.metadata = given.metadata;
  return {
    customer,
    matchedBy,
    changes: Object.keys(changes).length > 0 ? changes : undefined,
  } satisfies FoundCustomer;
}

/** A key that another customer holds stays with that customer. */
function withoutHeldKeys<T extends Partial<CustomerInput>>(given: T, candidates: Candidate[], ownId?: string): T {
  const others = candidates.filter((one) => one.id !== ownId);
  const { email, phone } = given;
  return {
    ...given,
    ...(email && others.some((one) => sameEmail(one.email, email)) && { email: undefined }),
    ...(phone && others.some((one) => one.phone === phone) && { phone: undefined }),
  };
}

async function updateCustomer(tx: Tx, seen: Customer, changes: Partial<CustomerInput>): Promise<void> {
  const updated = await tx.$executeRaw`
    UPDATE "Customer" SET
      "externalId" = coalesce(${changes.externalId ?? null}, "externalId"),
      name = coalesce(${changes.name ?? null}, name),
      "searchName" = coalesce(${searchNameOf(changes.name)}, "searchName"),
      email = coalesce(${changes.email ?? null}, email),
      phone = coalesce(${changes.phone ?? null}, phone),
      image = coalesce(${changes.image ?? null}, image),
      metadata = jsonb_merge_patch(metadata, ${JSON.stringify(changes.metadata ?? {})}::jsonb),
      "updatedAt" = now()
    WHERE "workspaceId" = ${seen.workspaceId}::uuid AND id = ${seen.id}::uuid
      AND ("externalId", "emailKey", phone)
        IS NOT DISTINCT FROM (${seen.externalId}, ${seen.emailKey}, ${seen.phone})`;
  if (updated === 0) throw new Raced("another request changed the customer's identity");
}
