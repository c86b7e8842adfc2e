import { describe, expect, test } from "vitest";
import { runSearch, searchMs } from "../../src/reading/run-search.ts";
import { newContext } from "../support/context.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

const tooSlow = { code: "BAD_USER_INPUT", reason: "SEARCH_TOO_SLOW", field: "filter" };

describe.runIf(onPostgres)("a search that takes too long", () => {
  test("is ended by the database and refused, the rest of the request is answered, and no later search of it begins", async () => {
    const { pool, recordStatements } = await testDatabase();
    const workspace = await newWorkspace();
    const holder = await pool.connect();
    await holder.query(`BEGIN; LOCK TABLE "Customer"`);
    let answer: Awaited<ReturnType<typeof workspace.query>> | undefined;
    const sent = await recordStatements(async () => {
      answer = await workspace.query(
        `{ slow: customers(filter: {name: "order"}) { nodes { id } }
           later: customers(filter: {metadata: {a: 1}}) { nodes { id } }
           conversations { totalCount } }`,
      );
    });
    await holder.query("ROLLBACK");
    holder.release();
    expect(answer?.data).toEqual({ slow: null, later: null, conversations: { totalCount: 0 } });
    expect(answer?.errors?.map(({ path, extensions }) => [path, extensions])).toEqual([
      [["slow"], tooSlow],
      [["later"], tooSlow],
    ]);
    expect(sent.filter((sql) => sql.includes('"Customer"'))).toHaveLength(1);
    const { rows } = await pool.query("SHOW statement_timeout");
    expect(rows[0].statement_timeout).toBe("15s");
  });
});

test("the time of a search counts for its request, also when a replica runs it", async () => {
  const { ctx } = await newWorkspace();
  const context = newContext(ctx);
  await runSearch({ ...context }, (db) => db.$queryRaw`SELECT FROM pg_sleep(0.02)`);
  expect(searchMs(context)).toBeGreaterThanOrEqual(20);
});

describe.runIf(onPostgres)("searches of one workspace", () => {
  test("run two at a time, and those of another do not wait for them", async () => {
    const [busy, other] = [await newWorkspace(), await newWorkspace()];
    const running: string[] = [];
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const begin = ({ ctx }: typeof busy) =>
      runSearch(newContext(ctx), async () => {
        running.push(ctx.caller.workspaceId);
        await finished;
      });
    const [one, another] = [busy.caller.workspaceId, other.caller.workspaceId];
    const begun = [begin(busy), begin(busy), begin(busy), begin(busy)];
    await expect.poll(() => running, { timeout: 10_000 }).toEqual([one, one]);
    begun.push(begin(other));
    await expect.poll(() => running, { timeout: 10_000 }).toEqual([one, one, another]);
    finish();
    await Promise.all(begun);
    expect(running.slice(3)).toEqual([one, one]);
  });
});
