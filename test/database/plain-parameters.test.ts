import { describe, expect, test } from "vitest";
import { plain, showParameters } from "../../src/database/plain-parameters.ts";
import { testDatabase } from "../support/database.ts";

describe("a statement for Citus", () => {
  test.each([
    ['"workspaceId" = (SELECT $1::uuid)', '"workspaceId" = $1::uuid'],
    ["id = ANY ((SELECT $12::uuid[])) LIMIT (SELECT $2::int)", "id = ANY ($12::uuid[]) LIMIT $2::int"],
    ["(SELECT $1::uuid FROM x)", "(SELECT $1::uuid FROM x)"],
    ["(SELECT id FROM x WHERE id = $1)", "(SELECT id FROM x WHERE id = $1)"],
    [
      'r."workspaceId" BETWEEN (SELECT $1::uuid) AND (SELECT $2::uuid) AND r.id > (SELECT $3::uuid)',
      'r."workspaceId" = $1::uuid AND r."workspaceId" <= $2::uuid AND r.id > $3::uuid',
    ],
    ["SELECT 1", "SELECT 1"],
  ])("shows the planner its parameters: %s", (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  test("answers the same as one that hides them, however it is sent", async () => {
    const { pool } = await testDatabase();
    const client = await pool.connect();
    const query = {
      text: "SELECT (SELECT $1::int) + 1 AS next, (SELECT $2::text[]) AS names",
      values: [41, ["a", "b"]],
    };
    const hidden = await client.query({ ...query });
    showParameters(client);
    const shown = await client.query({ ...query });
    expect(shown.rows).toEqual(hidden.rows);
    expect(await new Promise((resolve) => client.query({ ...query }, (_: unknown, { rows }) => resolve(rows)))).toEqual(
      hidden.rows,
    );
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    client.release(true);
  });
});
