import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../src/database/open.ts";
import { onPostgres } from "./support/database.ts";
import { newDatabase } from "./support/new-database.ts";
import { newDirectory, runProcess } from "./support/process.ts";

/** The lines of a document's shell blocks. */
function shellLines(document: string): string[] {
  const blocks = readFileSync(document, "utf8").matchAll(/```sh\n([\s\S]*?)```/g);
  return [...blocks].flatMap(([, block = ""]) => block.replaceAll("\\\n", "").trim().split("\n"));
}

describe.runIf(onPostgres)("the shell lines of the documents", () => {
  // The two of the quick start are what `.ci/run` and test/main.test.ts do.
  const documents = ["README.md", "docs/operating.md", "docs/consoles.md"];
  const lines = documents.flatMap(shellLines).filter((line) => !/^npm ci/.test(line));

  test("run in their order, as they stand there", { timeout: 600_000 }, async () => {
    const url = await newDatabase();
    const restored = await newDatabase();
    const { PATH, HOME } = process.env;
    const env: Record<string, string | undefined> = { PATH, HOME, PORT: "0" };
    const dataDir = await newDirectory();
    const created = ["create", "--workspace", "embedded", "--integration", "website"];
    expect(await runProcess("src/keys/cli.ts", created, { DATA_DIR: dataDir })).toMatchObject({ code: 0 });
    const values: Record<string, () => Promise<string>> = {
      DATABASE_URL: async () => url,
      RESTORED_URL: async () => restored,
      DATA_DIR: async () => {
        // The database that is copied to has to be empty.
        env.DATABASE_URL = await newDatabase();
        return dataDir;
      },
    };
    let output = "";
    for (const line of lines) {
      const [, name] = /^export (\w+)=/.exec(line) ?? [];
      if (name) env[name] = await (values[name] as () => Promise<string>)();
      else
        output = await run(
          line.replace(/<id, prefix or key>/, () => /parley_\S+…/.exec(output)?.[0] ?? ""),
          env,
        );
      if (name === "DATA_DIR") continue;
      if (line.startsWith("npm run db:copy")) env.DATABASE_URL = url;
    }
    expect(await contents(restored)).toEqual(["acme"]);
    expect(await contents(url)).toEqual(["acme"]);
  });

  async function contents(url: string): Promise<string[]> {
    const { db, close } = connect({ connectionString: url, max: 1 });
    const slugs = (await db.workspace.findMany()).map(({ slug }) => slug);
    await close();
    return slugs;
  }

  /** The output of a line. A line that starts the gateway runs until that answers, and then ends well. */
  async function run(line: string, env: Record<string, string | undefined>): Promise<string> {
    if (!/main\.js$|npm start$/.test(line)) {
      return (await promisify(execFile)("bash", ["-euo", "pipefail", "-c", line], { env })).stdout;
    }
    const child = spawn("bash", ["-c", line.replace(/(node \S+)$/, "exec $1")], { env });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const closed = once(child, "close");
    await Promise.race([expect.poll(() => output, { timeout: 180_000 }).toMatch(/answers at/), closed]);
    child.kill("SIGTERM");
    expect((await closed)[0], output).toBe(0);
    return output;
  }
});
