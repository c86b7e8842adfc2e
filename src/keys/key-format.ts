import { hash, randomBytes } from "node:crypto";
import { type Permission, permissions } from "../caller.ts";

/** The text with which every API key begins. */
export const keyMark = "parley_";

const prefixLength = keyMark.length + 8;

const keyForm = new RegExp(`^${keyMark}[\\w-]{43}$`);

/** A new key, with the prefix that people may see, and the hash that the database stores. */
export function mintKey() {
  const key = `${keyMark}${randomBytes(32).toString("base64url")}`;
  return { key, prefix: key.slice(0, prefixLength), hash: hashKey(key) };
}

/** Whether a text has the form of an API key. */
export function isKey(text: string): boolean {
  return keyForm.test(text);
}

/** The sha-256 under which the database finds a key. */
export function hashKey(key: string): Uint8Array<ArrayBuffer> {
  return hashBytes(hashText(key));
}

/** The same in base64. */
export function hashText(key: string): string {
  return hash("sha256", key, "base64");
}

/** The bytes of a hash in base64. */
export function hashBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "base64"));
}

/** The permissions that a key grants, from those that are stored; fullAccess grants all. */
export function grantedPermissions(stored: readonly string[]): ReadonlySet<Permission> {
  const all = Object.keys(permissions) as Permission[];
  return new Set(all.filter((name) => stored.includes("fullAccess") || stored.includes(permissions[name])));
}

/** Whether a key has expired at this time. A time that cannot be read counts as past. */
export function hasExpired(expiresAt: Date | null): boolean {
  return expiresAt !== null && !(expiresAt.getTime() > Date.now());
}
