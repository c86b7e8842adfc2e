import { randomUUID } from "node:crypto";
import { type DocumentNode, type ExecutionResult, graphql, parse, validate } from "graphql";
import type { Prisma, Workspace } from "../../prisma/generated/client/client.ts";
import type { Caller, Permission } from "../../src/caller.ts";
import { executeCompiled } from "../../src/compile/execute-compiled.ts";
import type { Context } from "../../src/context.ts";
import type { Database } from "../../src/database/open.ts";
import type { Position } from "../../src/events/read-batch.ts";
import { toPublicError } from "../../src/public-error.ts";
import { searchNameOf } from "../../src/rules/text.ts";
import { schema } from "../../src/schema/index.ts";
import { newContext } from "./context.ts";
import { testDatabase } from "./database.ts";
import { answeringDocument } from "./one-shard.ts";

const everything: Permission[] = ["read", "engage", "delete"];

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: what a document answers is only known by the test that sends it
  data: any;
  errors?: { message: string; path?: readonly (string | number)[]; extensions: Record<string, unknown> }[];
}

/** A workspace that nobody else uses, with somebody to act in it who has every permission or those given. */
export async function newWorkspace(options: { permissions?: Permission[]; db?: Database } = {}) {
  const { db = (await testDatabase()).db } = options;
  const name = `workspace-${randomUUID()}`;
  const workspace = await db.workspace.create({ data: { slug: name, name } });
  return { workspace, ...makers(db, workspace), ...(await newActor(db, workspace, options.permissions)) };
}

function makers(db: Database, { id: workspaceId }: Workspace) {
  return {
    newMember: (name = `member-${randomUUID()}`) => db.member.create({ data: { workspaceId, name } }),
    newChannel: (identifier = `${randomUUID()}.example.com`) =>
      db.channel.create({ data: { workspaceId, kind: "WEBSITE", identifier }, select: { id: true, identifier: true } }),
    newCustomer: (data: Omit<Prisma.CustomerUncheckedCreateInput, "workspaceId"> = { externalId: randomUUID() }) =>
      db.customer.create({ data: { searchName: searchNameOf(data.name), ...data, workspaceId } }),
    /** Another member with an integration of its own, in the same workspace. */
    newActor: (permissions?: Permission[]) => newActor(db, { id: workspaceId }, permissions),
  };
}

async function newActor(db: Database, { id: workspaceId }: Pick<Workspace, "id">, permissions = everything) {
  const name = randomUUID();
  const member = await db.member.create({ data: { workspaceId, name: `agent-${name}` } });
  const data = { workspaceId, memberId: member.id, name: `integration-${name}` };
  const integration = await db.integration.create({ data });
  const caller = { workspaceId, memberId: member.id, integrationId: integration.id, permissions: new Set(permissions) };
  return { member, integration, ...as(db, caller) };
}

/** The same caller with these permissions only. */
export function withPermissions({ ctx }: { ctx: Context }, ...permissions: Permission[]) {
  return as(ctx.db, { ...ctx.caller, permissions: new Set(permissions) });
}

function as(db: Database, caller: Caller) {
  return {
    caller,
    ctx: newContext({ db, caller }),
    /** Sends a document as this caller; the errors are what clients see. */
    query: (document: string, variables?: Record<string, unknown>) =>
      send(newContext({ db, caller }), document, variables),
    /** Like `query`, for what has to succeed: answers the data. */
    async ask(document: string, variables?: Record<string, unknown>) {
      const { data, errors } = await send(newContext({ db, caller }), document, variables);
      if (errors) throw new Error(JSON.stringify(errors, null, 2));
      return data;
    },
  };
}

/** A subscription answers a batch from the beginning of the log. */
const beginning: Position = { after: 0n, caughtUp: false, news: true, shown: 0 };

async function send(contextValue: Context, source: string, variableValues?: Record<string, unknown>): Promise<Answer> {
  const asked = { schema, source, variableValues, contextValue };
  const rootValue = source.startsWith("subscription") ? { ...beginning } : undefined;
  const { data, errors } = await answeringDocument(() => answer({ ...asked, rootValue }));
  return {
    data: data && JSON.parse(JSON.stringify(data)),
    ...(errors && {
      errors: errors.map((error) => {
        const { message, path, extensions } = toPublicError(error, console.error);
        const { http: _, ...shown } = extensions;
        return { message, path, extensions: shown };
      }),
    }),
  };
}

/** Documents go through the compiler first, as in the gateway. With RESOLVERS=1 the resolvers answer all of them, as the reference. */
export const compiledFirst = !process.env.RESOLVERS;

async function answer({
  source,
  ...rest
}: Parameters<typeof graphql>[0] & { source: string }): Promise<ExecutionResult> {
  const document = compiledFirst ? validDocument(source) : undefined;
  if (!document) return graphql({ source, ...rest });
  const { compiled, result } = await executeCompiled({ ...rest, document });
  return compiled ? JSON.parse((result as { stringify?(from: object): string }).stringify?.(result) ?? "") : result;
}

const documents = new Map<string, DocumentNode | undefined>();

/** As in the gateway, the same text is the same document, so that the compiler keeps its statement. */
function validDocument(source: string): DocumentNode | undefined {
  if (!documents.has(source)) documents.set(source, parseValid(source));
  return documents.get(source);
}

function parseValid(source: string): DocumentNode | undefined {
  try {
    const document = parse(source);
    return validate(schema, document).length === 0 ? document : undefined;
  } catch {
    return undefined;
  }
}
