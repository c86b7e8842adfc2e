import { type Customer, Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { sqlStateOf } from "../database/sql-state.ts";
import { DomainError } from "../errors.ts";
import { type CustomerChanges, updateCustomerRules } from "../rules/customer-input.ts";
import { emailKeyOf } from "../rules/email.ts";
import { metadataTooLarge } from "../rules/metadata.ts";
import { notFound } from "../rules/not-found.ts";
import { badInput, parse } from "../rules/parse.ts";
import { searchNameOf } from "../rules/text.ts";
import { metadataAfter } from "../writing/metadata-after.ts";
import { staleRevision } from "../writing/stale-revision.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";

const { sql, join } = Prisma;

const keys = ["externalId", "email", "phone"] as const;
const columns = [...keys, "name", "image"] as const;

const assign: Record<(typeof columns)[number], (value: string | null) => Prisma.Sql> = {
  externalId: (value) => sql`"externalId" = ${value}`,
  email: (value) => sql`email = ${value}`,
  phone: (value) => sql`phone = ${value}`,
  name: (value) => sql`name = ${value}, "searchName" = ${searchNameOf(value)}`,
  image: (value) => sql`image = ${value}`,
};

/**
 * Changes a customer. An omitted field stays, null clears it, and metadata is merged or replaced (RFC 7396). Throws IDENTITY_CONFLICT if
 * another customer has one of the keys, or if the customer has another externalId already. It adds no participants.
 */
export async function updateCustomer(context: Context, input: unknown): Promise<{ customer: Customer }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const changes = parse(updateCustomerRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    const customer = await lockCustomer(tx, caller, changes.id);
    const { expectedRevision } = changes;
    if (expectedRevision !== undefined && expectedRevision !== customer.revision)
      throw staleRevision("customer", customer.revision);
    requireRecognisable(customer, changes);
    await requireOwnKeys(tx, customer, changes);
    return { customer: await change(tx, customer, changes) };
  });
}

async function lockCustomer(tx: Tx, { workspaceId }: Caller, id: string): Promise<Customer> {
  const [customer] = await tx.$queryRaw<Customer[]>`
    SELECT * FROM "Customer" WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`;
  if (!customer) throw notFound("CUSTOMER", "input.id");
  return customer;
}

/** A customer has to keep at least one key by which it is recognised. */
function requireRecognisable(customer: Customer, changes: CustomerChanges): void {
  const had = keys.some((key) => customer[key] !== null);
  const has = keys.some((key) => (changes[key] === undefined ? customer[key] : changes[key]) !== null);
  if (had && !has) throw badInput("input", "REQUIRED", "a customer keeps at least one of externalId, email and phone");
}

async function requireOwnKeys(tx: Tx, { workspaceId, id, externalId: own }: Customer, changes: CustomerChanges) {
  const { externalId, email, phone } = changes;
  if (own !== null && externalId && externalId !== own)
    throw identityConflict("externalId", "The customer has another externalId.");
  const [held] = await tx.$queryRaw<Record<(typeof keys)[number], boolean>[]>`
    SELECT bool_or("externalId" = ${externalId ?? null}) AS "externalId", bool_or("emailKey" = ${email ? emailKeyOf(email) : null}) AS email,
      bool_or(phone = ${phone ?? null}) AS phone
    FROM "Customer" WHERE "workspaceId" = ${workspaceId}::uuid AND id <> ${id}::uuid AND (
      "externalId" = ${externalId ?? null} OR "emailKey" = ${email ? emailKeyOf(email) : null} OR phone = ${phone ?? null})`;
  const taken = keys.find((key) => held?.[key]);
  if (taken) throw identityConflict(taken, "This belongs to another customer.");
}

function identityConflict(key: string, message: string): DomainError {
  return new DomainError("CONFLICT", message, { reason: "IDENTITY_CONFLICT", field: `input.${key}` });
}

/** Triggers set `updatedAt` and `revision`, only if something differs. */
async function change(tx: Tx, customer: Customer, changes: CustomerChanges): Promise<Customer> {
  const { metadata, metadataMode } = changes;
  const assignments = columns.flatMap((column) => {
    const value = changes[column];
    return value === undefined || value === customer[column] ? [] : [assign[column](value)];
  });
  if (metadata !== undefined) assignments.push(sql`metadata = ${metadataAfter(metadata, metadataMode)}`);
  if (assignments.length === 0) return customer;
  try {
    const [changed] = await tx.$queryRaw<[Customer]>`
      UPDATE "Customer" SET ${join(assignments)}
      WHERE "workspaceId" = ${customer.workspaceId}::uuid AND id = ${customer.id}::uuid RETURNING *`;
    return changed;
  } catch (error) {
    if (!sqlStateOf(error)?.names("Customer_metadata_size")) throw error;
    throw badInput("input.metadata", ...metadataTooLarge);
  }
}
