import type { Conversation, Customer, Message } from "../../prisma/generated/client/client.ts";
import type { Caller, Permission } from "../caller.ts";
import { customerKeyRules } from "../rules/customer-input.ts";
import { idOf, parse } from "../rules/parse.ts";
import { constant, orNull } from "./json-text.ts";
import { customersByExternalId, loaders } from "./loaders.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type Reader, type RootReader } from "./reader.ts";
import { recordByIdSql, recordSql } from "./to-one.ts";

/** The conversation with this id, or null. */
export const findConversation: RootReader<{ id: unknown }, Conversation | null> = needsRead({
  resolve: (_root, { id }, context) => loaders.Conversation(context).load(parse(idOf("Conversation"), id, "id")),
  sql: (field) => recordByIdSql(field, "Conversation", parse(idOf("Conversation"), field.args.id, "id")),
});

/** The message with this id, PUBLIC or INTERNAL, or null. */
export const findMessage: RootReader<{ id: unknown }, Message | null> = needsRead({
  resolve: (_root, { id }, context) => loaders.Message(context).load(parse(idOf("Message"), id, "id")),
  sql: (field) => recordByIdSql(field, "Message", parse(idOf("Message"), field.args.id, "id")),
});

/** The customer with this id or externalId, or null. Exactly one of the two is given. */
export const findCustomerBy: RootReader<object, Customer | null> = needsRead({
  resolve: (_root, key, context) => {
    const { id, externalId } = parse(customerKeyRules, key, "");
    return id ? loaders.Customer(context).load(id) : customersByExternalId(context).load(externalId as string);
  },
  sql: (field) => {
    const { id, externalId } = parse(customerKeyRules, field.args, "");
    return id
      ? recordByIdSql(field, "Customer", id)
      : orNull(recordSql(field, "Customer", { column: "externalId", value: parameter(externalId, "text") }));
  },
});

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
