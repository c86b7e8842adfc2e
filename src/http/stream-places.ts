import { DomainError } from "../errors.ts";
import { overloaded } from "../sharing/overloaded.ts";

/** Streams that one API key may hold in this process. */
const perKey = 50;

/** Seconds after which somebody may have gone. */
const retryAfter = 5;

/** The streams that this process holds at the same time: so many, half of them for one workspace, 50 for one API key. */
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

  /** Takes a place, and returns how it is given back; throws RATE_LIMITED or SERVICE_UNAVAILABLE when there is none. */
  take(keyId: string, workspaceId: string): () => void {
    if (this.#total >= this.#max) throw overloaded();
    const groups = [keyId, `workspace:${workspaceId}`];
    const limits = [perKey, Math.ceil(this.#max / 2)];
    const full = groups.findIndex((group, at) => (this.#held.get(group) ?? 0) >= (limits[at] as number));
    if (full >= 0) throw tooMany(full === 0 ? "API key" : "workspace", limits[full] as number);
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
