import { z } from "zod";
import type { NodeType } from "../global-id.ts";
import { externalId } from "../rules/customer-input.ts";
import { badInput, idOf, parse } from "../rules/parse.ts";
import { type Found, findRecords, flawless, type Reference, recordsSql, referencesOf } from "./nodes.ts";
import { needsRead, type RootReader } from "./reader.ts";

/** The types that other subgraphs may refer to by id. */
export const entityTypes = ["Conversation", "Customer", "Member", "Channel", "Message"] as const satisfies NodeType[];

type EntityType = (typeof entityTypes)[number];

const maxRepresentations = 1000;

/** The records that another subgraph refers to, in its order: at most 1,000 at once. */
export const findEntities: RootReader<{ representations: readonly unknown[] }, Found[]> = needsRead({
  resolve: (_root, { representations }, context) => findRecords(context, entityReferences(representations)),
  sql: (field) => recordsSql(field, flawless(entityReferences(field.args.representations))),
});

function entityReferences(representations: readonly unknown[]) {
  if (representations.length > maxRepresentations) {
    throw badInput("representations", "TOO_LONG", `at most ${maxRepresentations} representations`);
  }
  return referencesOf(representations, (value, index) => parseReference(value, `representations.${index}`));
}

const typed = z.looseObject({ __typename: z.enum(entityTypes) });
const byExternalId = z.object({ externalId });

function parseReference(value: unknown, field: string): Reference & { type: EntityType } {
  const { __typename: type, ...key } = parse(typed, value, field);
  if (type === "Customer" && (key.id === undefined || (key.id === null && key.externalId !== undefined))) {
    const { externalId } = parse(byExternalId, key, field);
    return { type, column: "externalId", value: externalId };
  }
  const { id } = parse(z.object({ id: idOf(type) }), key, field);
  return { type, value: id };
}
