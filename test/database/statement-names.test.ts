import { randomUUID } from "node:crypto";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { adHoc, StatementNames } from "../../src/database/statement-names.ts";
import { openTestDatabase } from "../support/database.ts";

const statement = (length: number) => `SELECT '${randomUUID()}${"x".repeat(length)}'`;

describe("a statement", () => {
  const names = () => new StatementNames(new pg.Pool());

  test("is named when it is seen a second time, and keeps its name", () => {
    const all = names();
    const [one, other] = [statement(10), statement(10)];
    expect([all.nameOf(one), all.nameOf(other)]).toEqual(["", ""]);
    const name = all.nameOf(one);
    expect(name).not.toBe("");
    expect(all.nameOf(one)).toBe(name);
    expect(all.nameOf(other)).not.toBe(name);
  });

  test.each([
    ["is longer than 16 KiB", statement(16 * 1024)],
    ["is to be planned for its values", `${adHoc}SELECT 1`],
    ["cannot be prepared", "BEGIN"],
  ])("never has a name when it %s", (_, text) => {
    const all = names();
    expect([all.nameOf(text), all.nameOf(text), all.nameOf(text)]).toEqual(["", "", ""]);
  });

  test("keeps its name however many others are sent once", () => {
    const all = names();
    const text = statement(10);
    all.nameOf(text);
    const name = all.nameOf(text);
    for (let n = 0; n < 5_000; n++) expect(all.nameOf(statement(100))).toBe("");
    expect(all.nameOf(text)).toBe(name);
  });

  test("gets a new name, at once and never one that another has had, when others have used up the room", () => {
    const all = names();
    const text = statement(10);
    all.nameOf(text);
    const given = new Set([all.nameOf(text)]);
    for (let n = 0; n < 17; n++) {
      const other = statement(16_000);
      all.nameOf(other);
      const name = all.nameOf(other);
      expect(given.has(name)).toBe(false);
      given.add(name);
    }
    const again = all.nameOf(text);
    expect(again).not.toBe("");
    expect(given.has(again)).toBe(false);
  });
});

test("a connection holds the statements of the latest names only, and answers all the while", async () => {
  const { db, pool, close } = await openTestDatabase();
  const held = async () => {
    const { rows } = await pool.query(
      "SELECT coalesce(sum(length(statement)), 0)::int AS n FROM pg_prepared_statements",
    );
    return rows[0].n as number;
  };
  let most = 0;
  for (let n = 0; n < 60; n++) {
    const text = statement(12_000);
    for (const _ of [1, 2, 3]) expect(await db.$queryRawUnsafe(text)).toHaveLength(1);
    most = Math.max(most, await held());
  }
  expect(most).toBeGreaterThan(100 * 1024);
  expect(most).toBeLessThanOrEqual(256 * 1024);
  await close();
});
