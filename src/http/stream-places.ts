import { DomainError } from "../errors.ts";
import { overloaded } from "../sharing/overloaded.ts";

/** Streams that one API key may hold in this process. */
const perKey = 50;

/** Seconds after which a place may be free again. */
const retryAfter = 5;

/** Counts the streams that this process holds. It has `max` places: one workspace may have half of them, one API key 50. */
export class StreamPlaces {
  readonly #max: number;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get held(): number {
    return this.#total;
  }

  /** Takes a place and returns a function that gives it back. Throws RATE_LIMITED or SERVICE_UNAVAILABLE if there is none. */
  take(keyId: string, workspaceId: string): () => void {
    if (this.#total >= this.#max) throw overloaded();
    this.#require("API key", keyId, perKey);
    this.#require("workspace", workspaceId, Math.ceil(this.#max / 2));
    const groups = [keyId, workspaceId];
    for (const group of groups) this.#count(group, 1);
    this.#total++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      for (const group of groups) this.#count(group, -1);
      this.#total--;
    };
  }

  #require(whose: string, group: string, limit: number): void {
    if ((this.#held.get(group) ?? 0) >= limit) throw tooMany(whose, limit);
  }

  #count(group: string, change: 1 | -1): void {
    const held = (this.#held.get(group) ?? 0) + change;
    if (held > 0) this.#held.set(group, held);
    else this.#held.delete(group);
  }
}

function tooMany(whose: string, limit: number): DomainError<"RATE_LIMITED"> {
  const message = `This ${whose} has ${limit} subscriptions here, as many as it may. End one, or try again later.`;
  return new DomainError("RATE_LIMITED", message, { reason: "TOO_MANY_SUBSCRIPTIONS", limit, retryAfter });
}
