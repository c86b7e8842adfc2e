import { brandWithType } from "@pothos/core";
import type DataLoader from "dataloader";
import type { Context } from "../context.ts";
import { type Found, nodes } from "../reading/nodes.ts";
import { builder } from "./builder.ts";

/** The options that make a record a Relay Node: its id, and the loader that finds it again by its id. */
export function nodeBy<Row extends { id: string }>(records: (context: Context) => DataLoader<string, Row | null>) {
  return {
    id: { resolve: ({ id }: Row) => id },
    loadManyWithoutCache: (ids: string[], context: Context) => Promise.all(ids.map((id) => records(context).load(id))),
  };
}

/** An item of a list of records of any type: the record, null, or the error of a mistake in its reference. */
export function itemOf(found: Found): object | null {
  if (found instanceof Error) return found;
  if (found.record === null) return null;
  brandWithType(found.record, found.type as never);
  return found.record;
}

builder.queryField("nodes", (t) =>
  t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    description:
      "The records with these ids, in their order, null where the workspace has none or, with an error, where an id is none.",
    args: { ids: t.arg.idList({ required: true, description: "The ids of records, of any types: at most 100." }) },
    extensions: { cost: { rows: ({ ids }: { ids: unknown[] }) => ids.length }, reader: nodes },
    resolve: async (root, args, context) => (await nodes.resolve(root, args, context)).map(itemOf) as never,
  }),
);
