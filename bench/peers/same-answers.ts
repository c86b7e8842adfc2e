import { isDeepStrictEqual } from "node:util";
import type { Data } from "./data.ts";
import type { Asked, Operation } from "./operations.ts";
import { ask, endCursorOf, type Server } from "./servers.ts";

/** Throws unless every server answers the same operations with the same JSON, cursors apart. */
export async function requireSameAnswers(servers: Server[], data: Data): Promise<void> {
  const [reference, ...others] = servers;
  if (!reference) return;
  const expected = await answersOf(reference, data);
  for (const server of others) {
    const answers = await answersOf(server, data);
    for (const [name, answer] of answers) {
      if (isDeepStrictEqual(answer, expected.get(name))) continue;
      const [theirs, ours] = [expected.get(name), answer].map((one) => JSON.stringify(one));
      throw new Error(`${reference.name} and ${server.name} answer ${name} otherwise:\n${theirs}\n${ours}`);
    }
  }
  console.log(`Same answers to ${expected.size} requests: ${servers.map(({ name }) => name).join(", ")}.`);
}

async function answersOf(server: Server, data: Data): Promise<Map<string, unknown>> {
  const workspace = data.workspaces.measured;
  const page = { workspace, id: data.parent, first: 30 };
  const few = [0, 1, 2];
  const requests: [string, Operation, Asked][] = [
    ["Q1", "Q1", page],
    ["Q1, page 2", "Q1", { ...page, after: await endCursorOf(server, page) }],
    ["Q1mid", "Q1mid", { ...page, after: await middleOf(server, data) }],
    ["Q2", "Q2", { workspace, first: 5 }],
    ["Q2, wide", "Q2", { workspace, first: 20 }],
    ...few.map((n): [string, Operation, Asked] => [
      `Q3.${n}`,
      "Q3",
      { workspace, id: data.conversations[n] as string },
    ]),
    ...few.map((n): [string, Operation, Asked] => [
      `Q4.${n}`,
      "Q4",
      { workspace, id: data.conversations[n] as string },
    ]),
    ...few.map((n): [string, Operation, Asked] => [
      `Q5.${n}`,
      "Q5",
      { workspace, id: data.conversations[n] as string, first: 30 },
    ]),
    ...few.map((n): [string, Operation, Asked] => [
      `M1.${n}`,
      "M1",
      { workspace, externalId: data.customers[n] as string },
    ]),
    ["M2", "M2", { workspace, id: data.conversations[3] as string, metadata: patch(0, 0) }],
    ["M3", "M3", { workspace, id: data.conversations[4] as string, author: data.member, text: "Hello" }],
  ];
  const answers = new Map<string, unknown>();
  for (const [name, operation, asked] of requests) answers.set(name, await ask(server, operation, asked));
  return answers;
}

const middles = new WeakMap<Server, string>();

/** The cursor after 4,800 of the 10,000 children. */
export async function middleOf(server: Server, data: Data): Promise<string> {
  let after = middles.get(server);
  if (after) return after;
  for (let read = 0; read < 4_800; read += 100)
    after = await endCursorOf(server, { workspace: data.workspaces.measured, id: data.parent, first: 100, after });
  middles.set(server, after as string);
  return after as string;
}

/** A patch that changes the values of the round before. It sets the same keys each time. */
export function patch(lap: number, at: number): object {
  return { priority: ["low", "high"][lap % 2], seen: 2 * at + lap };
}
