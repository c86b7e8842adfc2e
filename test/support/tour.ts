import { readFileSync } from "node:fs";

/** The operations of the tour, in the order of its story, as the document shows them. */
export const tour = graphqlBlocks("docs/tour.md");

/** The GraphQL documents that a Markdown file shows. */
export function graphqlBlocks(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, query]) => query as string);
}
