import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createAuthenticator } from "../../src/keys/authenticate.ts";
import { hashKey } from "../../src/keys/key-format.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
  gateway = await startGateway();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const revoke = (key: string) =>
  database.db.apiKey.update({ where: { hash: hashKey(key) }, data: { revokedAt: new Date() } });

const headers = (values: Record<string, string>) => values;

async function refusal(values: Record<string, string>) {
  const authenticate = createAuthenticator(database.db, 0);
  const error = await authenticate(headers(values)).then(
    () => undefined,
    (reason) => reason,
  );
  return `${error?.code} ${error?.details.reason}`;
}

describe("a key", () => {
  test.each(["Bearer", "bearer", "BEARER"])("is read from Authorization, scheme %s", async (scheme) => {
    const { caller } = await createAuthenticator(
      database.db,
      0,
    )(headers({ authorization: `${scheme} ${gateway.key}` }));
    expect(caller).toEqual({ ...gateway.caller, permissions: new Set(["read", "engage", "delete"]) });
  });

  test("is read from x-api-key", async () => {
    const { caller } = await createAuthenticator(database.db, 0)(headers({ "x-api-key": gateway.key }));
    expect(caller.integrationId).toBe(gateway.integration.id);
  });

  test("may stand in both headers when it is the same", async () => {
    const both = { authorization: `Bearer ${gateway.key}`, "x-api-key": gateway.key };
    expect(await createAuthenticator(database.db, 0)(headers(both))).toBeTruthy();
  });

  test.each([
    "Basic dXNlcjpwYXNz",
    "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
    'Digest username="a", realm="b"',
    "Negotiate YIIB",
    "Bearer",
    "",
  ])("is read from x-api-key beside a proxy's Authorization: %s", async (authorization) => {
    const { caller } = await createAuthenticator(database.db, 0)(headers({ authorization, "x-api-key": gateway.key }));
    expect(caller.integrationId).toBe(gateway.integration.id);
  });

  test("grants what is stored with it and nothing else", async () => {
    const key = await gateway.newKey({ permissions: ["connect360:conversation:engage"] });
    const { caller } = await createAuthenticator(database.db, 0)(headers({ "x-api-key": key }));
    expect(caller.permissions).toEqual(new Set(["engage"]));
  });
});

describe("refused as UNAUTHENTICATED", () => {
  test("is a request without a key", async () => {
    expect(await refusal({})).toBe("UNAUTHENTICATED MISSING_KEY");
    expect(await refusal({ authorization: "", "x-api-key": " " })).toBe("UNAUTHENTICATED MISSING_KEY");
  });

  test.each(["Basic dXNlcjpwYXNz", "Bearer", "Bearer two words", "parley_without_scheme"])(
    "is an Authorization header that reads %s",
    async (authorization) => {
      expect(await refusal({ authorization })).toBe("UNAUTHENTICATED MALFORMED_AUTHORIZATION");
      expect(await refusal({ authorization, "x-api-key": " " })).toBe("UNAUTHENTICATED MALFORMED_AUTHORIZATION");
    },
  );

  test("are two different keys, even good ones, or one of them cut", async () => {
    const other = await gateway.newKey();
    for (const bearer of [other, `${gateway.key}x`, "parley_"]) {
      const both = { authorization: `Bearer ${bearer}`, "x-api-key": gateway.key };
      expect(await refusal(both)).toBe("UNAUTHENTICATED AMBIGUOUS_KEY");
    }
  });

  test("is an x-api-key that is not known, with any headers of a proxy", async () => {
    const both = { authorization: "Basic dXNlcjpwYXNz", "x-api-key": "unknown" };
    expect(await refusal(both)).toBe("UNAUTHENTICATED UNKNOWN_KEY");
  });

  test("is a key that does not exist", async () => {
    expect(await refusal({ "x-api-key": `${gateway.key}x` })).toBe("UNAUTHENTICATED UNKNOWN_KEY");
    expect(await refusal({ "x-api-key": gateway.key.toUpperCase() })).toBe("UNAUTHENTICATED UNKNOWN_KEY");
    expect(await refusal({ "x-api-key": `parley_${"x".repeat(43)}` })).toBe("UNAUTHENTICATED UNKNOWN_KEY");
  });

  test("is an expired key", async () => {
    const key = await gateway.newKey({ expiresAt: new Date(Date.now() - 1) });
    expect(await refusal({ "x-api-key": key })).toBe("UNAUTHENTICATED EXPIRED_KEY");
  });

  test("is a revoked key", async () => {
    const key = await gateway.newKey({ revokedAt: new Date() });
    expect(await refusal({ "x-api-key": key })).toBe("UNAUTHENTICATED REVOKED_KEY");
  });
});

describe("the look-up", () => {
  test("is remembered, for as long as it is said", async () => {
    const key = { "x-api-key": await gateway.newKey() };
    const remembering = createAuthenticator(database.db, 60);
    const forgetful = createAuthenticator(database.db, 0);
    const twice = (authenticate: typeof remembering) => async () => {
      await authenticate(headers(key));
      await authenticate(headers(key));
    };
    const one = await database.countStatements(() => forgetful(headers(key)));
    expect(await database.countStatements(twice(remembering))).toBe(one);
    expect(await database.countStatements(twice(forgetful))).toBe(2 * one);
  });

  test("costs nothing for what cannot be a key", async () => {
    for (const key of ["unknown", `${gateway.key}x`, gateway.key.slice(0, -1), gateway.key.toUpperCase()])
      expect(await database.countStatements(() => refusal({ "x-api-key": key }))).toBe(0);
  });

  test("is shared by requests that come at the same time", async () => {
    const key = { "x-api-key": await gateway.newKey() };
    const authenticate = createAuthenticator(database.db, 0);
    const one = await database.countStatements(() => authenticate(headers(key)));
    const all = () => Promise.all(Array.from({ length: 20 }, () => authenticate(headers(key))));
    expect(await database.countStatements(all)).toBe(one);
  });

  test("forgets a revoked key at once when nothing is remembered", async () => {
    const key = await gateway.newKey();
    const authenticate = createAuthenticator(database.db, 0);
    await authenticate(headers({ "x-api-key": key }));
    await revoke(key);
    await expect(authenticate(headers({ "x-api-key": key }))).rejects.toMatchObject({
      details: { reason: "REVOKED_KEY" },
    });
  });

  test("lets a revoked key work for as long as it is remembered, and no longer", async () => {
    const clock = vi.spyOn(performance, "now").mockReturnValue(1_000);
    const key = { "x-api-key": await gateway.newKey() };
    const authenticate = createAuthenticator(database.db, 5);
    await authenticate(headers(key));
    await revoke(key["x-api-key"]);
    clock.mockReturnValue(6_000);
    expect(await authenticate(headers(key))).toBeTruthy();
    clock.mockReturnValue(6_001);
    await expect(authenticate(headers(key))).rejects.toMatchObject({ details: { reason: "REVOKED_KEY" } });
  });

  test("does not prolong the life of an expiring key", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const key = { "x-api-key": await gateway.newKey({ expiresAt: new Date(Date.now() + 1_000) }) };
    const authenticate = createAuthenticator(database.db, 60);
    expect(await authenticate(headers(key))).toBeTruthy();
    vi.advanceTimersByTime(1_000);
    await expect(authenticate(headers(key))).rejects.toMatchObject({ details: { reason: "EXPIRED_KEY" } });
  });
});
