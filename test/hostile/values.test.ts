import { isLeafType } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { schema } from "../../src/schema/index.ts";
import { named, positionsOf } from "../isolation/walk.ts";
import { startGateway } from "../support/gateway.ts";
import { openStream } from "../support/stream.ts";
import { expectHarmless } from "./harmless.ts";

// Every place of the schema that takes a value, with values that somebody sends who means no good.

const texts = [
  "",
  " ",
  "\0",
  "a\0b",
  "\ud800",
  "a\udc00b",
  "\u202e\u200b\ufeff",
  "e\u0301\u0323".repeat(100),
  "👩‍👩‍👧‍👦".repeat(60),
  "x".repeat(10_000),
  '\'); DROP TABLE "Workspace"; --',
  "' OR '1'='1",
  "$1 %s {0} #{7*7} {{7*7}}",
  "\\'\\\"\\`\\n\\u0000",
  "%_%_%_%\\",
  "../../../../etc/passwd",
  "<script>alert(1)</script>",
  "\r\nSet-Cookie: a=b\r\n\r\n",
  "__proto__",
  "constructor",
  "null",
  "NaN",
  "-1",
  "conversation_",
  "conversation_00000000-0000-0000-0000-000000000000",
  "conversation_ffffffff-ffff-ffff-ffff-ffffffffffff",
  "Conversation:1",
  "Y29udmVyc2F0aW9uOjE=",
  "2026-13-45T99:99:99Z",
  "+275760-09-13T00:00:00.001Z",
  "9999-12-31T23:59:59.999Z",
  "-000001-01-01T00:00:00Z",
  "a@b.c\nbcc: d@e.f",
  "xn--ls8h.example",
  "[::1]:80",
  "+1 (555) 010-9999;ext=1",
];

const others = [
  0,
  -1,
  1.5,
  1e308,
  2 ** 31,
  -(2 ** 53),
  true,
  null,
  [],
  [[["x"]]],
  {},
  { a: { __proto__: null, b: [null, { c: "\0" }] } },
  JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'),
  Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`key${i}`, i])),
  nested(90),
];

function nested(levels: number): unknown {
  return levels === 0 ? "deep" : { a: nested(levels - 1) };
}

const hostile = [...texts, ...others];
/** The walk writes values from texts: these are their numbers, and the id of a conversation that is there. */
const numbers = hostile.map((_, i) => String(i));
let spare: string;
let message: string;
const write = (number: string) => {
  if (number === "message") return message;
  return number === "spare" ? spare : hostile[Number(number)];
};
const leaves = Object.values(schema.getTypeMap()).filter(isLeafType);
const positions = positionsOf(Object.fromEntries(leaves.map(({ name }) => [name, write])));

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway({ limits: { maxAliases: 5_000, queryBudget: 999_999 }, keyCacheSeconds: 60 });
  const input = 'input: { customer: { externalId: "spare" } }';
  const { body } = await gateway.post({
    query: `mutation { getOrCreateConversation(${input}) { conversation { id } } }`,
  });
  spare = body.data.getOrCreateConversation.conversation.id;
  const sent = await gateway.post({
    query: `mutation { sendMessage(input: { conversationId: "${spare}", text: "Hello" }) { message { id } } }`,
  });
  message = sent.body.data.sendMessage.message.id;
});

test("are walked in every argument and input field of the schema", () => {
  expect(positions.length).toBeGreaterThan(80);
});

test.each(named(positions))("%s answers every value harmlessly", async (_, position) => {
  const send = async (number: string) => {
    const variables = position.variables(number, {
      spare: "spare",
      idOf: (type) => (type === "Message" ? "message" : "spare"),
    });
    const asked = { query: position.document, variables };
    const answer = await (position.operation === "subscription" ? firstOf(asked) : gateway.post(asked));
    expectHarmless(answer, JSON.stringify(variables));
  };
  await Promise.all(numbers.map(send));
  expect(gateway.logged).toEqual([]);
});

/** The first answer of a stream. */
async function firstOf(asked: { query: string; variables: object }) {
  const stream = await openStream({ ...gateway, ...asked });
  const first = await stream.next();
  stream.close();
  expect(first?.event).toBe("next");
  return { status: stream.status as number, text: JSON.stringify(first) };
}

test("none of it has hurt the gateway", async () => {
  expect((await gateway.post({ query: "{ conversations { totalCount } }" })).body.errors).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});
