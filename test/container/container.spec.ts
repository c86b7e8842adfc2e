import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tour } from "../../src/graphiql/tour.ts";
import { connectAside, holdConversation, waiting } from "../faults/in-process.ts";
import { startServer } from "../faults/own-postgres.ts";
import { sender } from "../faults/traffic.ts";
import { subConversation, topConversation } from "../faults/writes.ts";
import { buildImage, type Image, start } from "./image.ts";

// The image as its users get it, run as they are told to: no root, no capability, nothing to write to.

const maxMegabytes = 90;

let image: Image;
let databaseUrl: string;
beforeAll(async () => {
  image = await buildImage();
  console.log(`Images: ${image.sizes.join(", ")}`);
  ({ url: databaseUrl } = await startServer());
});
afterAll(() => image?.remove());

const createKey = async () => {
  const args = [
    "parley-keys",
    "create",
    "--workspace",
    "acme",
    "--integration",
    "website",
    "--member",
    "Support",
    ...["read", "engage", "delete"].flatMap((permission) => ["--permission", permission]),
    "--json",
  ];
  const { code, output } = await start(image, args, { DATABASE_URL: databaseUrl }).finished;
  expect({ code, output }).toMatchObject({ code: 0 });
  return JSON.parse(output.slice(output.indexOf("{"))).key as string;
};

const startGateway = async () => {
  const env = { DATABASE_URL: databaseUrl, PORT: "0", SHUTDOWN_DELAY_SECONDS: "0" };
  const gateway = start(image, image.config.Cmd, env);
  const [, url = ""] = await gateway.printed(/answers at (\S+)/);
  return { ...gateway, url };
};

describe("the image", () => {
  test("has a user who is not root, a health check, and one program that is told of signals", () => {
    expect(image.config).toMatchObject({
      User: "1000:1000",
      Cmd: ["node", "dist/src/main.js"],
      Healthcheck: { Test: ["CMD", "node", "-e", expect.stringContaining("/livez")] },
    });
  });

  test("holds only what it needs to run: no source, no test and no package of development", () => {
    const app = join(image.root, "app");
    expect(readdirSync(app).sort()).toEqual(["dist", "node_modules", "package.json"]);
    const { devDependencies, dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
    const packages = readdirSync(join(app, "node_modules"), { recursive: true, encoding: "utf8" });
    expect(packages).toEqual(expect.arrayContaining(["graphql", "pg", "graphql-yoga"]));
    const development = Object.keys(devDependencies).filter(
      (name) => !(name in dependencies) && !/^@types|driver-adapter-utils/.test(name),
    );
    expect(development.filter((name) => packages.includes(name))).toEqual([]);
    expect(packages.filter((file) => /\.d\.ts$|sqlserver\.wasm|electric-sql/.test(file))).toEqual([]);
    const files = [
      ...packages.map((file) => join("node_modules", file)),
      ...readdirSync(join(app, "dist"), { recursive: true, encoding: "utf8" }).map((file) => join("dist", file)),
    ];
    const bytes = files.reduce((sum, file) => sum + lstatSync(join(app, file)).size, 0);
    expect(bytes / 1e6).toBeLessThan(maxMegabytes);
  });

  test("refuses to start without a database, and never takes an embedded one", async () => {
    const { code, output } = await start(image, image.config.Cmd, {}).finished;
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining("DATABASE_URL must be") });
  });

  test("has the commands that work on a PostgreSQL", async () => {
    const env = { DATABASE_URL: databaseUrl };
    expect(await start(image, ["parley-migrate"], env).finished).toMatchObject({ code: 0 });
    expect(await start(image, ["parley-distribute"], env).finished).toEqual({
      code: 1,
      output: expect.stringContaining("DATABASE_URL leads to a plain PostgreSQL"),
    });
  });

  test("answers the whole tour on a file system that nothing can be written to, and its health check sees it", async () => {
    const key = await createKey();
    const { url, signal, finished } = await startGateway();
    const variables: Record<string, unknown> = {};
    for (const { query } of tour) {
      const headers = { "content-type": "application/json", "x-api-key": key };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
      const { data, errors } = await response.json();
      expect(errors, query).toBeUndefined();
      variables.conversationId ??= data.getOrCreateConversation?.conversation.id;
    }
    expect((await fetch(new URL("/readyz", url))).status).toBe(200);
    const check = () => start(image, image.config.Healthcheck.Test.slice(1), { PORT: new URL(url).port }).finished;
    expect(await check()).toEqual({ code: 0, output: "" });
    await signal("SIGTERM");
    expect(await finished).toMatchObject({ code: 0 });
    expect(await check()).toEqual({ code: 1, output: "" });
  });

  test("drains at SIGTERM: requests that have begun are answered, and no new one is taken", async () => {
    const { url, signal, finished } = await startGateway();
    const send = sender(await createKey(), url);
    const parent = await send(topConversation("parent"));
    if (!("id" in parent)) throw new Error(JSON.stringify(parent));
    const hold = await holdConversation(databaseUrl, parent.id);
    const answer = send(subConversation("slow", parent.id));
    await waiting(await connectAside(databaseUrl), 1);
    await signal("SIGTERM");
    await expect.poll(() => send(topConversation("late")), { timeout: 5_000 }).toEqual({ wrong: "ECONNREFUSED" });
    await hold.release();
    expect(await answer).toEqual({ id: expect.any(String) });
    expect(await finished).toMatchObject({ code: 0, output: expect.stringContaining("Stopped.") });
  });
});
