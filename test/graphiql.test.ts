import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { Browser, Page, Request } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { examples, remembered, tour } from "../src/graphiql/tour.ts";
import { executablePath, hasBrowser, launchBrowser, openWindow } from "./support/browser.ts";
import { startGateway } from "./support/gateway.ts";
import { sendRaw } from "./support/raw-http.ts";
import { serve } from "./support/serve.ts";

type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** A proxy that serves an origin below a path, which it takes away: the URL of that path. */
async function below(prefix: string, origin: string) {
  const proxy = createServer(async (request, response) => {
    const { method, url = "" } = request;
    if (!url.startsWith(`${prefix}/`)) return response.writeHead(404).end();
    const { host, "content-length": length, connection, "accept-encoding": encoding, ...headers } = request.headers;
    const {
      status,
      headers: answered,
      body,
    } = await sendRaw(origin, {
      target: url.slice(prefix.length),
      method,
      headers: headers as Record<string, string>,
      chunks: [await text(request)],
    });
    return response.writeHead(status as number, answered).end(body);
  });
  return (await serve(proxy)).origin + prefix;
}

const html = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const nameOf = (query: string) => /(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] as string;

test("the tabs show the tour and what happens, and ask for ids that earlier answers hold", () => {
  const shown = examples.map(({ query }) => query.replace(/^(#.*\n)+\n/, ""));
  expect(shown.slice(0, -1)).toEqual(tour.map(({ query }) => query));
  expect(shown.at(-1)).toMatch(/^subscription Live /);
  const placeholders = JSON.stringify(examples).matchAll(/{{(\w+)}}/g);
  expect(new Set([...placeholders].map(([, name]) => name))).toEqual(new Set(Object.keys(remembered)));
});

describe("the page", () => {
  let gateway: Gateway;
  const apiKey = "parley_key-of-the-demo";
  const open = (headers: Record<string, string> = html, target = "/graphql") =>
    sendRaw(gateway.origin, { method: "GET", target, headers });
  beforeAll(async () => {
    gateway = await startGateway({ graphiql: { apiKey } });
  });

  test("is what browsers get at /graphql, and / leads them there", async () => {
    expect(await open()).toMatchObject({ status: 200, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(await open(html, "/")).toMatchObject({ status: 302, headers: { location: "graphql" } });
    expect(await open({}, "/")).toMatchObject({ status: 404 });
    expect(await open({})).toMatchObject({ status: 401 });
  });

  test("may load nothing from elsewhere, be framed by nobody, and holds no script", async () => {
    const { headers, body } = await open();
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/,
    );
    expect(headers).toMatchObject({ "referrer-policy": "no-referrer", "cross-origin-resource-policy": "same-origin" });
    const scripts = [...body.matchAll(/<script ([^>]*)>/g)].map(([, attributes]) => attributes as string);
    expect(scripts.filter((attributes) => !/src="graphiql\/|type="application\/json"/.test(attributes))).toEqual([]);
  });

  test("has the key, but not under a name that a foreign page could have pointed here", async () => {
    expect((await open()).body).toContain(apiKey);
    expect((await open({ ...html, host: "localhost:4000" })).body).toContain(apiKey);
    expect((await open({ ...html, host: "[::1]:4000" })).body).toContain(apiKey);
    expect((await open({ ...html, host: "rebound.example.com:4000" })).body).not.toContain(apiKey);
  });

  test.each([
    ["forwarded", "for=192.0.2.7"],
    ["via", "1.1 proxy"],
    ["x-forwarded-for", "192.0.2.7"],
    ["x-forwarded-host", "parley.example.com"],
    ["x-forwarded-proto", "https"],
    ["x-forwarded-prefix", "/parley"],
    ["X-Real-IP", "192.0.2.7"],
    ["x-client-ip", "192.0.2.7"],
    ["x-envoy-external-address", "192.0.2.7"],
    ["x-original-forwarded-for", "192.0.2.7"],
    ["cf-connecting-ip", "192.0.2.7"],
    ["true-client-ip", ""],
  ])("has no key when a proxy passed the request on: %s", async (name, value) => {
    const { status, body } = await open({ ...html, host: "localhost:4000", [name]: value });
    expect(status).toBe(200);
    expect(body).not.toContain(apiKey);
  });

  test("is found below the path of a proxy, with all its files and the endpoint that it asks", async () => {
    const prefix = await below("/support/parley", gateway.origin);
    const get = async (url: string | URL) => {
      const answer = await fetch(url, { headers: html });
      return { status: answer.status, url: answer.url, text: await answer.text() };
    };
    for (const way of ["/", "/graphql", "/graphql/", "/graphql/?a=1"]) {
      const page = await get(prefix + way);
      expect([page.status, page.url.split("?", 1)[0]]).toEqual([200, `${prefix}/graphql`]);
      const settings = JSON.parse(/id="settings">(.*?)<\/script>/.exec(page.text)?.[1] as string);
      expect(settings.options).not.toHaveProperty("endpoint");
      const linked = [...page.text.matchAll(/(?:src|href)="([^":]+)"/g)].map(([, path]) => path as string);
      const files = [...linked, ...(Object.values(settings.workers) as string[])];
      expect(files).toHaveLength(6);
      for (const file of files) expect(await get(new URL(file, page.url))).toMatchObject({ status: 200 });
    }
  });

  test("has no key when none is given, and does not exist when it is off", async () => {
    const keyless = await startGateway({ graphiql: {} });
    const page = await sendRaw(keyless.origin, { method: "GET", headers: html });
    expect(page.status).toBe(200);
    expect(page.body).not.toContain("parley_");
    const off = await startGateway({ graphiql: false });
    expect(await sendRaw(off.origin, { method: "GET", headers: html })).toMatchObject({ status: 401 });
    expect(await sendRaw(off.origin, { method: "GET", headers: html, target: "/" })).toMatchObject({ status: 404 });
  });

  test("names its files by their content, to be kept for ever, compressed as the browser likes", async () => {
    const [, path] = /src="(graphiql\/start\.[^"]+)"/.exec((await open()).body) as unknown as [string, string];
    const encodingFor = async (accept: string) => {
      const { status, headers } = await open({ "accept-encoding": accept }, `/${path}`);
      expect(status).toBe(200);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      return headers["content-encoding"];
    };
    expect(await encodingFor("gzip, deflate, br, zstd")).toBe("br");
    expect(await encodingFor("gzip")).toBe("gzip");
    expect(await encodingFor("br;q=0, gzip;q=1.0")).toBe("gzip");
    expect(await encodingFor("identity")).toBeUndefined();
    expect(await open({}, "/graphiql/start.js")).toMatchObject({ status: 404 });
  });
});

describe.runIf(hasBrowser)("in a browser that reaches no other origin", () => {
  let browser: Browser;
  let page: Page;
  let gateway: Gateway;
  const windows: Awaited<ReturnType<typeof openWindow>>[] = [];

  const newWindow = async () => {
    const window = await openWindow(browser, gateway.origin);
    windows.push(window);
    await window.page.goto(gateway.url);
    return window.page;
  };

  beforeAll(async () => {
    const keyed = await startGateway();
    gateway = await startGateway({ graphiql: { apiKey: keyed.key } });
    browser = await launchBrowser();
    page = await newWindow();
  });
  afterAll(() => browser?.close());

  /** Presses again when nothing went out: GraphiQL takes a moment to notice which operation a tab holds. */
  async function run(tab: string) {
    await page.locator(".graphiql-tab-button", { hasText: tab }).click();
    const isIts = (request: Request) => request.postDataJSON()?.operationName === tab;
    const press = async () => {
      const sent = page.waitForRequest(isIts, { timeout: 2_000 });
      await Promise.all([sent, page.click('.graphiql-execute-button[aria-label^="Execute"]')]);
      return (await (await sent).response())?.json();
    };
    return vi.waitFor(press, { timeout: 30_000 });
  }

  const shown = (text: string) => page.locator(".result-window .view-lines", { hasText: text }).waitFor();

  test("it is Parley, with a tab for each example", async () => {
    await page.locator(".graphiql-tab").first().waitFor();
    expect(await page.title()).toBe("Parley");
    expect(await page.locator(".graphiql-tab-button").allTextContents()).toEqual(
      examples.map(({ query }) => nameOf(query)),
    );
  });

  test("the tabs tell their story, and the answers can be read", async () => {
    expect(await run("Explore")).toMatchObject({ data: { viewer: { permissions: ["READ", "ENGAGE", "DELETE"] } } });
    await shown('"ENGAGE"');
    const opened = await run("OpenConversation");
    await shown('"CREATED"');
    const { id } = opened.data.getOrCreateConversation.conversation;
    expect(await run("OpenOrder")).toMatchObject({
      data: { createSubConversation: { conversation: { parent: { id } } } },
    });
    await shown('"Order #1042"');
    expect(await run("Talk")).toMatchObject({
      data: { question: { outcome: "SENT" }, note: { message: { number: 2 } } },
    });
    expect(await run("Messages")).toMatchObject({ data: { conversation: { messages: { totalCount: 3 } } } });
    await shown('"It leaves today."');
    await run("Prioritise");
    await shown('"VIP customer support"');
    expect(await run("Orders")).toMatchObject({ data: { listSubConversations: { totalCount: 1 } } });
    expect(await run("Close")).toMatchObject({ data: { deleteConversation: { deletedId: id, deletedCount: 2 } } });
    await shown('"deletedCount"');
  });

  test("a change in one window is seen in another at once", async () => {
    const live = await newWindow();
    await live.locator(".graphiql-tab-button", { hasText: "Live" }).click();
    const streamed = live.locator(".result-window .view-lines");
    const press = async () => {
      await live.click('.graphiql-execute-button[aria-label^="Execute"]');
      await live.locator(".result-window .view-lines", { hasText: "caughtUp" }).waitFor({ timeout: 5_000 });
    };
    await vi.waitFor(press, { timeout: 30_000 });
    await run("OpenConversation");
    await streamed
      .filter({ hasText: "CUSTOMER_UPDATED" })
      .or(streamed.filter({ hasText: "CONVERSATION_CREATED" }))
      .waitFor();
    await live.close();
  });

  test("the documentation opens", async () => {
    await page.click('[aria-label="Show Documentation Explorer"]');
    await page.locator(".graphiql-doc-explorer a", { hasText: /^Mutation$/ }).click();
    await page.locator(".graphiql-doc-explorer", { hasText: "getOrCreateConversation" }).waitFor();
  });

  test("the key is there again after a reload", async () => {
    await page.reload();
    expect(await run("Explore")).toMatchObject({ data: { conversations: { totalCount: 1 } } });
    await page.locator(".graphiql-editor-tools button[data-name=headers]").click();
    await page.locator(".graphiql-editor-tool .view-lines", { hasText: "x-api-key" }).last().waitFor();
  });

  test("the page's policy was kept, nothing failed, and each window took less than 3 MB over the wire", () => {
    expect(windows).toHaveLength(2);
    for (const { complaints, received } of windows) {
      expect(complaints).toEqual([]);
      expect(received()).toBeGreaterThan(1_000_000);
      expect(received()).toBeLessThan(3_000_000);
    }
  });

  test("below a path of a proxy, it works as well", async () => {
    const prefix = await below("/support/parley", gateway.origin);
    const behind = await browser.newPage();
    const errors: string[] = [];
    behind.on("pageerror", (error) => errors.push(error.message));
    behind.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    const workers: string[] = [];
    behind.on("worker", (worker) => workers.push(worker.url()));
    await behind.goto(`${prefix}/graphql/`);
    await behind.locator(".graphiql-tab").first().waitFor();
    const press = async () => {
      const isIts = (request: Request) => request.postDataJSON()?.operationName === "Explore";
      const sent = behind.waitForRequest(isIts, { timeout: 2_000 });
      await Promise.all([sent, behind.click('.graphiql-execute-button[aria-label^="Execute"]')]);
      return { url: (await sent).url(), answer: await (await (await sent).response())?.json() };
    };
    const { url, answer } = await vi.waitFor(press, { timeout: 30_000 });
    expect(url).toBe(`${prefix}/graphql`);
    expect(answer).toMatchObject({ data: { conversations: { totalCount: 1 } } });
    await expect.poll(() => workers.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(workers.filter((worker) => !worker.startsWith(`${prefix}/graphiql/`))).toEqual([]);
    expect(errors).toEqual([]);
    await behind.close();
  });
});

if (!hasBrowser) test.skip(`in a browser: there is no ${executablePath}`, () => {});
