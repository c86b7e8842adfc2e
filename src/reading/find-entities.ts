import { z } from "zod";
import type { Context } from "../context.ts";
import type { NodeType } from "../global-id.ts";
import { externalId } from "../rules/input.ts";
import { badInput, idOf, parse } from "../rules/parse.ts";
import { customersByExternalId, loaders } from "./loaders.ts";
import { type Reference, recordsSql } from "./nodes.ts";
import { needs, type RootReader } from "./reader.ts";

/** The types that other subgraphs may refer to by id. */
export const entityTypes = ["Conversation", "Customer", "Member", "Channel", "Message"] as const satisfies NodeType[];

export type EntityType = (typeof entityTypes)[number];

export const maxRepresentations = 1000;

export interface Entity {
  type: EntityType;
  record: object | null;
}

/** The records that another subgraph refers to, in its order, null where the workspace has none: at most 1,000 at once. */
export const findEntities: RootReader<{ representations: readonly unknown[] }, Entity[]> = needs("read", {
  resolve: (_root, { representations }, context) =>
    Promise.all(
      referencesOf(representations).map(async (reference) => ({
        type: reference.type,
        record: await load(context, reference),
      })),
    ),
  sql: (field) => recordsSql(field, referencesOf(field.args.representations)),
});

function referencesOf(representations: readonly unknown[]) {
  if (representations.length > maxRepresentations) {
    throw badInput("representations", "TOO_LONG", `at most ${maxRepresentations} representations`);
  }
  return representations.map((value, index) => parseReference(value, `representations.${index}`));
}

function load(context: Context, { type, column, value }: Reference): Promise<object | null> {
  return column ? customersByExternalId(context).load(value) : loaders[type](context).load(value);
}

const typed = z.looseObject({ __typename: z.enum(entityTypes) });
const byExternalId = z.object({ externalId });

function parseReference(value: unknown, field: string): Reference & { type: EntityType } {
  const { __typename: type, ...key } = parse(typed, value, field);
  if (type === "Customer" && key.id === undefined) {
    const { externalId } = parse(byExternalId, key, field);
    return { type, column: "externalId", value: externalId };
  }
  const { id } = parse(z.object({ id: idOf(type) }), key, field);
  return { type, value: id };
}
