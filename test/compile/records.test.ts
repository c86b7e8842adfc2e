import { parse } from "graphql";
import { expect, test } from "vitest";
import { answerCompiled } from "../../src/compile/answer.ts";
import { beginUsage, currentUsage } from "../../src/database/usage.ts";
import { schema } from "../../src/schema/index.ts";
import { newWorkspace } from "../support/workspace.ts";

test("a compiled answer counts its records as rows, whatever texts they hold", async () => {
  const { ctx, workspace } = await newWorkspace();
  const name = "two\nlines";
  const data = [1, 2, 3].map(() => ({ workspaceId: workspace.id, type: "GROUP" as const, name }));
  await ctx.db.conversation.createMany({ data });
  const document = parse(
    "{ conversations(first: 10) { nodes { name counts { children } } } viewer { workspace { name } } }",
  );
  const usage = beginUsage();
  await currentUsage.run(usage, async () => {
    const answer = await answerCompiled({ schema, document, contextValue: ctx });
    expect(JSON.parse(answer.data as string).conversations.nodes).toHaveLength(3);
  });
  expect(usage.rows).toBe(4);
});
