import { builder } from "./builder.ts";

type ListedType = "Conversation" | "Participant" | "Message" | "Customer" | "Member" | "Channel" | "Integration";

/** Defines `XConnection` and `XEdge` of a type. */
export function connectionOf(type: ListedType, plural: string, totalCount: string): void {
  builder.connectionObject(
    {
      type,
      name: `${type}Connection`,
      description: `A page of ${plural}.`,
      fields: (t) => ({
        totalCount: t.int({
          nullable: true,
          description: totalCount,
          resolve: (page) => (typeof page.totalCount === "function" ? page.totalCount() : page.totalCount),
        }),
      }),
    },
    { name: `${type}Edge`, description: `One of the ${plural}, and its position in the list.` },
  );
}
