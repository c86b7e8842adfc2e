import { describe, expect, test } from "vitest";
import {
  conversationOf,
  type Input,
  idOf,
  newChain,
  newFamily,
  refusalOf,
  run,
  unknownId,
} from "../conversations/operations.ts";
import { newWorkspace } from "../support/workspace.ts";

const operation = "getOrCreateConversation";
const smile = "😀";
const longEmail = `${"a".repeat(64)}@${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.org`;
const image = "https://example.com/";

/** An input that is right but for this field, such as `customer.email`. */
function inputWith(field: string, value: unknown): Input {
  const [name = "", inner] = field.split(".");
  return inner
    ? { customer: { externalId: "visitor", [inner]: value } }
    : { customer: { externalId: "visitor" }, [name]: value };
}

describe("accepts and stores", () => {
  test.each<[field: string, value: string, stored?: string]>([
    ["name", "x"],
    ["name", "x".repeat(200)],
    ["name", smile.repeat(200)],
    ["name", "  a \n b\t", "a \n b"],
    ["name", ` ${"x".repeat(200)} `, "x".repeat(200)],
    ["name", "null"],
    ["name", `' OR "x" = $1; -- {}`],
    ["customer.name", smile.repeat(200)],
    ["customer.externalId", "x"],
    ["customer.externalId", "x".repeat(255)],
    ["customer.externalId", smile.repeat(255)],
    ["customer.externalId", " \t"],
    ["customer.email", "a@b.co"],
    ["customer.email", " Jane.O'Roe+shop@Mail.Example.com ", "Jane.O'Roe+shop@Mail.Example.com"],
    ["customer.email", longEmail],
    ["customer.phone", "+4930901820"],
    ["customer.phone", "+49 (0)30 / 90-18-20", "+4930901820"],
    ["customer.phone", " +1 (212) 555-0100 ", "+12125550100"],
    ["customer.phone", "+４９３０９０１８２０", "+4930901820"],
    ["customer.email", "user@example.xn--p1ai"],
    ["customer.email", "a&b@example.com"],
    ["customer.email", "user@bücher.example", "user@xn--bcher-kva.example"],
    ["customer.email", "User@BÜCHER.example", "User@xn--bcher-kva.example"],
    ["customer.email", `${"a".repeat(64)}@example.com`],
    ["customer.email", `user@${"a".repeat(63)}.com`],
    ["customer.email", "\u202auser@example.com\u202c", "user@example.com"],
    ["customer.phone", "＋８１９０１２３４５６７８", "+819012345678"],
    ["customer.phone", "tel:+49-30-901820", "+4930901820"],
    ["customer.phone", "\u202a+49 30 901820\u202c", "+4930901820"],
    ["customer.name", "\u3164王", "\u3164王"],
    ["customer.image", "http://example.com/a.png?b=c#d"],
    ["customer.image", image.padEnd(2048, "x")],
  ])("%s %j", async (field, value, stored = value) => {
    const ours = await newWorkspace();
    const created = await conversationOf(ours, operation, inputWith(field, value));
    const [name = "", inner] = field.split(".");
    const customer = await ours.ctx.db.customer.findFirst({ where: { workspaceId: ours.caller.workspaceId } });
    expect(inner ? customer?.[inner as "email"] : created[name]).toBe(stored);
  });

  test.each(["+375 8 88 1664709", "+44 (0)20 7946 0958", "+7 8 912 345 67 89", "+54 9 11 1234 5678"])(
    "%s is shown as a number that finds itself",
    async (phone) => {
      const ours = await newWorkspace();
      await run(ours, operation, { customer: { phone } });
      const { customers } = await ours.ask("{ customers { nodes { phone } } }");
      const shown = customers.nodes[0].phone;
      for (const again of [shown, phone, `tel:${shown}`]) {
        expect(await run(ours, operation, { customer: { phone: again } })).toMatchObject({ outcome: "REUSED" });
        const found = await ours.ask(
          "query ($phone: String) { customers(filter: { phone: $phone }) { nodes { phone } } }",
          {
            phone: again,
          },
        );
        expect(found.customers.nodes).toEqual([{ phone: shown }]);
      }
    },
  );

  test("50 members and 20 channels, the same one twice as one", async () => {
    const ours = await newWorkspace();
    const { workspaceId } = ours.caller;
    const names = Array.from({ length: 50 }, (_, n) => ({ workspaceId, name: `member-${n}` }));
    const sites = Array.from({ length: 20 }, (_, n) => ({
      workspaceId,
      kind: "WEBSITE" as const,
      identifier: `${n}.example.com`,
    }));
    const members = await ours.ctx.db.member.createManyAndReturn({ data: names });
    const channels = await ours.ctx.db.channel.createManyAndReturn({ data: sites });
    const memberIds = members.map((member) => idOf("Member", member));
    const channelIds = channels.map((channel) => idOf("Channel", channel));
    const created = await conversationOf(ours, operation, { memberIds, channelIds });
    expect(created.participants.toSorted()).toEqual([...memberIds, idOf("Member", ours.member)].toSorted());
    expect(created.channels.toSorted()).toEqual(channelIds.toSorted());
    const [one, two] = memberIds;
    const twice = await conversationOf(ours, operation, { memberIds: [one, two, one], type: "GROUP" });
    expect(twice.counts.participants).toBe(3);
  });
});

// A pattern that tries every blank as a start takes minutes of these, and holds up everybody.
test.each([
  ["customer.email", "INVALID_EMAIL"],
  ["customer.phone", "INVALID_PHONE"],
  ["channelIdentifier", "INVALID_HOSTNAME"],
])("%s of many blanks is refused at once", async (field, reason) => {
  for (const blank of [" ", "\u200b", "\u0301\u0327"])
    expect(
      await refusalOf(await newWorkspace(), operation, inputWith(field, `a${blank.repeat(250_000)}b`)),
    ).toMatchObject({
      reason: expect.stringMatching(`^(${reason}|TOO_LONG)$`),
    });
});

describe("refuses, naming the field and the rule", () => {
  test.each<[reason: string, field: string, values: unknown[]]>([
    ["TOO_SHORT", "name", ["", " ", "\n\t \u00a0"]],
    ["TOO_LONG", "name", ["x".repeat(201), smile.repeat(201)]],
    ["INVALID_TEXT", "name", ["a\0b", "\0", "\ud800", "a\udc00"]],
    ["TOO_SHORT", "customer.name", ["", "  "]],
    ["TOO_LONG", "customer.name", ["x".repeat(201)]],
    ["INVALID_TEXT", "customer.name", ["a\0b", "\ud800"]],
    ["TOO_SHORT", "customer.externalId", [""]],
    ["TOO_LONG", "customer.externalId", ["x".repeat(256), smile.repeat(256)]],
    ["INVALID_TEXT", "customer.externalId", ["a\0b", "\ud800"]],
    ["TOO_SHORT", "customer.email", ["", "  "]],
    ["TOO_LONG", "customer.email", [`a${longEmail}`.padStart(255, "a")]],
    ["INVALID_TEXT", "customer.email", ["jane\0@example.com", "\ud800@example.com"]],
    ["INVALID_EMAIL", "customer.email", ["jane", "@example.com", "jane@", "jane@@example.com"]],
    [
      "INVALID_EMAIL",
      "customer.email",
      ["Jane <jane@example.com>", "ja ne@example.com", "a@example.com,b@example.com"],
    ],
    [
      "INVALID_EMAIL",
      "customer.email",
      [
        ...[
          "user@bad-.com",
          "user@-bad.com",
          `user@${"a".repeat(64)}.com`,
          `${"a".repeat(65)}@example.com`,
          "a@b..com",
        ],
        ...[
          "user@bücher.example:80",
          "user@bücher.example/x",
          "user@bücher.-",
          "üser@example.com",
          "user@xn--a.example",
        ],
      ],
    ],
    ["TOO_SHORT", "name", ["\u200b\u3164", "\u2060\ufe0f", "\u2800", "\u00ad\u202e"]],
    ["TOO_SHORT", "customer.name", ["\u200b\u3164"]],
    [
      "INVALID_URL",
      "customer.image",
      [
        ...[
          "https://exa\nmple.com/x.png",
          "http:///example.com/a.png",
          "https://example.com/a\tb.png",
          "https:\\\\example.com",
        ],
        ...[
          "https://example.com/a b.png",
          "https://example.com/a.png\r\n",
          "https:example.com",
          " https://example.com",
        ],
      ],
    ],
    ["INVALID_PHONE", "customer.phone", ["+49 30 9018209018209"]],
    ["INVALID_PHONE", "customer.phone", ["", " ", "jane", "030 901820", "0049 30 901820", "+49", "+", "+999 12345678"]],
    [
      "INVALID_PHONE",
      "customer.phone",
      ["+49 30 901820 901820 901820", "+49 30 901820 ext. 5", "call +49 30 901820 now"],
    ],
    ["INVALID_PHONE", "customer.phone", ["+49 30 901820, +49 30 901821", "+49 30 901820;ext=5"]],
    ["INVALID_TEXT", "customer.phone", ["+49 30 901820\0", "\ud800+4930901820"]],
    [
      "INVALID_URL",
      "customer.image",
      ["example.com/a.png", "ftp://example.com", "javascript:alert(1)", "https://", "data:,"],
    ],
    ["TOO_SHORT", "customer.image", [""]],
    ["TOO_LONG", "customer.image", [image.padEnd(2049, "x")]],
    ["INVALID_TEXT", "customer.image", [`${image}\0`, `${image}\ud800`]],
    ["INVALID_ID", "customer.id", ["", "visitor", unknownId("Member"), unknownId("Customer").toUpperCase()]],
    ["INVALID_ID", "customer.id", [unknownId("Customer").slice("customer_".length), ` ${unknownId("Customer")}`]],
    ["INVALID_ID", "customerId", ["", unknownId("Conversation"), "customer_1", `${unknownId("Customer")}0`]],
    ["TOO_LONG", "memberIds", [Array.from({ length: 51 }, () => unknownId("Member"))]],
    ["TOO_LONG", "channelIds", [Array.from({ length: 21 }, () => unknownId("Channel"))]],
  ])("%s for %s: %j", async (reason, field, values) => {
    const ours = await newWorkspace();
    for (const value of values)
      expect({ value, ...(await refusalOf(ours, operation, inputWith(field, value))) }).toEqual({
        ...{ value, code: "BAD_USER_INPUT", reason, field: `input.${field}` },
      });
    expect(await ours.ctx.db.customer.count({ where: { workspaceId: ours.caller.workspaceId } })).toBe(0);
  });

  test("an unknown id, by its index in the list that was sent, although other ids came twice", async () => {
    const ours = await newWorkspace();
    const member = idOf("Member", ours.member);
    const channel = idOf("Channel", await ours.newChannel());
    const input = { customer: { externalId: "visitor" } };
    const places = [
      ["memberIds", [member, member, unknownId("Member")]],
      ["channelIds", [channel, channel, channel, unknownId("Channel")]],
    ] as const;
    for (const [field, ids] of places)
      expect(await refusalOf(ours, operation, { ...input, [field]: ids })).toMatchObject({
        code: "NOT_FOUND",
        field: `input.${field}.${ids.length - 1}`,
      });
  });

  test("an id that is wrong in a list, by its place", async () => {
    const ours = await newWorkspace();
    const ids = {
      memberIds: [idOf("Member", ours.member), unknownId("Channel")],
      channelIds: [unknownId("Channel"), "x"],
    };
    for (const [field, value] of Object.entries(ids))
      expect(await refusalOf(ours, operation, inputWith(field, value))).toEqual({
        ...{ code: "BAD_USER_INPUT", reason: "INVALID_ID", field: `input.${field}.1` },
      });
  });

  test("the mistake in the input of every other operation", async () => {
    const { parent, ...ours } = await newFamily();
    const [id] = await newChain(ours, 1);
    const bad = { code: "BAD_USER_INPUT" };
    const input = { parentId: parent.id, customer: { phone: "1" } };
    expect(await refusalOf(ours, "createSubConversation", input)).toEqual({
      ...{ ...bad, reason: "INVALID_PHONE", field: "input.customer.phone" },
    });
    expect(await refusalOf(ours, "updateConversation", { id, name: " " })).toEqual({
      ...{ ...bad, reason: "TOO_SHORT", field: "input.name" },
    });
    expect(await refusalOf(ours, "deleteConversation", { id: "1" })).toEqual({
      ...{ ...bad, reason: "INVALID_ID", field: "input.id" },
    });
  });

  test("an input without the shape of the schema, naming the variable", async () => {
    const ours = await newWorkspace();
    for (const [field, value] of [
      ["name", 1],
      ["type", "PRIVATE"],
      ["memberIds.1", "x"],
      ["customer.email", []],
    ] as const) {
      const wrong = field === "memberIds.1" ? { memberIds: [unknownId("Member"), {}] } : inputWith(field, value);
      expect(await refusalOf(ours, operation, wrong)).toEqual({
        ...{ code: "BAD_USER_INPUT", reason: "INVALID_VARIABLES", field: `input.${field}` },
      });
    }
  });
});
