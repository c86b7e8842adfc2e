import type { Message } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { DomainError } from "../errors.ts";
import { notFound } from "../rules/not-found.ts";
import type { Tx } from "../writing/write.ts";

/** The message, locked until the transaction ends, or NOT_FOUND. */
export async function lockMessage(tx: Tx, { workspaceId }: Caller, id: string): Promise<Message> {
  const [message] = await tx.$queryRaw<Message[]>`
    SELECT * FROM "Message" WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`;
  if (!message) throw notFound("MESSAGE", "input.id");
  return message;
}

export function messageNotOwned(message: string): DomainError<"FORBIDDEN"> {
  return new DomainError("FORBIDDEN", message, { reason: "MESSAGE_NOT_OWNED", field: "input.id" });
}
