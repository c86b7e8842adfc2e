import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import { type Caller, requirePermission } from "../caller.ts";
import { isUnavailable } from "../database/faults.ts";
import type { Authenticator } from "../keys/authenticate.ts";

const maxTimeoutMs = 2 ** 31 - 1;

const outside = AsyncLocalStorage.snapshot();

/** The API key of a stream, which is looked at again for every batch, from time to time, and when it expires. */
export class StreamKey {
  readonly headers: IncomingHttpHeaders;
  readonly #authenticate: Authenticator;
  readonly #onLost: (error: unknown) => void;
  #expiry?: NodeJS.Timeout;

  /** `onLost` is called when the key is no longer good or may no longer read, with the error that says so. */
  constructor(authenticate: Authenticator, headers: IncomingHttpHeaders, onLost: (error: unknown) => void) {
    this.headers = headers;
    this.#authenticate = authenticate;
    this.#onLost = onLost;
  }

  /** The caller as the key says now. Throws when the key is no longer good or may no longer read. */
  async currentCaller(): Promise<Caller> {
    const { caller, expiresAt } = await outside(() => this.#authenticate(this.headers));
    requirePermission(caller, "read");
    this.close();
    const left = expiresAt ? expiresAt.getTime() - Date.now() : maxTimeoutMs;
    this.#expiry = setTimeout(() => void this.check(), Math.min(left + 1, maxTimeoutMs)).unref();
    return caller;
  }

  async check(): Promise<void> {
    try {
      await this.currentCaller();
    } catch (error) {
      if (!isUnavailable(error)) this.#onLost(error);
    }
  }

  close(): void {
    clearTimeout(this.#expiry);
  }
}
