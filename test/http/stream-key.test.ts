import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StreamKey } from "../../src/http/stream-key.ts";
import type { Authenticator, KnownKey } from "../../src/keys/authenticate.ts";
import { overloaded } from "../../src/sharing/overloaded.ts";

const known = (expiresAt: Date | null = null) =>
  ({ caller: { permissions: new Set(["read"]) }, expiresAt, revokedAt: null }) as unknown as KnownKey;

function keyOf(authenticate: () => Promise<KnownKey>) {
  const lost: unknown[] = [];
  const renewing = Object.assign(authenticate, { renew: async () => {} }) satisfies Authenticator;
  return { lost, key: new StreamKey(renewing, {}, (error) => lost.push(error)) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a key is lost when a look-up refuses it, and not when the look-up fails", async () => {
  const answers = [overloaded(), new Error("Connection terminated"), new Error("gone")];
  const { key, lost } = keyOf(() => Promise.reject(answers.shift()));
  await key.check();
  await key.check();
  expect(lost).toEqual([]);
  await key.check();
  expect(lost).toEqual([new Error("gone")]);
});

test("a key is looked up again when it expires", async () => {
  let looks = 0;
  const expiresAt = new Date(Date.now() + 60_000);
  const { key } = keyOf(async () => {
    looks++;
    return known(expiresAt);
  });
  await key.currentCaller();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(looks).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks).toBe(2);
  key.close();
});

test("a key that is closed while it is looked up leaves no timer behind", async () => {
  const { key } = keyOf(async () => known(new Date(Date.now() + 60_000)));
  const looked = key.currentCaller();
  key.close();
  await looked;
  expect(vi.getTimerCount()).toBe(0);
});
