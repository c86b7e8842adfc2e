/** A group is active for so many milliseconds after it has begun something. */
const activeMs = 1_000;

/**
 * Limits how much begins in one turn of the event loop. While several groups are active, one piece of work begins in a turn, so that no
 * group waits for all the work of another. While one group is active, more may begin.
 */
export class Pace {
  readonly #alone: number;
  readonly #resume: () => void;
  #begun = 0;
  #last = "";
  #sharedUntil = 0;
  #pending = false;

  /** `resume` is called in the next turn, when something has been held back in this one. */
  constructor(alone: number, resume: () => void) {
    this.#alone = alone;
    this.#resume = resume;
  }

  /** Whether more than one group has begun something just now. */
  get isShared(): boolean {
    return this.#sharedUntil > performance.now();
  }

  /** Whether something more may begin in this turn. */
  get allows(): boolean {
    if (this.#begun < (this.isShared ? 1 : this.#alone)) return true;
    if (!this.#pending) this.#nextTurn();
    return false;
  }

  begin(group: string): void {
    if (this.#last !== "" && this.#last !== group) this.#sharedUntil = performance.now() + activeMs;
    this.#last = group;
    if (this.#begun++ === 0 && !this.#pending) this.#nextTurn();
  }

  #nextTurn(): void {
    this.#pending = true;
    setImmediate(() => {
      this.#pending = false;
      this.#begun = 0;
      this.#resume();
    });
  }
}
