import type { FairQueue, Share } from "../sharing/fair-queue.ts";
import { overloaded } from "../sharing/overloaded.ts";
import type { Backlog, BacklogItem } from "./backlog.ts";

/** What all requests share. */
export interface Shared {
  places: FairQueue;
  rows: FairQueue;
  bodies: Backlog;
}

/** What one request has taken of it. */
export class Visit {
  group = "";
  readonly #shared: Shared;
  #body?: BacklogItem;
  #place?: Share;
  #rows?: Share;
  /** Of the further operations of a batch. */
  #moreRows = 0;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  read(read: (receive: (bytes: number) => void) => Promise<Buffer>): Promise<Buffer> {
    const { bodies } = this.#shared;
    return new Promise((resolve, reject) => {
      let received = 0;
      const cut = () => {
        reject(overloaded());
        this.#place?.leave();
      };
      const body = { group: this.group, weigh: () => received, cut };
      this.#body = body;
      bodies.weigh(body);
      read((bytes) => {
        received += bytes;
        if (this.#body) bodies.weigh(body);
      }).then(resolve, reject);
    });
  }

  async enter(): Promise<void> {
    this.#place = this.#shared.places.take(this.group);
    await this.#place.granted;
    this.#forgetBody();
  }

  async reserve(rows: number): Promise<void> {
    if (this.#rows) return this.#reserveMore(rows);
    this.#rows = this.#shared.rows.take(this.group, rows);
    await this.#rows.granted;
  }

  /** Who waited with rows in hand could wait for somebody who does the same. */
  #reserveMore(rows: number): void {
    if (!this.#shared.rows.takeNow(this.group, rows)) throw overloaded();
    this.#moreRows += rows;
  }

  /** The client has gone: whatever waits need not be done. */
  leave(): void {
    this.#place?.leave();
    this.#rows?.leave();
    this.#forgetBody();
  }

  end(): void {
    this.#forgetBody();
    this.#place?.release();
    this.#rows?.release();
    if (this.#moreRows > 0) this.#shared.rows.giveBack(this.group, this.#moreRows);
    this.#moreRows = 0;
  }

  #forgetBody(): void {
    if (this.#body) this.#shared.bodies.delete(this.#body);
    this.#body = undefined;
  }
}
