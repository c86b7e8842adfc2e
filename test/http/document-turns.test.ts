import { expect, test } from "vitest";
import { DocumentTurns } from "../../src/http/document-turns.ts";

test("documents of one workspace take turns, those of another do not wait for them", async () => {
  const turns = new DocumentTurns();
  const order: string[] = [];
  const ask = async (workspace: string) => {
    await turns.wait(workspace);
    order.push(workspace);
    await Promise.resolve();
    order.push(`${workspace} done`);
  };
  const asked = ["a", "a", "a", "a", "b"].map(ask);
  await asked[4];
  // One turn of each, though four of the one came first.
  expect(order.filter((entry) => entry === "a")).toHaveLength(1);
  await Promise.all(asked);
  const ofOne = order.filter((entry) => entry.startsWith("a"));
  expect(ofOne).toEqual(Array(4).fill(["a", "a done"]).flat());
  await turns.wait("a");
});
