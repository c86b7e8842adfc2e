import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { errorCodes, errorReasons } from "../src/errors.ts";
import { remembered, tour } from "../src/graphiql/tour.ts";
import type { Setting } from "../src/setting-kinds.ts";
import { limitSettings, settings } from "../src/settings.ts";
import { startGateway } from "./support/gateway.ts";

const readme = readFileSync("README.md", "utf8");
const errors = readFileSync("docs/errors.md", "utf8");
const operating = readFileSync("docs/operating.md", "utf8");
const documents = ["README.md", "SECURITY.md", "CHANGELOG.md", "bench/README.md", ...documentsIn("docs")];

/** The names of the files that documents name without their folder. */
const sourceNames = ["src", "docs", "prisma"]
  .flatMap((directory) => readdirSync(directory, { recursive: true, encoding: "utf8" }))
  .map((path) => basename(path));

const clientFiles = ["console/use-live", "apollo-cache", "urql-cache", "codegen"];

function documentsIn(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => `${directory}/${name}`);
}

describe("the tour", () => {
  test("shows operations that run, one after the other, as they stand there", async () => {
    const gateway = await startGateway();
    const variables: Record<string, unknown> = {};
    const answers: Record<string, unknown> = {};
    for (const { query } of tour) {
      const { body } = await gateway.post({ query, variables });
      expect(body.errors, query).toBeUndefined();
      Object.assign(answers, body.data);
      for (const [name, path] of Object.entries(remembered)) {
        variables[name] ??= path.reduce((node, key) => node?.[key], body.data);
      }
    }
    expect(answers).toMatchObject({
      getOrCreateConversation: { outcome: "CREATED", conversation: { customer: { name: "Jane Customer" } } },
      createSubConversation: { conversation: { name: "Order #1042", depth: 1 } },
      updateConversation: {
        conversation: { name: "VIP customer support", metadata: { source: "website-chat", priority: "high" } },
      },
      question: { outcome: "SENT", message: { number: 1, author: { __typename: "Customer" } } },
      answer: { message: { number: 3, conversation: { counts: { messages: 2, internalMessages: 1 } } } },
      conversation: { messages: { totalCount: 3 } },
      markRead: { participant: { lastReadNumber: 3, unreadCount: 0 } },
      listSubConversations: { totalCount: 1, nodes: [{ name: "Order #1042" }] },
      conversations: { totalCount: 1, nodes: [{ customer: { externalId: "website_user_123" } }] },
      deleteConversation: { deletedCount: 2 },
    });
  });

  test.each(["docs/tour.md", "README.md"])("stands in %s as it is declared", async (document) => {
    const queryOf = new Map(tour.map(({ query }) => [/\w+ (\w+)/.exec(query)?.[1], query]));
    const text = readFileSync(document, "utf8");
    const shown: string[] = [];
    const printed = text.replace(/(?<=```graphql\n)\w+ (\w+).*?(?=```)/gs, (_block, name) => {
      shown.push(name);
      return queryOf.get(name) ?? `There is no ${name} in the tour.\n`;
    });
    expect(shown).toEqual(document === "README.md" ? ["OpenConversation"] : [...queryOf.keys()]);
    // `npm test -- test/documents.test.ts -u` prints the blocks anew.
    await expect(printed).toMatchFileSnapshot(`../${document}`);
  });
});

describe("the consoles' document", () => {
  test("shows code as it stands in the files that the client tests run", async () => {
    const shown: string[] = [];
    const printed = readFileSync("docs/consoles.md", "utf8").replace(
      /(?<=<!-- (\S+) -->\n\n```ts\n).*?(?=```)/gs,
      (_block, file) => {
        shown.push(file);
        return readFileSync(file, "utf8");
      },
    );
    expect(shown).toEqual(["docs/consoles/start-backend.ts", ...clientFiles.map((file) => `test/clients/${file}.ts`)]);
    // `npm test -- test/documents.test.ts -u` prints the blocks anew.
    await expect(printed).toMatchFileSnapshot("../docs/consoles.md");
  });
});

describe("the README", () => {
  test("is short: at most 150 lines", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(150);
  });
});

describe("the documents", () => {
  test("name every error code", () => {
    const named = errorCodes.filter((code) => errors.includes(`\n| \`${code}\` |`));
    expect(named).toEqual(errorCodes);
  });

  test("name every reason of every code, in its row", () => {
    for (const [code, reasons] of Object.entries(errorReasons)) {
      const row = errors.split("\n").find((line) => line.startsWith(`| \`${code}\` |`));
      for (const reason of reasons) expect(row, code).toContain(`\`${reason}\``);
    }
  });

  test("name reasons of which each is given by the sources", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" });
    const sources = files.filter((file) => file.endsWith(".ts") && file !== "errors.ts");
    const text = sources.map((file) => readFileSync(`src/${file}`, "utf8")).join("\n");
    expect(sources.length).toBeGreaterThan(50);
    expect(
      Object.values(errorReasons)
        .flat()
        .filter((reason) => !text.includes(`"${reason}"`)),
    ).toEqual([]);
  });

  test("show every setting as it is declared", async () => {
    const rows = Object.values({ ...settings, ...limitSettings }).map(
      (setting: Setting) =>
        `| \`${setting.variable}\` | ${defaultOf(setting)} | ${setting.expected} | ${setting.meaning} |`,
    );
    const table = ["| variable | default | values | meaning |", "|---|---|---|---|", ...rows].join("\n");
    const between = /(?<=<!-- src\/settings.ts -->\n\n).*?(?=\n\n<!-- end -->)/s;
    expect(operating).toMatch(between);
    // `npm test -- test/documents.test.ts -u` prints the table anew.
    await expect(operating.replace(between, () => table)).toMatchFileSnapshot("../docs/operating.md");
  });

  test.each(["compose.yaml", "docs/kubernetes.yaml"])(
    "%s sets variables that there are, and asks paths that answer",
    (file) => {
      const text = readFileSync(file, "utf8").replaceAll(/^ *#.*$/gm, "");
      const set = [...text.matchAll(/^ {6}([A-Z_]+):|name: ([A-Z_]+)[ ,\n]/gm)].map(
        ([, first, second]) => first ?? second ?? "",
      );
      const known = [...Object.values({ ...settings, ...limitSettings }).map(({ variable }) => variable), "PGPASSWORD"];
      expect(set).toContain("DATABASE_URL");
      expect(set.filter((name) => !known.includes(name) && !name.startsWith("POSTGRES_"))).toEqual([]);
      for (const [, path] of text.matchAll(/path: (\S+?),? /g)) expect(["/livez", "/readyz"]).toContain(path);
    },
  );

  test.each(documents)("%s points only at files and headings that exist", (document) => {
    const text = readFileSync(document, "utf8");
    for (const [, path = ""] of text.matchAll(/`((?:src|test|prisma|bench|docs)\/[\w./-]+?)\/?`/g)) {
      expect(existsSync(path), path).toBe(true);
    }
    for (const [, name = ""] of text.matchAll(/`([\w-]+\.ts)`/g)) expect(sourceNames, name).toContain(name);
    for (const [, link = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      expect(existsSync(target), link).toBe(true);
      if (anchor) expect(headingsOf(target), link).toContain(anchor);
    }
  });
});

function defaultOf({ default: given }: Setting): string {
  if (typeof given === "string") return given ? `\`${given}\`` : "none";
  return "none" in given ? given.none : `\`${given.embedded}\` when embedded, else \`${given.postgres}\``;
}

/** The anchors of a document's headings, as GitHub makes them. */
function headingsOf(file: string): string[] {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
