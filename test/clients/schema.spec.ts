import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { run, runIn } from "./run.ts";

const here = import.meta.dirname;
const schema = await readFile(join(here, "../../schema.graphql"), "utf8");

async function newDirectory(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "parley-test-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

/** The schema with one place changed. */
function changed(from: string | RegExp, to: string): string {
  const result = schema.replace(from, to);
  expect(result).not.toBe(schema);
  return result;
}

describe("lint:schema", () => {
  const lint = async (sdl: string) =>
    runIn(
      await newDirectory({ "schema.graphql": sdl }),
      "eslint",
      "--config",
      join(here, "eslint.config.js"),
      "schema.graphql",
    );

  test("finds nothing", async () => {
    expect(await lint(schema)).toBe("");
  });

  test.each([
    [
      "a connection without pageInfo",
      /(type MessageConnection \{[^}]*)pageInfo: PageInfo!/,
      "$1page: PageInfo!",
      "relay-connection-types",
    ],
    ["PageInfo without endCursor", "endCursor: String\n", "lastCursor: String\n", "relay-page-info"],
    [
      "a connection field without arguments",
      /(?<=order in which they joined\.\n {2}"""\n {2}participants)\([^)]*\)/,
      "",
      "relay-arguments",
    ],
    ["a field without description", '"""The time at which the channel was added."""', "", "require-description"],
    ["an argument without description", '"""The id of a record."""', "", "require-description"],
    ["a field in snake case", "joinedAt: DateTime!", "joined_at: DateTime!", "naming-convention"],
    ["an underscore of our own", "joinedAt: DateTime!", "_joinedAt: DateTime!", "no-restricted-syntax"],
    ["an input of another name", /UpdateConversationInput/g, "ConversationChange", "input-name"],
  ])("refuses %s", async (_, from, to, rule) => {
    await expect(lint(changed(from, to))).rejects.toThrow(rule);
  });
});

describe("diff:schema", () => {
  const breaking = changed("viewerCanDelete: Boolean!", "viewerCanDelete: Boolean");
  const added = changed(
    "type Channel implements Node {",
    'type Channel implements Node {\n  """Its colour."""\n  colour: String\n',
  );

  interface Release {
    sdl: string;
    changelog: string;
    released?: string;
  }

  const diff = async ({ sdl, changelog, released }: Release, ...options: string[]) => {
    const files = {
      "schema.graphql": sdl,
      "CHANGELOG.md": changelog,
      ...(released && { "released.graphql": released }),
    };
    const directory = await newDirectory(files);
    const printed = await run("tsx", "diff-schema.ts", ...options, directory, join(directory, "released.graphql"));
    return { printed, file: await readFile(join(directory, "released.graphql"), "utf8").catch(() => undefined) };
  };
  const of = (version: string) => `# ${version}\n${schema}`;
  const afterOne =
    "# Changelog\n\n## Unreleased\n\n- Something.\n\n## 1.4.0 (2026-01-01)\n\n- 2.0.0 of something else.\n";
  const towardsTwo = afterOne.replace("## Unreleased", "## Unreleased (2.0.0)");

  test("lets additions pass", async () => {
    const { printed } = await diff({ sdl: added, changelog: afterOne, released: of("1.4.0") });
    expect(printed).toContain("2 changes since 1.4.0, 0 of them breaking");
  });

  test("refuses a breaking change that only a minor version is announced for", async () => {
    const minor = afterOne.replace("## Unreleased", "## Unreleased (1.5.0)");
    for (const changelog of [afterOne, minor]) {
      await expect(diff({ sdl: breaking, changelog, released: of("1.4.0") })).rejects.toThrow(
        /Breaking since 1\.4\.0.*viewerCanDelete/s,
      );
    }
  });

  test("lets a breaking change pass that a major version is announced for", async () => {
    const { printed } = await diff({ sdl: breaking, changelog: towardsTwo, released: of("1.4.0") });
    expect(printed).toContain("1 of them breaking");
  });

  test("knows when nothing is released, and when the released schema was forgotten", async () => {
    const unreleased = "# Changelog\n\n## Unreleased\n";
    expect((await diff({ sdl: schema, changelog: unreleased })).printed).toContain("Nothing is released yet.");
    await expect(diff({ sdl: schema, changelog: afterOne })).rejects.toThrow("release:schema");
    await expect(diff({ sdl: schema, changelog: afterOne, released: of("1.3.0") })).rejects.toThrow("release:schema");
  });

  test("makes the same check at a release, and keeps the released schema", async () => {
    const minor = afterOne.replace("## Unreleased", "## 1.5.0");
    await expect(diff({ sdl: breaking, changelog: minor, released: of("1.4.0") }, "--release")).rejects.toThrow(
      "Breaking",
    );
    const major = minor.replace("## 1.5.0", "## 2.0.0");
    expect((await diff({ sdl: breaking, changelog: major, released: of("1.4.0") }, "--release")).file).toBe(
      `# 2.0.0\n${breaking}`,
    );
    expect((await diff({ sdl: schema, changelog: afterOne }, "--release")).file).toBe(of("1.4.0"));
  });

  test("is what the repository passes", async () => {
    await run("tsx", "diff-schema.ts");
  });
});
