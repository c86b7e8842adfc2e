import { Prisma } from "../../prisma/generated/client/client.ts";

type Sql = Prisma.Sql;

const { sql, raw, join } = Prisma;

const names = Object.keys(Prisma.ConversationScalarFieldEnum) as Prisma.ConversationScalarFieldEnum[];

/** All columns of a row of Conversation, some of them with other values. */
export function conversationColumns(values: Partial<Record<Prisma.ConversationScalarFieldEnum, Sql>>): Sql {
  return join(names.map((name) => sql`${values[name] ?? raw(`"${name}"`)} AS ${raw(`"${name}"`)}`));
}
