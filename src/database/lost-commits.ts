import type pg from "pg";
import { DatabaseUnavailable } from "./unavailable.ts";

/** Citus only warns of a worker that was lost, and answers that the transaction was committed. */
const warning = /^failed to commit transaction on /;

/** Makes COMMIT fail if Citus lost a worker meanwhile, because nobody knows whether the work is done. The connection is dropped. */
export function failLostCommits(client: pg.ClientBase): void {
  client.on("notice", ({ message = "" }) => {
    if (!warning.test(message)) return;
    // It fails at once, because the answer to COMMIT follows the warning.
    (client as pg.Client).connection.emit("error", new DatabaseUnavailable("A worker was lost while it committed"));
  });
}
