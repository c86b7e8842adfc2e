import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createBackend } from "../../docs/consoles/backend.ts";
import { connectGateway } from "../../docs/consoles/gateway.ts";
import { Records } from "../../docs/consoles/records.ts";
import { executablePath, hasBrowser, launchBrowser, openWindow } from "../support/browser.ts";
import { serveGateway } from "../support/gateway.ts";
import { serve } from "../support/serve.ts";
import { withKey } from "../support/with-key.ts";
import { newTeam } from "./tenant.ts";

const source = join(import.meta.dirname, "console");

/** The console of docs/consoles.md, built as for production: its directory. */
async function buildConsole(): Promise<string> {
  const files = await mkdtemp(join(tmpdir(), "parley-console-"));
  afterAll(() => rm(files, { recursive: true }));
  await mkdir(join(files, "assets"));
  await copyFile(join(source, "index.html"), join(files, "index.html"));
  await build({
    entryPoints: [join(source, "console.tsx")],
    outdir: join(files, "assets"),
    bundle: true,
    minify: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return files;
}

describe.runIf(hasBrowser)("react-admin in a browser, behind the backend", () => {
  let browser: Browser;
  let gateway: string;
  let files: string;
  let page: Page;
  let complaints: string[];
  let origin: string;
  let colleague: Records;

  beforeAll(async () => {
    ({ url: gateway } = await serveGateway());
    files = await buildConsole();
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** Each test has twelve conversations of its own. */
  beforeEach(async () => {
    const { key, otherKey } = await newTeam();
    const records = recordsOf(key);
    for (let n = 1; n <= 12; n++) {
      const id = String(n).padStart(2, "0");
      const customer = { externalId: `customer_${id}`, name: `Customer ${id}`, email: `customer_${id}@example.com` };
      await records.create("conversations", { name: `Inquiry ${id}`, customer });
    }
    colleague = recordsOf(otherKey);
    ({ origin } = await serve(createBackend({ gateway, keyOf: () => key, files })));
    ({ page, complaints } = await openWindow(browser, origin));
    const followed = page.waitForResponse((response) => response.headers()["content-type"] === "text/event-stream");
    await page.goto(origin);
    await followed;
  });
  afterEach(async () => {
    await page.close();
    expect(complaints, "nothing failed, and no other origin was asked").toEqual([]);
  });

  const recordsOf = (key: string) => new Records(connectGateway(gateway, withKey(key)));
  const search = () => page.locator("input[name=q]");
  const cells = () => page.locator("tbody td.column-name").allTextContents();
  const shows = (names: string[]) => vi.waitFor(async () => expect(await cells()).toEqual(names), { timeout: 20_000 });
  const inquiries = (from: number, to: number) => {
    const step = from < to ? 1 : -1;
    const numbers = Array.from({ length: Math.abs(to - from) + 1 }, (_, index) => from + index * step);
    return numbers.map((n) => `Inquiry ${String(n).padStart(2, "0")}`);
  };
  const open = async (resource: string, name: string) => {
    await page.goto(`${origin}/#/${resource}`);
    await page.locator("tbody td.column-name", { hasText: name }).click();
    await field("Name").waitFor();
  };
  const field = (name: string) => page.getByRole("textbox", { name });
  const save = () => page.getByRole("button", { name: "Save" }).click();
  const found = async (q: string) =>
    (await colleague.list("conversations", { filter: { search: q }, page: 1, perPage: 10 })).records;

  test("a list has pages, an order and filters", async () => {
    await shows(inquiries(1, 10));
    await page.getByText("1-10 of 12").waitFor();
    await page.getByLabel("Go to next page").click();
    await shows(inquiries(11, 12));
    await page.locator("thead th.column-name").getByRole("button").click();
    await shows(inquiries(12, 3));
    await search().fill("customer_07");
    await shows(inquiries(7, 7));
    await search().fill("");
    await shows(inquiries(12, 3));
  });

  test("a record is edited", async () => {
    await open("conversations", "Inquiry 07");
    await field("Name").fill("VIP customer support");
    await save();
    await shows([...inquiries(1, 6), ...inquiries(8, 11)]);
    expect(await found("customer_07")).toMatchObject([{ name: "VIP customer support" }]);
  });

  test("a change that a colleague made meanwhile is not overwritten, and the form says so", async () => {
    await open("conversations", "Inquiry 05");
    const [{ id, ...previous }] = await found("customer_05");
    await colleague.update("conversations", { name: "Inquiry of a colleague" }, { id, previous });
    await field("Name").fill("Mine");
    await save();
    await page.getByText("The conversation has changed since").waitFor();
    expect(await found("customer_05")).toMatchObject([{ name: "Inquiry of a colleague" }]);
  });

  test("a refusal is shown at the field that it is about", async () => {
    await open("customers", "Customer 03");
    await field("Email").fill("no address");
    await save();
    await page
      .locator(".ra-input-email .Mui-error", { hasText: /e-?mail/i })
      .first()
      .waitFor();
  });

  test("a record is deleted, after a question", async () => {
    await open("conversations", "Inquiry 09");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Confirm" }).click();
    await vi.waitFor(async () => expect(await cells()).not.toContain("Inquiry 09"), { timeout: 20_000 });
    expect(await found("customer_09")).toEqual([]);
  });

  test("all selected rows are deleted at once", async () => {
    await page.getByLabel("Go to next page").click();
    await shows(inquiries(11, 12));
    for (const name of inquiries(11, 12)) {
      await page.locator("tbody tr", { hasText: name }).getByRole("checkbox").check();
    }
    await page.getByText("2 items selected").waitFor();
    await page.locator("[data-test=bulk-actions-toolbar]").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Confirm" }).click();
    const left = async () => [...(await found("customer_11")), ...(await found("customer_12"))];
    await vi.waitFor(async () => expect(await left()).toEqual([]), { timeout: 20_000 });
    expect(await found("customer_10")).toHaveLength(1);
  });

  test("a list shows what a colleague did, without being asked", async () => {
    await shows(inquiries(1, 10));
    await colleague.create("conversations", { name: "A new inquiry", customer: { externalId: "customer_99" } });
    await shows(["A new inquiry", ...inquiries(1, 9)]);
  });

  test("a list is asked for again when a colleague says something INTERNAL", async () => {
    await shows(inquiries(1, 10));
    const [{ id: conversationId }] = await found("customer_01");
    const asked = page.waitForRequest((request) => request.postData()?.includes("conversations(") ?? false);
    await colleague.create("messages", { conversationId, text: "They have waited long.", visibility: "INTERNAL" });
    await asked;
  });
});

if (!hasBrowser) test.skip(`in a browser: there is no ${executablePath}`, () => {});
