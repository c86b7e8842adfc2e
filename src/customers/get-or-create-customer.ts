import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { DomainError } from "../errors.ts";
import { parameter } from "../reading/parameter.ts";
import type { CustomerInput } from "../rules/customer-input.ts";
import { searchNameOf } from "../rules/text.ts";
import { Raced, type Tx } from "../writing/write.ts";
import {
  type Candidate,
  type CustomerMatch,
  type CustomerQuery,
  candidateSql,
  type FoundCustomer,
  isCandidateSql,
  recogniseCustomer,
  withoutHeldKeys,
} from "./recognise-customer.ts";

const { sql } = Prisma;

/** The customer that the input means, or undefined if it means a new one; and all customers that have one of the keys. */
async function findCustomer(
  db: Pick<Tx, "$queryRaw">,
  caller: Caller,
  query: CustomerQuery,
): Promise<{ found: FoundCustomer | undefined; candidates: Candidate[] }> {
  const rows = await db.$queryRaw<{ candidate: Candidate }[]>`
    SELECT ${candidateSql(query)} AS candidate FROM "Customer" cu
    WHERE cu."workspaceId" = ${parameter(caller.workspaceId, "uuid")} AND ${isCandidateSql(query)}`;
  const candidates = rows.map((row) => row.candidate);
  return { found: recogniseCustomer(query, candidates), candidates };
}

/** A customer that exists, or the input for a new one. */
export type FoundOrNew = { id: string } | { given: CustomerInput };

/** The id of the customer that was found, or the input for a new one. */
export function newOrFound(
  { customer }: CustomerQuery,
  found: FoundCustomer | undefined,
  candidates: Candidate[],
): FoundOrNew {
  return found ? { id: found.customer.id } : { given: withoutHeldKeys(customer as CustomerInput, candidates) };
}

/**
 * The customer that the input means, if the record need not change. Otherwise undefined, also if the input is refused: a transaction in
 * steps then finds the first mistake.
 */
export async function findUnchanged(
  db: Pick<Tx, "$queryRaw">,
  caller: Caller,
  query: CustomerQuery,
): Promise<FoundOrNew | undefined> {
  try {
    const { found, candidates } = await findCustomer(db, caller, query);
    return found?.changes ? undefined : newOrFound(query, found, candidates);
  } catch (error) {
    if (error instanceof DomainError) return undefined;
    throw error;
  }
}

/** Finds and updates the customer that the input means, or creates it. */
export async function getOrCreateCustomer(
  tx: Tx,
  caller: Caller,
  query: CustomerQuery,
): Promise<{ id: string; matchedBy: CustomerMatch | null }> {
  const { found, candidates } = await findCustomer(tx, caller, query);
  if (!found) {
    const given = withoutHeldKeys(query.customer as CustomerInput, candidates);
    return { id: await createCustomer(tx, caller, given), matchedBy: null };
  }
  const { customer, changes, matchedBy } = found;
  if (changes) await updateCustomer(tx, caller, { seen: customer, changes });
  return { id: customer.id, matchedBy };
}

async function createCustomer(tx: Tx, caller: Caller, given: CustomerInput): Promise<string> {
  const [created] = await tx.$queryRaw<[{ id: string }]>`${insertCustomerSql(caller, given)} RETURNING id`;
  return created.id;
}

/** SQL that inserts a customer. If `from` is given, it inserts one for each of its rows. */
export function insertCustomerSql({ workspaceId }: Caller, given: CustomerInput, from = Prisma.empty): Prisma.Sql {
  const { externalId = null, name = null, email = null, phone = null, image = null, metadata = {} } = given;
  return sql`
    INSERT INTO "Customer" ("workspaceId", "externalId", name, "searchName", email, phone, image, metadata)
    SELECT ${workspaceId}::uuid, ${externalId}, ${name}, ${searchNameOf(name)}, ${email}, ${phone}, ${image},
      jsonb_merge_patch('{}', ${JSON.stringify(metadata)}::jsonb) ${from}`;
}

type Change = { seen: Candidate; changes: Partial<CustomerInput> };

async function updateCustomer(tx: Tx, caller: Caller, change: Change): Promise<void> {
  const updated = await tx.$executeRaw(updateCustomerSql(caller, change));
  if (updated === 0) throw new Raced("another request changed the customer's identity");
}

/** SQL that updates a customer, unless another request has changed one of its keys since it was read (`seen`). */
export function updateCustomerSql({ workspaceId }: Caller, { seen, changes }: Change): Prisma.Sql {
  const { metadata } = changes;
  return sql`
    UPDATE "Customer" SET
      "externalId" = coalesce(${changes.externalId ?? null}, "externalId"),
      name = coalesce(${changes.name ?? null}, name),
      "searchName" = coalesce(${searchNameOf(changes.name)}, "searchName"),
      email = coalesce(${changes.email ?? null}, email),
      phone = coalesce(${changes.phone ?? null}, phone),
      image = coalesce(${changes.image ?? null}, image),
      metadata = ${metadata ? sql`jsonb_merge_patch(metadata, ${JSON.stringify(metadata)}::jsonb)` : sql`metadata`}
    WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${seen.id}::uuid
      AND ("externalId", "emailKey", phone)
        IS NOT DISTINCT FROM (${seen.externalId}, ${seen.emailKey}, ${seen.phone})`;
}
