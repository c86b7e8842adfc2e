import { setTimeout as wait } from "node:timers/promises";
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import { type Context, Loaders } from "../context.ts";
import { isUnavailable } from "../database/unavailable.ts";
import { beginUsage, currentUsage, outside } from "../database/usage.ts";
import { DomainError } from "../errors.ts";
import type { Step } from "../events/follow-events.ts";
import { rowsUsed } from "../pricing/rows-used.ts";
import { isOverload } from "../sharing/overloaded.ts";
import type { StreamRecord } from "../telemetry/exchange.ts";
import type { Admission } from "./admission.ts";
import { weighAgain } from "./bound-unread-answers.ts";
import type { OperationContext, ReaderOptions } from "./request-reader.ts";
import { isRefusedKey, StreamKey } from "./stream-key.ts";
import { toGraphQLError } from "./to-graphql-error.ts";

/** A client that takes nothing for so many milliseconds is disconnected. */
const maxStallMs = 60_000;
/** If the database or this process cannot answer a batch, it is tried again after so many milliseconds. */
const retryMs = 500;

interface StreamOptions extends Pick<ReaderOptions, "authenticate"> {
  readonly admission: Pick<Admission, "enterBatch">;
  /** The price of one batch. */
  readonly price: number;
  /** Called once, when it has ended. */
  readonly onEnd: () => void;
}

type EndReason = StreamRecord["end"];

/** A subscription that is answered in batches. Each batch comes when the client has taken the one before, and when its points are paid. */
export class Stream {
  readonly key: StreamKey;
  readonly #args: ExecutionArgs;
  readonly #context: OperationContext;
  readonly #options: StreamOptions;
  readonly #ending = new AbortController();
  readonly #record: StreamRecord = { batches: 0, events: 0, end: "gone" };
  /** The error that says why the caller may not read on. */
  #lost?: unknown;

  constructor(args: ExecutionArgs, options: StreamOptions) {
    this.#args = args;
    this.#context = args.contextValue as OperationContext;
    this.#options = options;
    this.key = new StreamKey(options.authenticate, this.#context.req.headers, (error) => this.#lose(error));
    this.#context.res.once("close", () => this.#close());
  }

  get keyId(): string {
    return this.#context.keyId;
  }

  /** Begins to follow, or answers with the reason why it cannot. */
  async open(): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> {
    try {
      const source = await createSourceEventStream({
        ...this.#args,
        contextValue: this.#contextOf(this.#context.caller),
      });
      const isStream = Symbol.asyncIterator in source;
      if (isStream) this.#context.exchange.stream = this.#record;
      if (!isStream || this.#context.res.closed) this.#close();
      return isStream ? this.#answer(source as AsyncGenerator<Step>) : source;
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** Ends the stream with `complete` after the present batch. */
  end(reason: EndReason): void {
    if (this.#ending.signal.aborted) return;
    this.#record.end = reason;
    this.#ending.abort();
  }

  #lose(error: unknown): void {
    this.#lost ??= error;
    this.end(isRefusedKey(error) ? "key" : "error");
  }

  async *#answer(source: AsyncGenerator<Step>): AsyncGenerator<ExecutionResult> {
    let stalled: NodeJS.Timeout | undefined;
    try {
      for await (const step of source) {
        const result = await this.#batchOf(step);
        if (!result) continue;
        if (result.data && step.quiet && step.shown === 0) continue;
        weighAgain(this.#context.res);
        this.#record.batches++;
        this.#record.events += step.shown;
        stalled = setTimeout(() => this.#cut(), maxStallMs).unref();
        yield result;
        clearTimeout(stalled);
        // A batch cannot be null, so an error in it leaves no data and no cursor to continue from.
        if (!result.data) return this.end("error");
      }
      if (this.#lost) yield { errors: [toGraphQLError(this.#lost)] };
    } finally {
      clearTimeout(stalled);
      this.#close();
    }
  }

  #cut(): void {
    this.end("stalled");
    this.#context.req.socket.destroy();
  }

  /** Also closes a stream that nobody has begun to read. */
  #close(): void {
    this.end("gone");
    this.key.close();
    this.#options.onEnd();
  }

  /** Undefined if the stream has to end first. */
  async #batchOf(step: Step): Promise<ExecutionResult | undefined> {
    while (!this.#ending.signal.aborted) {
      try {
        return await (step.news ? this.#read(step) : this.#execute(step));
      } catch (error) {
        if (this.#ending.signal.aborted) break;
        const seconds = error instanceof DomainError ? error.details.retryAfter : undefined;
        if (error instanceof DomainError && error.code === "RATE_LIMITED") await this.#pause((seconds ?? 1) * 1000);
        else if (isUnavailable(error) || isOverload(error)) await this.#pause(retryMs * (1 + Math.random()));
        else this.#lose(error);
      }
    }
    return undefined;
  }

  async #read(step: Step): Promise<ExecutionResult> {
    const { caller, newBill } = this.#context;
    const { price, admission } = this.#options;
    const leave = await admission.enterBatch(caller.workspaceId, price, this.#ending.signal);
    try {
      const bill = newBill();
      await bill?.take(price);
      const usage = { ...beginUsage(), workspaceId: caller.workspaceId };
      let data: unknown;
      try {
        const result = await outside(() => currentUsage.run(usage, () => this.#execute(step)));
        data = result.data;
        return result;
      } finally {
        await bill?.correct(rowsUsed(price, usage.rows, data) - price);
      }
    } finally {
      leave();
    }
  }

  /**
   * Each batch reads everything again, with the present permissions of the key. Without the database it fails as a whole: its fields do
   * not become null.
   */
  async #execute(step: Step): Promise<ExecutionResult> {
    const before = { ...step };
    const contextValue = this.#contextOf(await this.key.currentCaller());
    const result = await execute({ ...this.#args, contextValue, rootValue: step });
    const unavailable = result.errors?.find((error) => isUnavailable(error));
    if (!unavailable) return result;
    Object.assign(step, before);
    throw unavailable;
  }

  #contextOf(caller: Context["caller"]): OperationContext {
    const own = { caller, signal: this.#ending.signal, loaders: new Loaders() };
    return Object.assign(Object.create(this.#context), own);
  }

  async #pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#ending.signal, ref: false }).catch(() => {});
  }
}
