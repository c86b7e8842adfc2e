import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import { errorCodes } from "../src/errors.ts";
import { startGateway } from "./support/gateway.ts";

const readme = readFileSync("README.md", "utf8");
const tour = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, query]) => query as string);

describe("the README", () => {
  test("has a tour of operations that run, one after the other, as they stand there", async () => {
    const gateway = await startGateway();
    const variables: Record<string, unknown> = {};
    const answers: Record<string, unknown> = {};
    for (const query of tour) {
      const { body } = await gateway.post({ query, variables });
      expect(body.errors, query).toBeUndefined();
      Object.assign(answers, body.data);
      variables.conversationId ??= body.data.getOrCreateConversation.conversation.id;
    }
    expect(answers).toMatchObject({
      getOrCreateConversation: { outcome: "CREATED", conversation: { customer: { name: "Jane Customer" } } },
      createSubConversation: { conversation: { name: "Order #1042", depth: 1 } },
      updateConversation: {
        conversation: { name: "VIP customer support", metadata: { source: "website-chat", priority: "high" } },
      },
      listSubConversations: { totalCount: 1, nodes: [{ name: "Order #1042" }] },
      conversations: { totalCount: 1, nodes: [{ customer: { externalId: "website_user_123" } }] },
      deleteConversation: { deletedCount: 2 },
    });
  });

  test("names every error code", () => {
    const named = errorCodes.filter((code) => readme.includes(`\n| \`${code}\` |`));
    expect(named).toEqual(errorCodes);
  });

  test("names every reason that the sources give", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const source = files.map((file) => readFileSync(`src/${file}`, "utf8")).join("\n");
    const reasons = [
      ...source.matchAll(/reason: "([A-Z_]+)"/g),
      ...source.matchAll(
        /(?:badInput|invalid|conflict|notFound|unauthenticated|refusedAs)\([^)]*?"([A-Z][A-Z_]{3,})"/g,
      ),
      ...source.matchAll(/(?:return|=) \[\s*"([A-Z_]+)"/g),
    ].map(([, reason]) => reason as string);
    expect(reasons.length).toBeGreaterThan(30);
    expect([...new Set(reasons)].filter((reason) => !readme.includes(`\`${reason}\``))).toEqual([]);
  });

  test("names every variable of the configuration with its default", () => {
    const names = [...readFileSync("src/config.ts", "utf8").matchAll(/^ {2}([A-Z][A-Z_]+): \{/gm)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(15);
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
    const defaults = JSON.stringify(readConfig({})).matchAll(/:("[^"]+"|\d+)/g);
    for (const [, value = ""] of defaults) expect(readme).toContain(`\`${value.replaceAll('"', "")}\``);
  });

  test("points only at files that exist", () => {
    const paths = [...readme.matchAll(/`((?:src|test|prisma)\/[\w./-]+?)\/?`/g)].map(([, path]) => path as string);
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) expect(() => readFileSync(path), path).not.toThrow(/ENOENT/);
  });
});
