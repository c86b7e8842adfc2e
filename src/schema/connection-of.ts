import { defaultAtMost, maxAtMost, totalOf } from "../reading/total.ts";
import { builder } from "./builder.ts";

type ListedType = "Conversation" | "Participant" | "Message" | "Customer" | "Member" | "Channel" | "Integration";

/** Defines `XConnection` and `XEdge` of a type. `listed` ends the sentence "How many …". */
export function connectionOf(type: ListedType, plural: string, listed: string): void {
  builder.connectionObject(
    {
      type,
      name: `${type}Connection`,
      description: `A page of ${plural}.`,
      fields: (t) => {
        const description = `How far to count: 0 to ${maxAtMost}.`;
        const atMost = () => t.arg.int({ defaultValue: defaultAtMost, description });
        return {
          totalCount: t.int({
            nullable: true,
            description: `How many ${listed}. If the database does not keep this number, rows are counted up to \`atMost\`. Null only if there is an error.`,
            args: { atMost: atMost() },
            resolve: async (page, args) => (await totalOf(page, args)).count,
          }),
          totalCountIsExact: t.boolean({
            nullable: true,
            description: "Whether `totalCount` with the same `atMost` is the exact number. If not, there are more.",
            args: { atMost: atMost() },
            resolve: async (page, args) => (await totalOf(page, args)).isExact,
          }),
        };
      },
    },
    { name: `${type}Edge`, description: `One of the ${plural}, and its position in the list.` },
  );
}
