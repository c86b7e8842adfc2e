import { z } from "zod";
import type { Context } from "../context.ts";
import type { NodeType } from "../global-id.ts";
import { externalId } from "../rules/input.ts";
import { badInput, idOf, parse } from "../rules/parse.ts";
import { visible } from "./finders.ts";
import { channels, conversations, customers, customersByExternalId, members, messages } from "./loaders.ts";

/** The types that other subgraphs may refer to by id. */
export const entityTypes = ["Conversation", "Customer", "Member", "Channel", "Message"] as const satisfies NodeType[];

export type EntityType = (typeof entityTypes)[number];

export const maxRepresentations = 1000;

const records = {
  Conversation: conversations,
  Customer: customers,
  Member: members,
  Channel: channels,
  Message: messages,
};

export interface Entity {
  type: EntityType;
  record: object | null;
}

/** The records that another subgraph refers to, in its order, null where the workspace has none: at most 1,000 at once. */
export function findEntities(context: Context, representations: readonly unknown[]): Promise<Entity[]> {
  return visible(context, () => {
    if (representations.length > maxRepresentations) {
      throw badInput("representations", "TOO_LONG", `at most ${maxRepresentations} representations`);
    }
    const references = representations.map((value, index) => parseReference(value, `representations.${index}`));
    return Promise.all(references.map(async ({ type, load }) => ({ type, record: await load(context) })));
  });
}

const typed = z.looseObject({ __typename: z.enum(entityTypes) });
const byExternalId = z.object({ externalId });

function parseReference(value: unknown, field: string) {
  const { __typename: type, ...key } = parse(typed, value, field);
  if (type === "Customer" && key.id === undefined) {
    const { externalId } = parse(byExternalId, key, field);
    return { type, load: (context: Context) => customersByExternalId(context).load(externalId) };
  }
  const { id } = parse(z.object({ id: idOf(type) }), key, field);
  return { type, load: (context: Context): Promise<object | null> => records[type](context).load(id) };
}
