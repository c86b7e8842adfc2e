/** A body or an answer that waits for its client to send or to read it. */
export interface BacklogItem {
  readonly group: string;
  /** Bytes that are held for it now. */
  weigh(): number;
  /** Drops the item. */
  cut(): void;
}

/** Every item counts for so many bytes beside its own, for its connection, its request and its timers. */
export const overhead = 32 * 1024;

/** Items that wait for clients, bounded by the bytes that are held for them. */
export class Backlog {
  /** Bytes when they were weighed last, the oldest item first. */
  readonly #weights = new Map<BacklogItem, number>();
  readonly #maxBytes: number;
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#weights.size;
  }

  /** Adds an item, or weighs it again after it has grown. If all together are too heavy, the heaviest group loses its oldest items. */
  weigh(item: BacklogItem): void {
    this.#setWeight(item, item.weigh() + overhead);
    if (this.#total <= this.#maxBytes) return;
    for (const each of this.#weights.keys()) this.#setWeight(each, each.weigh() + overhead);
    while (this.#total > this.#maxBytes) this.#cutOldest(this.#heaviestGroup());
  }

  delete(item: BacklogItem): void {
    this.#total -= this.#weights.get(item) ?? 0;
    this.#weights.delete(item);
  }

  #setWeight(item: BacklogItem, weight: number): void {
    this.#total += weight - (this.#weights.get(item) ?? 0);
    this.#weights.set(item, weight);
  }

  #heaviestGroup(): string | undefined {
    const groups = new Map<string, number>();
    for (const [{ group }, weight] of this.#weights) groups.set(group, (groups.get(group) ?? 0) + weight);
    return [...groups].sort(([, a], [, b]) => b - a)[0]?.[0];
  }

  #cutOldest(group: string | undefined): void {
    for (const item of this.#weights.keys()) {
      if (item.group !== group) continue;
      this.delete(item);
      item.cut();
      return;
    }
  }
}
