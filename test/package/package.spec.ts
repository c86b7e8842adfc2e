import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { programs, startServer } from "../faults/own-postgres.ts";

// The package as others get it: packed, installed from the registry into an empty directory, run there without its sources.

const { PATH, HOME, TMPDIR } = process.env;
const bare = { PATH, HOME, ...(TMPDIR && { TMPDIR }) };
const npm = (cwd: string, ...args: string[]) => promisify(execFile)("npm", args, { cwd, env: bare });

let directory: string;
let installed: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "parley-package-"));
  installed = join(directory, "installed");
  await mkdir(installed);
  const { stdout } = await npm(".", "pack", "--json", "--pack-destination", directory);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
  await npm(installed, "install", "--no-audit", "--no-fund", join(directory, filename));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Starts a command of the package; resolves with its output when it has ended, and with a match as soon as that is printed. */
function start(command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, { cwd: installed, env: { ...bare, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const finished = once(child, "close").then(([code]) => ({ code, output }));
  const printed = async (pattern: RegExp) => {
    await expect.poll(() => pattern.exec(output), { timeout: 120_000, interval: 100 }).toBeTruthy();
    return pattern.exec(output) as RegExpExecArray;
  };
  return { child, finished, printed };
}

const command = (name: string) => join(installed, "node_modules", ".bin", name);

describe("the package", () => {
  test("holds only what it needs to run: no test, no source and no tool", () => {
    const root = join(installed, "node_modules", "parley");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" });
    const migrations = readdirSync("prisma/migrations").filter((name) => /^\d/.test(name));
    for (const name of migrations) expect(files).toContain(`dist/prisma/migrations/${name}/migration.sql`);
    // The code for consoles is a document: applications copy it.
    const others = files.filter((file) => !file.startsWith("docs/consoles/"));
    expect(others.filter((file) => /(^|\/)(test|bench)\/|(?<!\.d)\.ts$|vitest/.test(file))).toEqual([]);
    const tools = Object.keys(JSON.parse(readFileSync("package.json", "utf8")).devDependencies);
    const both = tools.filter((name) => existsSync(join(installed, "node_modules", name)));
    // The types of pg and Node are dependencies of libraries that run.
    expect(both.filter((name) => !/^@types\/|driver-adapter-utils$/.test(name))).toEqual([]);
    for (const name of ["prisma", "typescript", "esbuild"])
      expect(existsSync(join(installed, "node_modules", name)), name).toBe(false);
  });

  test("runs on the embedded database, and its keys from the same directory", async () => {
    const env = { DATA_DIR: join(directory, "data"), PORT: "0" };
    const { child, finished, printed } = start(command("parley"), [], env);
    const [, url = "", key = ""] = await printed(/answers at (\S+)[\s\S]*demo workspace: (\S+)/);
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key },
      body: JSON.stringify({ query: "{ viewer { workspace { name } } }" }),
    });
    expect(await answer.json()).toEqual({ data: { viewer: { workspace: { name: "Demo" } } } });
    expect((await fetch(url, { headers: { accept: "text/html" } })).status).toBe(200);
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ code: 0, output: expect.stringContaining("Stopped.") });
    const listed = await start(command("parley-keys"), ["list", "--json"], env).finished;
    expect(JSON.parse(listed.output)).toMatchObject([{ workspace: "demo", state: "active" }]);
  });

  test.skipIf(!programs)(
    "runs on PostgreSQL without the embedded database (needs the programs of a server)",
    async () => {
      const { url } = await startServer();
      const data = { DATA_DIR: join(directory, "data"), DATABASE_URL: url };
      expect(await start(command("parley-copy"), [], data).finished).toMatchObject({ code: 0 });
      await rm(join(installed, "node_modules", "@electric-sql"), { recursive: true });
      const env = { DATABASE_URL: url, PORT: "0" };
      expect(await start(command("parley-migrate"), [], env).finished).toMatchObject({ code: 0 });
      const { child, finished, printed } = start(command("parley"), [], env);
      const [, origin = ""] = await printed(/answers at (\S+)\/graphql/);
      expect((await fetch(`${origin}/readyz`)).status).toBe(200);
      child.kill("SIGTERM");
      expect(await finished).toMatchObject({ code: 0 });
    },
  );
});

describe("a checkout without packages of development", () => {
  test("installs, and runs what was built", async () => {
    const checkout = join(directory, "checkout");
    const files = execFileSync("git", ["ls-files", "--", ".", ":!test", ":!bench"], { encoding: "utf8" })
      .trim()
      .split("\n");
    for (const file of files) {
      await mkdir(join(checkout, dirname(file)), { recursive: true });
      await cp(file, join(checkout, file));
    }
    await cp("dist", join(checkout, "dist"), { recursive: true });
    await npm(checkout, "ci", "--omit=dev", "--no-audit", "--no-fund");
    for (const name of ["prisma", "prisma-cli", "tsx", "vitest", "typescript-compiler"])
      expect(existsSync(join(checkout, "node_modules", name)), name).toBe(false);
    const env = { DATA_DIR: join(directory, "checked-out"), PORT: "0" };
    const { child, finished, printed } = start(process.execPath, [join(checkout, "dist/src/main.js")], env);
    await printed(/answers at/);
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ code: 0 });
  });
});
