interface Grouped {
  readonly group: string;
}

/** The most by which a group falls behind the others, however much it has cost. It is in milliseconds if costs are times. */
const maxDebt = 1_000;

/**
 * A queue in which groups take turns, however many items each has. The items of a group keep their order. If costs are charged, the group
 * that has cost least goes first. So groups that wait get the same amount, and not the same number of items. A group that did not wait has
 * no claim to the time that others got meanwhile.
 */
export class Turns<Item extends Grouped> {
  readonly #groups = new Map<string, Set<Item>>();
  /** The costs of each group that was charged while others waited. */
  readonly #costs = new Map<string, number>();
  /** The costs of the group that went last, before it went. No group that waits has less. */
  #level = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: Item): void {
    const items = this.#groups.get(item.group) ?? new Set();
    this.#groups.set(item.group, items.add(item));
    this.#size++;
  }

  /** Takes an item out; false when it was not there any more. */
  delete(item: Item): boolean {
    const items = this.#groups.get(item.group);
    if (!items?.delete(item)) return false;
    this.#size--;
    if (items.size === 0) this.#groups.delete(item.group);
    if (this.#size === 0) this.#forget();
    return true;
  }

  /** Adds the cost of an item that was taken out. It counts if others wait now. */
  charge(group: string, cost: number): void {
    if (this.#size > 0) this.#costs.set(group, Math.min(this.#costOf(group) + cost, this.#level + maxDebt));
  }

  /**
   * Takes out the first ready item of the group that has cost least, among the groups whose first item may go. Of groups with equal costs,
   * the one that waited longest goes, and then moves to the back.
   */
  take(
    mayGo: (group: string, first: Item) => boolean,
    isReady: (item: Item) => boolean = () => true,
  ): Item | undefined {
    let next: Item | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [group, items] of this.#groups) {
      const cost = this.#costOf(group);
      const [first] = items;
      if (cost >= least || !first || !mayGo(group, first)) continue;
      const ready = firstOf(items, isReady);
      if (!ready) continue;
      [next, least] = [ready, cost];
      if (cost === this.#level) break;
    }
    if (!next) return undefined;
    this.#level = least;
    this.#moveToBack(next.group);
    this.delete(next);
    return next;
  }

  /** Takes out the last item of the group that has the most. */
  takeLastOfLongest(): Item | undefined {
    let longest = new Set<Item>();
    for (const items of this.#groups.values()) if (items.size >= longest.size) longest = items;
    const last = [...longest].at(-1);
    if (last) this.delete(last);
    return last;
  }

  /** Takes out all of them. */
  clear(): Item[] {
    const items = [...this.#groups.values()].flatMap((group) => [...group]);
    this.#groups.clear();
    this.#size = 0;
    this.#forget();
    return items;
  }

  #costOf(group: string): number {
    return Math.max(this.#costs.get(group) ?? 0, this.#level);
  }

  #moveToBack(group: string): void {
    const items = this.#groups.get(group);
    if (items && this.#groups.delete(group)) this.#groups.set(group, items);
  }

  #forget(): void {
    this.#costs.clear();
    this.#level = 0;
  }
}

function firstOf<Item>(items: Set<Item>, isReady: (item: Item) => boolean): Item | undefined {
  for (const item of items) if (isReady(item)) return item;
  return undefined;
}
