import type pg from "pg";
import { DatabaseUnavailable } from "./faults.ts";

/** Citus only warns of it, and answers that the transaction was committed. */
const warning = /^failed to commit transaction on /;

/** Makes a COMMIT fail of which a worker of Citus was lost: nobody knows whether it is done. The connection is dropped. */
export function failLostCommits(client: pg.ClientBase): void {
  client.on("notice", ({ message = "" }) => {
    if (!warning.test(message)) return;
    // At once: the answer to COMMIT is behind the warning already.
    (client as pg.Client).connection.emit("error", new DatabaseUnavailable("A worker was lost while it committed"));
  });
}
