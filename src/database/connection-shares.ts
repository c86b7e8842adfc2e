/** The most connections that look up API keys at the same time. The workspaces of these requests are not known yet. */
const forKeys = 2;

/** Connections beside `max`, so that a workspace that has few is served at once while others have all of `max`. */
const kept = 3;

/** Groups that are no workspace. The gateway itself, for example when it starts, may hold all connections that are left. */
export const [keys, gateway, readiness] = ["keys", "gateway", "readiness"] as const;

/** Counts how many connections of a pool each workspace holds, and decides whether it may hold one more. */
export class ConnectionShares {
  readonly size: number;
  /** How many connections a workspace may hold while another waits for one. */
  readonly half: number;
  /** The most connections that can be open at the same time. */
  readonly connections: number;
  readonly #kept: number;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(size: number, single: boolean) {
    this.size = size;
    this.half = Math.ceil(size / 2);
    this.#kept = single ? 0 : kept;
    this.connections = single ? size : size + kept + 1;
  }

  count(group: string, change: 1 | -1): void {
    if (!this.#hasItsOwn(group)) this.#total += change;
    const held = (this.#held.get(group) ?? 0) + change;
    if (held > 0) this.#held.set(group, held);
    else this.#held.delete(group);
  }

  /** Whether the group may hold one more, as long as it does not hold `limit`. */
  mayHoldMore(group: string, limit: number): boolean {
    if (this.#hasItsOwn(group)) return true;
    const left = this.size + this.#kept - this.#total;
    if (group === gateway) return left > 0;
    const held = this.#held.get(group) ?? 0;
    if (held >= (group === keys ? forKeys : limit)) return false;
    if (this.#total < this.size) return true;
    // Of these free connections, each workspace leaves some for the next.
    return held < Math.min(left, this.half);
  }

  #hasItsOwn(group: string): boolean {
    return group === readiness && this.#kept > 0;
  }
}
