import { createHash, randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthenticator } from "../../src/keys/authenticate.ts";
import { parseKeysCommand, UsageError } from "../../src/keys/cli-arguments.ts";
import { grantedPermissions, mintKey } from "../../src/keys/key-format.ts";
import { createKey, listKeys, revokeKey } from "../../src/keys/manage-keys.ts";
import { printable, printableJson } from "../../src/keys/printable.ts";
import { openTestDatabase, testDatabase } from "../support/database.ts";

const newNames = () => ({ workspace: `w-${randomUUID()}`, integration: "website" });
const permissions = ["connect360:conversation:read"];

describe("a key", () => {
  test("is random, tells nothing by its prefix, and is stored as its sha-256 only", async () => {
    const { db } = await testDatabase();
    const { key } = await createKey(db, { ...newNames(), permissions });
    expect(key).toMatch(/^parley_[\w-]{43}$/);
    expect(mintKey().key).not.toBe(mintKey().key);
    const hash = Uint8Array.from(createHash("sha256").update(key).digest());
    const row = await db.apiKey.findUniqueOrThrow({ where: { hash } });
    expect(row.prefix).toBe(key.slice(0, 15));
    expect(JSON.stringify(row)).not.toContain(key.slice(15));
  });

  test("comes with its workspace, member and integration when they are absent, and uses them when they are not", async () => {
    const { db } = await testDatabase();
    const names = { ...newNames(), member: "Robin" };
    await createKey(db, { ...names, permissions });
    await createKey(db, { ...names, permissions });
    await createKey(db, { ...names, integration: "app", permissions });
    const where = { workspace: { slug: names.workspace } };
    expect(await db.member.findMany({ where, select: { name: true } })).toEqual([{ name: "Robin" }]);
    expect(await db.integration.count({ where })).toBe(2);
    expect(await db.apiKey.count({ where })).toBe(3);
  });

  test("acts for a member of its integration's name by default", async () => {
    const { db } = await testDatabase();
    const { info } = await createKey(db, { ...newNames(), permissions });
    expect(info).toMatchObject({ integration: "website", member: "website", state: "active" });
  });

  test("may act for another member than the other keys of its integration, which owns what all of them create", async () => {
    const { db } = await testDatabase();
    const names = newNames();
    const keys = [];
    for (const member of ["Robin", "Sam", undefined])
      keys.push(await createKey(db, { ...names, ...(member && { member }), permissions }));
    expect(keys.map(({ info }) => [info.integration, info.member])).toEqual([
      ["website", "Robin"],
      ["website", "Sam"],
      ["website", "Robin"],
    ]);
    const authenticate = createAuthenticator(db, 0);
    const callers = [];
    for (const { key } of keys) callers.push((await authenticate({ "x-api-key": key })).caller);
    expect(new Set(callers.map(({ integrationId }) => integrationId)).size).toBe(1);
    const members = await db.member.findMany({ where: { id: { in: callers.map(({ memberId }) => memberId) } } });
    expect(members.map(({ name, searchName }) => [name, searchName]).sort()).toEqual([
      ["Robin", "robin"],
      ["Sam", "sam"],
    ]);
  });

  test("can be listed by workspace with its state, newest first", async () => {
    const { db } = await testDatabase();
    const names = newNames();
    const old = await createKey(db, { ...names, permissions, expiresAt: new Date(0) });
    const live = await createKey(db, { ...names, permissions, expiresAt: new Date(Date.now() + 60_000) });
    await revokeKey(db, (await createKey(db, { ...names, permissions })).info.id);
    const keys = await listKeys(db, names.workspace);
    expect(Object.fromEntries(keys.map(({ id, state }) => [id, state]))).toMatchObject({
      [old.info.id]: "expired",
      [live.info.id]: "active",
    });
    expect(keys.map(({ state }) => state).sort()).toEqual(["active", "expired", "revoked"]);
    expect(await listKeys(db, "nobody")).toEqual([]);
    expect(await listKeys(db, keys[0]?.workspaceId)).toEqual(keys);
    expect(keys[0]?.workspaceId).toMatch(/^workspace_[0-9a-f-]{36}$/);
  });

  test("can be revoked by its id, its prefix or itself, and again without effect", async () => {
    const { db } = await testDatabase();
    const names = newNames();
    for (const pick of ["id", "prefix", "key"] as const) {
      const { key, info } = await createKey(db, { ...names, permissions });
      const which = { id: info.id, prefix: info.prefix, key }[pick];
      const revoked = await revokeKey(db, which);
      expect(revoked).toMatchObject({ id: info.id, state: "revoked" });
      expect(await revokeKey(db, which)).toEqual(revoked);
    }
    const { info } = await createKey(db, { ...names, permissions });
    expect(await revokeKey(db, `${info.prefix}…`)).toMatchObject({ id: info.id, state: "revoked" });
    expect(await revokeKey(db, `${info.prefix}...`)).toMatchObject({ id: info.id, state: "revoked" });
    await expect(revokeKey(db, "parley_")).rejects.toThrow("No such key.");
  });

  test("is not revoked by a prefix that several have, nor by one of another workspace", async () => {
    const { db } = await testDatabase();
    const names = newNames();
    const one = await createKey(db, { ...names, permissions });
    const other = await createKey(db, { ...names, permissions });
    await db.apiKey.update({ where: { id: other.info.id }, data: { prefix: one.info.prefix } });
    await expect(revokeKey(db, one.info.prefix)).rejects.toThrow("Several keys begin like that");
    await expect(revokeKey(db, one.info.id, "nobody")).rejects.toThrow("No such key.");
    expect((await listKeys(db, names.workspace)).map(({ state }) => state)).toEqual(["active", "active"]);
  });

  test("has expired when the database's time of that cannot be read, should a CHECK be missing", async () => {
    const { db, close } = await openTestDatabase();
    onTestFinished(close);
    await db.$executeRaw`ALTER TABLE "ApiKey" DROP CONSTRAINT "ApiKey_times_shown"`;
    const names = newNames();
    const { info } = await createKey(db, { ...names, permissions });
    for (const time of ["infinity", "-infinity", "0044-03-15 BC"]) {
      await db.$executeRaw`UPDATE "ApiKey" SET "expiresAt" = ${time}::text::timestamptz WHERE id = ${info.id}::uuid`;
      expect(await listKeys(db, names.workspace)).toMatchObject([{ state: "expired" }]);
    }
  });

  test("with fullAccess may do everything, and otherwise what it names", () => {
    expect(grantedPermissions(["fullAccess"])).toEqual(new Set(["read", "engage", "delete"]));
    expect(grantedPermissions(["connect360:conversation:engage", "unknown"])).toEqual(new Set(["engage"]));
  });
});

describe("the output of names", () => {
  const wild = "a\u001b[31mb\nc\u009bd\u202ee\u2028f👨‍👩‍👧 ü";

  test("never reaches a terminal as a control, and keeps every letter", () => {
    expect(printable(wild)).toBe("a\\u001b[31mb\\u000ac\\u009bd\\u202ee\\u2028f👨‍👩‍👧 ü");
    expect(printableJson({ wild })).toBe('{\n  "wild": "a\\u001b[31mb\\nc\\u009bd\\u202ee\\u2028f👨‍👩‍👧 ü"\n}');
    expect(JSON.parse(printableJson({ wild }))).toEqual({ wild });
  });
});

describe("the arguments of npm run keys", () => {
  test.each([
    [[], "Which command?"],
    [["mint"], "There is no command mint."],
    [["list", "all"], "Not understood: all"],
    [["\u001b[31mmint"], "There is no command \u001b[31mmint."],
    [["list", "--all"], "Unknown option '--all'"],
    [["revoke"], "revoke takes one id, prefix or key."],
    [["create", "--integration", "website"], "--workspace must be"],
    [["create", "--workspace", "Acme Inc", "--integration", "website"], "--workspace must be"],
    [["create", "--workspace", "acme"], "--integration must be"],
    [["create", "--workspace", "acme", "--integration", "w", "--permission", "write"], "--permission must be"],
    ...["constructor", "toString", "__proto__", "hasOwnProperty", ""].map((permission): [string[], string] => [
      ["create", "--workspace", "acme", "--integration", "w", "--permission", permission],
      "--permission must be one of read, engage, delete, fullAccess",
    ]),
    ...["a\u001b[31m", "a\nb", "a\u009b", "a\u202eb", "\u2028"].flatMap((name): [string[], string][] => [
      [["create", "--workspace", "acme", "--integration", `w${name}w`], "none of them a control character"],
      [
        ["create", "--workspace", "acme", "--integration", "w", "--member", `m${name}m`],
        "none of them a control character",
      ],
    ]),
    [["create", "--workspace", "acme", "--integration", "w", "--expires", "soon"], "--expires must be"],
  ])("refuses %j", (args, message) => {
    expect(() => parseKeysCommand(args)).toThrow(UsageError);
    expect(() => parseKeysCommand(args)).toThrow(message);
  });
});
