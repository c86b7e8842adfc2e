import type { ExecutionArgs, ExecutionResult } from "graphql";
import { defaults } from "../config.ts";
import { outside } from "../database/usage.ts";
import type { Authenticator } from "../keys/authenticate.ts";
import { overloaded } from "../sharing/overloaded.ts";
import type { Admission } from "./admission.ts";
import type { OperationContext } from "./request-reader.ts";
import { Stream } from "./stream.ts";
import { StreamPlaces } from "./stream-places.ts";

export interface StreamLimits {
  /** Streams that this process holds at the same time, half of them of one workspace. */
  max: number;
  /** After about so many seconds a stream ends, and its client opens another one, perhaps on another gateway. */
  maxSeconds: number;
  /** In milliseconds. When the gateway is about to stop, the streams end in the second half of this time. */
  drainMs: number;
}

export const defaultStreamLimits: StreamLimits = {
  max: defaults.maxSubscriptions,
  maxSeconds: defaults.subscriptionMaxSeconds,
  drainMs: 0,
};

interface StreamsOptions extends StreamLimits {
  authenticate: Authenticator;
  admission: Admission;
  /** For how long an API key is remembered. */
  keyCacheSeconds: number;
  stopping?: AbortSignal | undefined;
}

/** The least and the most time between two looks at the keys of all streams. */
const [minCheckMs, maxCheckMs] = [1_000, 30_000];

/** The streams of this process. */
export class OpenStreams {
  readonly #options: StreamsOptions;
  readonly #places: StreamPlaces;
  readonly #open = new Set<Stream>();
  #checking?: NodeJS.Timeout | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#places = new StreamPlaces(options.max);
    options.stopping?.addEventListener("abort", () => this.#drain(), { once: true });
  }

  get held(): number {
    return this.#places.held;
  }

  /** Opens a stream of batches of this price. Throws when there is no place for it. */
  open(args: ExecutionArgs, price: number): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    const { keyId, caller } = args.contextValue as OperationContext;
    const { authenticate, admission, maxSeconds, stopping } = this.#options;
    if (stopping?.aborted) throw overloaded();
    const giveBack = this.#places.take(keyId, caller.workspaceId);
    const onEnd = () => {
      clearTimeout(aged);
      this.#open.delete(stream);
      giveBack();
    };
    const stream = new Stream(args, { authenticate, admission, price, onEnd });
    const aged = setTimeout(() => stream.end("age"), maxSeconds * 1000 * (0.9 + Math.random() / 5)).unref();
    this.#open.add(stream);
    this.#checking ??= this.#checkLater();
    return stream.open();
  }

  #checkLater(): NodeJS.Timeout {
    const ms = Math.min(maxCheckMs, Math.max(minCheckMs, this.#options.keyCacheSeconds * 1000));
    return outside(() => setTimeout(() => void this.#checkKeys(), ms).unref());
  }

  /** Looks up the keys of all streams in one statement, however many there are. */
  async #checkKeys(): Promise<void> {
    const streams = [...this.#open];
    const byKey = new Map(streams.map((stream) => [stream.keyId, stream.key.headers]));
    await this.#options.authenticate.renew([...byKey.values()]).catch(() => {});
    await Promise.all(streams.map((stream) => stream.key.check()));
    this.#checking = this.#open.size > 0 ? this.#checkLater() : undefined;
  }

  /** The streams end in the second half of the delay: by then, balancers send new ones to other gateways. */
  #drain(): void {
    const { drainMs } = this.#options;
    for (const stream of this.#open) setTimeout(() => stream.end("drain"), drainMs * (0.5 + Math.random() / 2));
  }
}
