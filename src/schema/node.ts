import type DataLoader from "dataloader";
import type { Context } from "../context.ts";

/** What makes a record a Relay Node: its id, and how it is found again by it. */
export function nodeBy<Row extends { id: string }>(records: (context: Context) => DataLoader<string, Row | null>) {
  return {
    id: { resolve: ({ id }: Row) => id },
    loadManyWithoutCache: (ids: string[], context: Context) => Promise.all(ids.map((id) => records(context).load(id))),
  };
}
