import { once } from "node:events";
import { extname } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { WorkerTask } from "./worker.ts";

const retryMs = 1_000;
/** For how long running statements may go on when the database is closed. */
const closingMs = 5_000;

export interface DatabaseThread {
  /** Ends the thread in the middle of its work, and starts it anew. Committed writes stay. */
  restart(): void;
  close(): Promise<void>;
}

/**
 * Runs the embedded database in a thread of its own, so that a heavy statement stops nothing else. It starts the thread anew each
 * time it ends, and tries until it succeeds. `log` gets the reasons.
 */
export async function startDatabaseThread(task: WorkerTask, log: (error: Error) => void): Promise<DatabaseThread> {
  let worker = await launch(task);
  let closing = false;
  const keep = () => {
    worker.on("error", log).once("exit", async () => {
      while (!closing) {
        try {
          worker = await launch(task);
          return closing ? void worker.terminate() : keep();
        } catch (error) {
          log(error as Error);
          await after(retryMs, undefined, { ref: false });
        }
      }
    });
  };
  keep();
  return {
    restart() {
      log(new Error("The embedded database has been silent for too long: it is ended and started again."));
      void worker.terminate();
    },
    async close() {
      closing = true;
      if (hasEnded(worker)) return;
      const ended = once(worker, "exit");
      worker.postMessage("close");
      await Promise.race([ended, after(closingMs, undefined, { ref: false })]);
      await worker.terminate();
    },
  };
}

function hasEnded({ threadId }: Worker): boolean {
  return threadId === -1;
}

/** Resolves to a thread whose database accepts connections, or rejects with the error of its start. */
async function launch(workerData: WorkerTask): Promise<Worker> {
  const extension = extname(import.meta.url);
  const execArgv = extension === ".ts" ? ["--import", readTypeScript()] : [];
  const worker = new Worker(new URL(`./worker${extension}`, import.meta.url), { workerData, execArgv });
  const ended = once(worker, "exit").then(() => {
    throw new Error("The embedded database ended while it started.");
  });
  // The error of a worker comes before its exit, and rejects the promise.
  await Promise.race([once(worker, "message"), ended]);
  return worker;
}

/** The module that lets a thread of Node read TypeScript. The build needs none. `--import tsx` works for the main thread only. */
function readTypeScript(): string {
  return `data:text/javascript,import { register } from "${import.meta.resolve("tsx/esm/api")}"; register();`;
}
