import { setImmediate as nextTurn } from "node:timers/promises";
import type { Commits, Context, LogFollower } from "../context.ts";
import { outside } from "../database/usage.ts";

/** A log that at least one stream follows. */
interface Followed {
  head: bigint;
  followers: number;
  readonly waiting: Set<() => void>;
}

/**
 * Keeps the heads of the logs that streams follow. It reads the head of a log when something may have been committed, and all heads once
 * in `pollMs` milliseconds, in one statement. While nobody follows, it reads nothing.
 */
export class LogHeads implements Commits {
  readonly #db: Context["db"];
  readonly #pollMs: number;
  readonly #logs = new Map<string, Followed>();
  readonly #changed = new Set<string>();
  #asking = false;
  #poll?: NodeJS.Timeout;

  constructor(db: Context["db"], pollMs: number) {
    this.#db = db;
    this.#pollMs = pollMs;
  }

  tell(workspaceId: string): void {
    if (!this.#logs.has(workspaceId)) return;
    this.#changed.add(workspaceId);
    if (!this.#asking) outside(() => void this.#ask());
  }

  follow(workspaceId: string): LogFollower {
    const log = this.#logs.get(workspaceId) ?? { head: 0n, followers: 0, waiting: new Set() };
    this.#logs.set(workspaceId, log);
    log.followers++;
    this.#poll ??= setInterval(() => this.#askAll(), this.#pollMs).unref();
    let ended = false;
    return {
      waitBeyond: (number, ms, signal) => waitBeyond(log, number, { ms, signal }),
      end: () => {
        if (!ended && --log.followers === 0) this.#logs.delete(workspaceId);
        ended = true;
        if (this.#logs.size === 0) this.close();
      },
    };
  }

  close(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }

  #askAll(): void {
    for (const workspaceId of this.#logs.keys()) this.tell(workspaceId);
  }

  /** One statement runs at a time. Commits that are told meanwhile are read by the next one. */
  async #ask(): Promise<void> {
    this.#asking = true;
    while (this.#changed.size > 0) {
      await nextTurn();
      const workspaceIds = [...this.#changed];
      this.#changed.clear();
      // Without an answer, the next poll asks again.
      const heads = await this.#read(workspaceIds).catch(() => []);
      for (const { workspaceId, head } of heads) this.#move(workspaceId, head);
    }
    this.#asking = false;
  }

  #read(workspaceIds: string[]): Promise<{ workspaceId: string; head: bigint }[]> {
    return this.#db.$queryRaw`
      SELECT "workspaceId", head FROM "EventLog" WHERE "workspaceId" = ANY (${workspaceIds}::uuid[])`;
  }

  #move(workspaceId: string, head: bigint): void {
    const log = this.#logs.get(workspaceId);
    if (!log || head <= log.head) return;
    log.head = head;
    for (const wake of [...log.waiting]) wake();
  }
}

interface Patience {
  ms: number;
  signal: AbortSignal | undefined;
}

async function waitBeyond(log: Followed, number: bigint, { ms, signal }: Patience): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (log.head <= number && !signal?.aborted) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        log.waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, left).unref();
      log.waiting.add(wake);
      signal?.addEventListener("abort", wake);
    });
  }
  return !signal?.aborted;
}
