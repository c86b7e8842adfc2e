import { readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { demoCustomers } from "../src/demo/demo-content.ts";
import { newDirectory, runProcess, startProcess } from "./support/process.ts";

const curlLine =
  /^curl (\S+) -H 'content-type: application\/json' -H 'accept: application\/graphql-response\+json' -H 'authorization: Bearer (parley_[\w-]{43})' -d '(.+)'$/m;

async function startGateway(dataDir: string) {
  const { child, printed, finished } = startProcess("src/main.ts", [], { DATA_DIR: dataDir, PORT: "0" });
  const [, url = "", key = "", body = ""] = await printed(curlLine);
  const send = async (query: string) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).json();
  };
  const stop = () => {
    child.kill("SIGTERM");
    return finished;
  };
  return { url, key, body: JSON.parse(body), send, stop };
}

describe("npm start", () => {
  test("prints a request that works, stops cleanly, and starts again with the same key and workspace", async () => {
    const dataDir = await newDirectory();
    const first = await startGateway(dataDir);
    expect(first.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/graphql$/);
    expect(await first.send(first.body.query)).toEqual({ data: { viewer: { workspace: { name: "Demo" } } } });
    expect(await readFile(join(dataDir, "demo-key"), "utf8")).toBe(`${first.key}\n`);
    expect((await stat(join(dataDir, "demo-key"))).mode & 0o777).toBe(0o600);
    expect(await first.stop()).toMatchObject({ code: 0, stderr: "" });

    const second = await startGateway(dataDir);
    expect(second.key).toBe(first.key);
    const { data } = await second.send("{ conversations { totalCount nodes { counts { children messages } } } }");
    expect(data.conversations.totalCount).toBe(demoCustomers.length);
    expect(data.conversations.nodes.every((node: { counts: { messages: number } }) => node.counts.messages > 0)).toBe(
      true,
    );
    await second.stop();
  });

  test("makes a new key when the old one is lost or revoked", async () => {
    const dataDir = await newDirectory();
    const { key, stop } = await startGateway(dataDir);
    await stop();
    expect(await runProcess("src/keys/cli.ts", ["revoke", key], { DATA_DIR: dataDir })).toMatchObject({ code: 0 });
    const second = await startGateway(dataDir);
    expect(second.key).not.toBe(key);
    expect(await second.send("{ viewer { workspace { name } } }")).toHaveProperty("data");
    await second.stop();
    await rm(join(dataDir, "demo-key"));
    const third = await startGateway(dataDir);
    expect(third.key).not.toBe(second.key);
    await third.stop();
  });

  test("names the variable to change when the configuration is wrong or the port is taken", async () => {
    expect(await runProcess("src/main.ts", [], { PORT: "http" })).toEqual({
      code: 1,
      stdout: "",
      stderr: "Wrong configuration:\n  PORT must be a whole number from 0 to 65535 (0 takes any free port).\n",
    });
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runProcess("src/main.ts", [], { DATA_DIR: await newDirectory(), PORT: `${port}` });
    expect(code).toBe(1);
    expect(stderr).toBe(`Port ${port} on 127.0.0.1 is in use. Stop what uses it, or choose another one with PORT.\n`);
  });

  test("says which variable leads to no database, without its password", async () => {
    const env = { DATABASE_URL: "postgres://parley:secret@127.0.0.1:1/parley", PORT: "0" };
    const { code, stderr } = await runProcess("src/main.ts", [], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATABASE_URL leads to no usable database: .*ECONNREFUSED/);
    expect(stderr).not.toContain("secret");
  });
});
