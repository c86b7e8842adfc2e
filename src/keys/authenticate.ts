import type { IncomingHttpHeaders } from "node:http";
import { LRUCache } from "lru-cache";
import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Database } from "../database/open.ts";
import { beginUsage, currentUsage } from "../database/usage.ts";
import { DomainError, type Reason } from "../errors.ts";
import { FairQueue } from "../sharing/fair-queue.ts";
import { grantedPermissions, hasExpired, hashBytes, hashText, isKey, keyMark } from "./key-format.ts";

/** An API key as it is stored. The prefix may be shown to operators. */
export interface KnownKey {
  readonly id: string;
  readonly prefix: string;
  readonly caller: Caller;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface Authenticator {
  (headers: IncomingHttpHeaders): Promise<KnownKey>;
  /** Looks up the keys of these headers again, all in one statement. */
  renew(all: IncomingHttpHeaders[]): Promise<void>;
}

const maxKnownKeys = 10_000;

/**
 * Finds the API key in the headers of a request, and its Caller, or throws UNAUTHENTICATED.
 * A revoked key stops working within `keyCacheSeconds`; an expired one at once.
 */
export function createAuthenticator(db: Database, keyCacheSeconds: number): Authenticator {
  const { findKey, renew } = cachedLookup(db, keyCacheSeconds);
  const authenticate = async (headers: IncomingHttpHeaders) => {
    const presented = presentedKey(headers);
    const key = isKey(presented) ? await findKey(presented) : null;
    if (!key) throw unauthenticated("UNKNOWN_KEY", "This API key is not known.");
    if (key.revokedAt) throw unauthenticated("REVOKED_KEY", "This API key was revoked.");
    if (hasExpired(key.expiresAt)) throw unauthenticated("EXPIRED_KEY", "This API key has expired.");
    return key;
  };
  return Object.assign(authenticate, {
    renew: (all: IncomingHttpHeaders[]) => renew(all.map((headers) => hashText(presentedKey(headers)))),
  });
}

/** If there is an x-api-key, an Authorization header without one of our keys belongs to a proxy. */
function presentedKey(headers: IncomingHttpHeaders): string {
  const authorization = headers.authorization?.trim();
  const bearer = authorization ? /^bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
  const apiKey = String(headers["x-api-key"] ?? "").trim();
  if (apiKey && bearer?.startsWith(keyMark) && bearer !== apiKey)
    throw unauthenticated("AMBIGUOUS_KEY", "Authorization and x-api-key hold two different API keys. Send one.");
  const key = apiKey || bearer;
  if (key) return key;
  if (authorization)
    throw unauthenticated("MALFORMED_AUTHORIZATION", "The Authorization header has to read: Bearer <API key>.");
  throw unauthenticated("MISSING_KEY", "Send an API key as Authorization: Bearer <API key>, or as x-api-key.");
}

/**
 * Only keys that exist enter the cache, so that guessed ones cannot push them out. Unseen keys are looked up a few at a time, and a few
 * of them may wait. A key that was seen before is looked up with the connections of its workspace.
 */
function cachedLookup(db: Database, keyCacheSeconds: number) {
  const known = new LRUCache<string, KnownKey>({ max: maxKnownKeys, ttl: keyCacheSeconds * 1000, ttlResolution: 0 });
  const workspaces = new LRUCache<string, string>({ max: maxKnownKeys });
  const pending = new Map<string, Promise<KnownKey | null>>();
  const lookups = new FairQueue({ capacity: 2, maxWaiting: 1_000, waitMs: 5_000 });

  async function lookup(id: string): Promise<KnownKey | null> {
    const start = performance.now();
    const key = await readKey(db, id);
    if (key && keyCacheSeconds > 0) known.set(id, key, { start });
    if (key) workspaces.set(id, key.caller.workspaceId);
    else workspaces.delete(id);
    return key;
  }

  async function lookupStranger(id: string): Promise<KnownKey | null> {
    const share = lookups.take(id);
    try {
      await share.granted;
      return await lookup(id);
    } finally {
      share.release();
    }
  }

  function lookupAgain(id: string, workspaceId: string): Promise<KnownKey | null> {
    return currentUsage.run({ ...beginUsage(), workspaceId }, lookup, id);
  }

  async function findKey(presented: string): Promise<KnownKey | null> {
    const id = hashText(presented);
    const cached = known.get(id);
    if (cached) return cached;
    const workspaceId = workspaces.get(id);
    const shared =
      pending.get(id) ??
      (workspaceId ? lookupAgain(id, workspaceId) : lookupStranger(id)).finally(() => pending.delete(id));
    pending.set(id, shared);
    return shared;
  }

  async function renew(ids: string[]): Promise<void> {
    if (keyCacheSeconds === 0) return;
    const start = performance.now();
    const keys = await readKeys(db, ids);
    for (const id of ids) {
      const key = keys.get(id);
      if (key) known.set(id, key, { start });
      else known.delete(id);
    }
  }

  return { findKey, renew };
}

async function readKey(db: Database, hash: string): Promise<KnownKey | null> {
  const row = await db.apiKey.findUnique({ where: { hash: hashBytes(hash) }, select: columns });
  return row && knownKeyOf(row);
}

async function readKeys(db: Database, hashes: string[]): Promise<Map<string, KnownKey>> {
  const given = hashes.map(hashBytes);
  const rows = await db.apiKey.findMany({ where: { hash: { in: given } }, select: { ...columns, hash: true } });
  return new Map(rows.map((row) => [Buffer.from(row.hash).toString("base64"), knownKeyOf(row)]));
}

const columns = {
  id: true,
  prefix: true,
  workspaceId: true,
  integrationId: true,
  memberId: true,
  permissions: true,
  expiresAt: true,
  revokedAt: true,
} as const;

function knownKeyOf(row: Prisma.ApiKeyGetPayload<{ select: typeof columns }>): KnownKey {
  const { id, prefix, workspaceId, integrationId, memberId, expiresAt, revokedAt } = row;
  const caller = {
    workspaceId,
    integrationId,
    memberId,
    permissions: grantedPermissions(row.permissions),
  };
  return { id, prefix, caller, expiresAt, revokedAt };
}

function unauthenticated(reason: Reason<"UNAUTHENTICATED">, message: string): DomainError {
  return new DomainError("UNAUTHENTICATED", message, { reason });
}
