import type { IncomingHttpHeaders } from "node:http";
import { type Caller, requirePermission } from "../caller.ts";
import { isUnavailable } from "../database/unavailable.ts";
import { outside } from "../database/usage.ts";
import { DomainError } from "../errors.ts";
import type { Authenticator } from "../keys/authenticate.ts";
import { isOverload } from "../sharing/overloaded.ts";

const maxTimeoutMs = 2 ** 31 - 1;

/** The API key of a stream. It is checked again for every batch, at intervals, and when it expires. */
export class StreamKey {
  readonly headers: IncomingHttpHeaders;
  readonly #authenticate: Authenticator;
  readonly #onLost: (error: unknown) => void;
  #expiry?: NodeJS.Timeout;
  #closed = false;

  /** `onLost` is called when the key is no longer good or may no longer read, with the error that says so. */
  constructor(authenticate: Authenticator, headers: IncomingHttpHeaders, onLost: (error: unknown) => void) {
    this.headers = headers;
    this.#authenticate = authenticate;
    this.#onLost = onLost;
  }

  /** The caller with the present permissions of the key. Throws if the key is no longer good or may no longer read. */
  async currentCaller(): Promise<Caller> {
    const { caller, expiresAt } = await outside(() => this.#authenticate(this.headers));
    requirePermission(caller, "read");
    clearTimeout(this.#expiry);
    if (expiresAt && !this.#closed) {
      const left = Math.min(expiresAt.getTime() - Date.now() + 1, maxTimeoutMs);
      this.#expiry = outside(() => setTimeout(() => void this.check(), left).unref());
    }
    return caller;
  }

  /** If the key cannot be looked up now, the stream goes on until the next check. */
  async check(): Promise<void> {
    try {
      await this.currentCaller();
    } catch (error) {
      if (!isUnavailable(error) && !isOverload(error)) this.#onLost(error);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#expiry);
  }
}

/** Whether an error says that a key is not good, or may not do this. */
export function isRefusedKey(error: unknown): boolean {
  return error instanceof DomainError && ["UNAUTHENTICATED", "FORBIDDEN"].includes(error.code);
}
