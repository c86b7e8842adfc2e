import type { z } from "zod";
import type { Conversation } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { getOrCreateCustomer } from "../customers/get-or-create-customer.ts";
import { DomainError } from "../errors.ts";
import { createSubConversationRules } from "../rules/input.ts";
import { parse } from "../rules/parse.ts";
import { asStoredBefore, hashInput, meaningOf } from "../writing/hash-input.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";
import { addChannels, getChannelIds, inheritChannels } from "./channels.ts";
import { addParticipants, memberSetOf, membersOf, requireMembers } from "./participants.ts";
import { createConversation, getConversation, readBack } from "./stored-conversation.ts";

type Wanted = z.output<typeof createSubConversationRules>;

/**
 * A new conversation under a parent, with the parent's channels when none are named, and without its participants. The same
 * idempotencyKey under the same parent returns the first result.
 */
export async function createSubConversation(context: Context, input: unknown): Promise<{ conversation: Conversation }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const wanted = parse(createSubConversationRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    await getConversation(tx, caller, wanted.parentId, "input.parentId");
    const id = (await findFirstResult(tx, caller, wanted)) ?? (await create(tx, caller, wanted));
    return { conversation: await readBack(tx, caller, id) };
  });
}

async function create(tx: Tx, caller: Caller, wanted: Wanted): Promise<string> {
  const { parentId, idempotencyKey: key } = wanted;
  const customer = wanted.customerId || wanted.customer ? await getOrCreateCustomer(tx, caller, wanted) : undefined;
  await requireMembers(tx, caller, wanted.memberIds);
  const members = membersOf(caller, wanted.memberIds);
  const memberSet = !customer && wanted.type === "DIRECT" ? memberSetOf(members) : undefined;

  const id = await createConversation(tx, caller, { ...wanted, customerId: customer?.id, memberSet });
  await addParticipants(tx, caller, id, members, customer?.id);
  if (wanted.channelIds || wanted.channelIdentifier) {
    await addChannels(tx, caller, id, await getChannelIds(tx, caller, wanted));
  } else {
    await inheritChannels(tx, caller, id, parentId);
  }
  if (key) {
    const { workspaceId } = caller;
    await tx.idempotencyKey.create({
      data: { workspaceId, parentId, key, inputHash: hashInput(meaningOf(wanted)), conversationId: id },
    });
  }
  return id;
}

async function findFirstResult(tx: Tx, { workspaceId }: Caller, wanted: Wanted): Promise<string | undefined> {
  const { parentId, idempotencyKey: key } = wanted;
  if (!key) return undefined;
  const used = await tx.idempotencyKey.findFirst({ where: { workspaceId, parentId, key } });
  if (used && ![meaningOf(wanted), asStoredBefore(wanted)].map(hashInput).includes(used.inputHash)) {
    throw new DomainError("CONFLICT", "This idempotencyKey was used with another input.", {
      reason: "IDEMPOTENCY_KEY_REUSED",
      field: "input.idempotencyKey",
    });
  }
  return used?.conversationId;
}
