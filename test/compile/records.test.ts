import { parse } from "graphql";
import { expect, test } from "vitest";
import { answerCompiled } from "../../src/compile/execute-compiled.ts";
import { beginUsage, currentUsage } from "../../src/database/usage.ts";
import { schema } from "../../src/schema/index.ts";
import { newWorkspace } from "../support/workspace.ts";

test("a compiled answer counts its records as rows, with any texts in them", async () => {
  const { ctx, workspace } = await newWorkspace();
  const name = "two\nlines";
  const data = [1, 2, 3].map(() => ({ workspaceId: workspace.id, type: "GROUP" as const, name }));
  await ctx.db.conversation.createMany({ data });
  const rowsOf = async (first: number) => {
    const usage = beginUsage();
    await currentUsage.run(usage, async () => {
      const document = parse(
        `{ conversations(first: ${first}) { nodes { name counts { children } } } viewer { permissions } }`,
      );
      const { data } = await answerCompiled({ schema, document, contextValue: ctx });
      expect(JSON.parse(data as string).conversations.nodes).toHaveLength(first);
    });
    return usage.rows;
  };
  expect((await rowsOf(3)) - (await rowsOf(1))).toBe(2);
});
