interface Grouped {
  readonly group: string;
}

/** A queue in which groups take turns, however many items each has; within a group, who came first goes first. */
export class Turns<Item extends Grouped> {
  readonly #groups = new Map<string, Set<Item>>();
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
    return true;
  }

  /**
   * Takes out the first item that is ready, of the first group that may go by the first item it has; that group goes to the back.
   */
  take(
    mayGo: (group: string, first: Item) => boolean,
    isReady: (item: Item) => boolean = () => true,
  ): Item | undefined {
    for (const [group, items] of this.#groups) {
      const [first] = items;
      if (!first || !mayGo(group, first)) continue;
      for (const item of items) {
        if (!isReady(item)) continue;
        this.delete(item);
        if (this.#groups.delete(group)) this.#groups.set(group, items);
        return item;
      }
    }
    return undefined;
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
    return items;
  }
}
