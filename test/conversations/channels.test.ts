import { describe, expect, test } from "vitest";
import { hostnameOf } from "../../src/rules/hostname.ts";
import { newWorkspace } from "../support/workspace.ts";
import { conversationOf, idOf, refusalOf, run } from "./operations.ts";

const label = "a".repeat(63);
const longest = `${label}.${label}.${label}.${"a".repeat(61)}`;

describe("hostnameOf", () => {
  test.each([
    ["example.com", "example.com"],
    ["shop.example.com", "shop.example.com"],
    ["SHOP.Example.COM", "shop.example.com"],
    ["  example.com\n", "example.com"],
    ["https://example.com", "example.com"],
    ["http://example.com", "example.com"],
    ["HTTPS://Example.com", "example.com"],
    ["example.com:8080", "example.com"],
    ["https://example.com:443", "example.com"],
    ["http://example.com:65535/", "example.com"],
    ["example.com/", "example.com"],
    ["example.com/cart?item=1#top", "example.com"],
    ["https://shop.example.com:8080/cart/1?a=b#c", "shop.example.com"],
    ["example.com?a=b", "example.com"],
    ["example.com#top", "example.com"],
    ["https://example.com/a b\\c@d:e", "example.com"],
    ["example.com.", "example.com"],
    ["https://example.com.:8080/cart", "example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["BÜCHER.example", "xn--bcher-kva.example"],
    ["bu\u0308cher.example", "xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["例え.テスト", "xn--r8jz45g.xn--zckzah"],
    ["ｅｘａｍｐｌｅ.com", "example.com"],
    ["example。com", "example.com"],
    ["localhost", "localhost"],
    ["localhost:3000", "localhost"],
    ["1.example.com", "1.example.com"],
    ["a-b.example.com", "a-b.example.com"],
    [`${label}.example.com`, `${label}.example.com`],
    [longest, longest],
  ])("reads %j as %s", (address, hostname) => {
    expect(hostnameOf(address)).toBe(hostname);
    expect(hostnameOf(hostname)).toBe(hostname);
  });

  test.each([
    ...["", " ", ".", "..", "/", "//", "https://", "https:///cart", ":8080", "?", "#"],
    ...[
      "127.0.0.1",
      "http://10.0.0.1:80/",
      "[::1]",
      "https://[2001:db8::1]:443/",
      "::1",
      "0x7f.1",
      "2130706433",
      "127.1",
    ],
    ...[
      "exa mple.com",
      "example .com",
      "example..com",
      ".example.com",
      "example.com..",
      "exa_mple.com",
      "exa%00mple.com",
    ],
    ...["-example.com", "example-.com", "example.-com", "*.example.com", "exam*ple.com", "<b>.com", "a,b.com"],
    ...["user@example.com", "https://user:password@example.com", "mailto:jane@example.com", "javascript:alert(1)"],
    ...["file:///etc/passwd", "about:blank", "example.com:99999", "example.com:port", "exam\0ple.com", "\0"],
    ...[
      "exam\nple.com",
      "exam\tple.com",
      "ex%61mple.com",
      "example.com\\cart",
      "https:\\\\example.com",
      "https:example.com",
    ],
    ...["https://https://example.com", "foo://0x7f.1", "foo://2130706433", "https://example.com@1.com"],
    ...["example.com\0", "\ud800.com", `${label}a.example.com`, `a${longest}`, "xn--a.example"],
  ])("refuses %j", (address) => {
    expect(hostnameOf(address)).toBeUndefined();
  });
});

describe("channelIdentifier", () => {
  const operation = "getOrCreateConversation";
  const customer = { externalId: "visitor" };

  test("becomes a WEBSITE channel once, however it is written", async () => {
    const ours = await newWorkspace();
    for (const channelIdentifier of ["shop.example.com", "https://Shop.example.com:8080/cart", "SHOP.EXAMPLE.COM."])
      await run(ours, operation, { customer, channelIdentifier });
    const channels = await ours.ctx.db.channel.findMany({ where: { workspaceId: ours.caller.workspaceId } });
    expect(channels).toMatchObject([{ kind: "WEBSITE", identifier: "shop.example.com" }]);
  });

  test("finds the website that is there, and no channel of another kind", async () => {
    const ours = await newWorkspace();
    const website = await ours.newChannel("example.com");
    const { workspaceId } = ours.caller;
    await ours.ctx.db.channel.create({ data: { workspaceId, kind: "EMAIL", identifier: "example.com" } });
    const { channels } = await conversationOf(ours, operation, { customer, channelIdentifier: "example.com" });
    expect(channels).toEqual([idOf("Channel", website)]);
  });

  test("and channelIds are united, each channel once", async () => {
    const ours = await newWorkspace();
    const [a, b] = [await ours.newChannel("a.example.com"), await ours.newChannel("b.example.com")];
    const channelIds = [a, b, a].map((channel) => idOf("Channel", channel));
    const { channels } = await conversationOf(ours, operation, {
      customer,
      channelIds,
      channelIdentifier: "b.example.com",
    });
    expect(channels).toEqual([idOf("Channel", a), idOf("Channel", b)]);
  });

  test.each(["", "127.0.0.1", "exa mple.com", "user@example.com"])(
    "that is no hostname is refused: %j",
    async (address) => {
      const input = { customer, channelIdentifier: address };
      expect(await refusalOf(await newWorkspace(), operation, input)).toEqual({
        ...{ code: "BAD_USER_INPUT", reason: "INVALID_HOSTNAME", field: "input.channelIdentifier" },
      });
    },
  );

  test("with NUL or a lone surrogate is refused", async () => {
    const ours = await newWorkspace();
    for (const channelIdentifier of ["example.com\0", "\ud800.example.com"])
      expect(await refusalOf(ours, operation, { customer, channelIdentifier })).toEqual({
        ...{ code: "BAD_USER_INPUT", reason: "INVALID_TEXT", field: "input.channelIdentifier" },
      });
  });

  test("may bring a conversation to 100 channels and not beyond", async () => {
    const ours = await newWorkspace();
    const { workspaceId } = ours.caller;
    const data = Array.from(
      { length: 100 },
      (_, n) => ({ workspaceId, kind: "WEBSITE", identifier: `${n}.example.com` }) as const,
    );
    const rows = await ours.ctx.db.channel.createManyAndReturn({ data });
    for (let start = 0; start < 100; start += 20) {
      const channelIds = rows.slice(start, start + 20).map((row) => idOf("Channel", row));
      await run(ours, operation, { customer, channelIds });
    }
    expect((await conversationOf(ours, operation, { customer })).channels).toHaveLength(100);
    expect(await refusalOf(ours, operation, { customer, channelIdentifier: "one-more.example.com" })).toMatchObject({
      ...{ code: "BAD_USER_INPUT", reason: "TOO_LONG" },
    });
    expect(await ours.ctx.db.channel.count({ where: { workspaceId } })).toBe(100);
  });
});
