import type { Conversation, Customer, Message } from "../../prisma/generated/client/client.ts";
import type { Caller, Permission } from "../caller.ts";
import { customerKeyRules } from "../rules/customer-input.ts";
import { idOf, parse } from "../rules/parse.ts";
import { constant, orNull } from "./json-text.ts";
import { customersByExternalId, loaders } from "./loaders.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type Reader, type RootReader } from "./reader.ts";
import { recordByIdSql, recordSql } from "./to-one.ts";

const conversationId = ({ id }: { id: unknown }) => parse(idOf("Conversation"), id, "id");
const messageId = ({ id }: { id: unknown }) => parse(idOf("Message"), id, "id");

/** The conversation with this id, or null. */
export const findConversation: RootReader<{ id: unknown }, Conversation | null> = needsRead({
  resolve: (_root, args, context) => loaders.Conversation(context).load(conversationId(args)),
  sql: (field) => recordByIdSql(field, "Conversation", field.read(conversationId)),
});

/** The message with this id, PUBLIC or INTERNAL, or null. */
export const findMessage: RootReader<{ id: unknown }, Message | null> = needsRead({
  resolve: (_root, args, context) => loaders.Message(context).load(messageId(args)),
  sql: (field) => recordByIdSql(field, "Message", field.read(messageId)),
});

/** The customer with this id or externalId, or null. Exactly one of the two is given. */
export const findCustomerBy: RootReader<object, Customer | null> = needsRead({
  resolve: (_root, key, context) => {
    const { id, externalId } = customerKey(key);
    return id ? loaders.Customer(context).load(id) : customersByExternalId(context).load(externalId as string);
  },
  sql: (field) => {
    const key = field.read(customerKey);
    return key.choice(isById)
      ? recordByIdSql(field, "Customer", field.read(customerId))
      : orNull(recordSql(field, "Customer", { column: "externalId", value: key.part(externalIdSql) }));
  },
});

const customerKey = (key: unknown) => parse(customerKeyRules, key, "");
const customerId = (key: unknown) => customerKey(key).id as string;
const isById = ({ id }: ReturnType<typeof customerKey>) => id !== undefined;
const externalIdSql = ({ externalId }: ReturnType<typeof customerKey>) => parameter(externalId, "text");

/** The API key of this request, with its workspace, member and integration. It needs no permission. */
export const viewer: RootReader<unknown, Caller> = {
  resolve: (_root, _args, { caller }) => caller,
  sql: (field) => {
    const values = field.context.caller;
    return field.object({ ...field.row, column: (name) => parameter(values[name as keyof Ids], "uuid") });
  },
};

/** The permissions of the API key. */
export const viewerPermissions: Reader<Caller, unknown, Permission[]> = {
  resolve: ({ permissions }) => [...permissions],
  sql: ({ context }) => constant(JSON.stringify([...context.caller.permissions]).toUpperCase()),
};

type Ids = Pick<Caller, "workspaceId" | "memberId" | "integrationId">;
