import type { FairQueue, Share } from "../sharing/fair-queue.ts";
import { overloaded } from "../sharing/overloaded.ts";
import type { Backlog, BacklogItem } from "./backlog.ts";

/** The queues and the backlog that all requests share. */
export interface Shared {
  places: FairQueue;
  rows: FairQueue;
  bodies: Backlog;
}

/** The place, the rows and the bytes of its body that one request has taken. */
export class Reservation {
  group = "";
  readonly #shared: Shared;
  #body?: BacklogItem;
  #place?: Share;
  #rows?: Share;
  /** Rows for the further operations of a batch. */
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

  /** This does not wait, because two requests that hold rows could wait for each other. */
  #reserveMore(rows: number): void {
    if (!this.#shared.rows.takeNow(this.group, rows)) throw overloaded();
    this.#moreRows += rows;
  }

  /** The client has left, so a request that waits leaves its queue. */
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
