import { hash, randomBytes } from "node:crypto";
import { type Permission, permissions } from "../caller.ts";

const prefixLength = "parley_".length + 8;

/** A new key, what people may see of it, and what the database stores of it. */
export function mintKey() {
  const key = `parley_${randomBytes(32).toString("base64url")}`;
  return { key, prefix: key.slice(0, prefixLength), hash: hashKey(key) };
}

/** Whether it looks like a key of ours at all. */
export function isKey(text: string): boolean {
  return /^parley_[\w-]{43}$/.test(text);
}

/** The sha-256 under which a key is found. */
export function hashKey(key: string) {
  return hash("sha256", key, "buffer") as Buffer<ArrayBuffer>;
}

/** What the stored permissions of a key allow; fullAccess allows all. */
export function grantedPermissions(stored: readonly string[]): ReadonlySet<Permission> {
  const all = Object.keys(permissions) as Permission[];
  return new Set(all.filter((name) => stored.includes("fullAccess") || stored.includes(permissions[name])));
}

/** Whether a key that expires then has expired; one whose time cannot be read has. */
export function hasExpired(expiresAt: Date | null): boolean {
  return expiresAt !== null && !(expiresAt.getTime() > Date.now());
}
