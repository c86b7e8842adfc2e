import type { Caller } from "../caller.ts";
import { notFound } from "../rules/not-found.ts";
import type { Tx } from "../writing/write.ts";

/** Throws NOT_FOUND for the first listed customer that is not of the workspace. */
export async function requireCustomers(tx: Tx, { workspaceId }: Caller, customerIds: string[] = []): Promise<void> {
  if (customerIds.length === 0) return;
  const found = await tx.customer.findMany({ where: { workspaceId, id: { in: customerIds } }, select: { id: true } });
  const known = new Set(found.map((customer) => customer.id));
  const missing = customerIds.findIndex((id) => !known.has(id));
  if (missing >= 0) throw notFound("CUSTOMER", `input.customerIds.${missing}`);
}
