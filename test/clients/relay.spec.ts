import "./dom.ts";
import { createElement, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { RelayEnvironmentProvider } from "react-relay";
import { Environment, Network, RecordSource, Store } from "relay-runtime";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { serveGateway } from "../support/gateway.ts";
import { Newest } from "./relay/newest.ts";
import { Oldest } from "./relay/oldest.ts";
import { newParent } from "./tenant.ts";

let url: string;
beforeAll(async () => {
  ({ url } = await serveGateway());
});

let unmount = () => {};
afterEach(() => unmount());

type Parent = Awaited<ReturnType<typeof newParent>>;

/** Shows a list of the parent's children as a React application does, and lets the test use it. */
function show(list: typeof Newest, { id, key }: Parent) {
  const sent: string[] = [];
  const network = Network.create(async ({ text, name }, variables) => {
    sent.push(name);
    const headers = { "content-type": "application/json", authorization: `Bearer ${key}` };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: text, variables }) });
    return response.json();
  });
  const environment = new Environment({ network, store: new Store(new RecordSource()) });
  const root = createRoot(document.body.appendChild(document.createElement("div")));
  unmount = () => root.unmount();
  const shown = createElement(Suspense, { fallback: "…" }, createElement(list, { id }));
  root.render(createElement(RelayEnvironmentProvider, { environment }, shown));
  const section = () => document.querySelector("section") as HTMLElement;
  return {
    sent,
    ids: () => [...document.querySelectorAll("li")].map((item) => item.id),
    name: () => document.querySelector("h1")?.textContent,
    has: (side: "next" | "previous") => section().dataset[side] === "true",
    click: (button: "more" | "refetch") => (document.querySelector(`#${button}`) as HTMLElement).click(),
  };
}

const lists = [
  { list: Newest, name: "newest first, with first and after", side: "next", inOrder: (ids: string[]) => ids },
  {
    list: Oldest,
    name: "oldest first, with last and before",
    side: "previous",
    inOrder: (ids: string[]) => ids.toReversed(),
  },
] as const;

describe.each(lists)("usePaginationFragment, $name", ({ list, side, inOrder }) => {
  /** The rows of the list, from its own end on. */
  const seen = (page: ReturnType<typeof show>) => (side === "next" ? page.ids() : page.ids().toReversed());

  test("shows every child exactly once while others are inserted", async () => {
    const parent = await newParent(13);
    const before = inOrder([...parent.children]);
    const page = show(list, parent);
    await vi.waitFor(() => expect(seen(page)).toEqual(before.slice(0, 4)));
    for (let count = 4; page.has(side); ) {
      await parent.addChild();
      page.click("more");
      await vi.waitFor(() => expect(page.ids().length).toBeGreaterThan(count));
      count = page.ids().length;
    }
    const all = seen(page);
    expect(new Set(all).size).toBe(all.length);
    expect(all.slice(0, before.length)).toEqual(before);
  });

  test("fetches again through node(id)", async () => {
    const parent = await newParent(2);
    const page = show(list, parent);
    await vi.waitFor(() => expect(page.ids()).toEqual(parent.children));
    expect(page.name()).toBe("The parent");
    await parent.addChild();
    page.click("refetch");
    await vi.waitFor(() => expect(page.ids()).toEqual(parent.children));
    expect(page.sent.at(-1)).toMatch(/PaginationQuery$/);
    expect(page.has(side)).toBe(false);
  });
});
