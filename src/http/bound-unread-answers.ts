import type { ServerResponse } from "node:http";
import type { Exchange } from "../telemetry/exchange.ts";
import { type Backlog, overhead } from "./backlog.ts";
import { onHead } from "./on-head.ts";

/** All clients without a valid API key count as one workspace. */
const strangers = "";

const weighing = new WeakMap<ServerResponse, () => void>();

/** Weighs an answer again after another part of it was written. */
export function weighAgain(response: ServerResponse): void {
  weighing.get(response)?.();
}

/**
 * Counts an answer until its client has taken it. If all unread answers together are too large, the oldest of the heaviest workspace are
 * cut.
 */
export function boundUnreadAnswers(answers: Backlog, response: ServerResponse, exchange: Exchange): void {
  const count = () => {
    if (response.closed || response.writableFinished) return;
    const item = {
      group: exchange.workspaceId ?? strangers,
      // Streams are bounded by their number: only what they hold counts.
      weigh: () => response.writableLength - (exchange.stream ? overhead : 0),
      cut: () => void response.req.socket.destroy(),
    };
    response.once("close", () => answers.delete(item));
    weighing.set(response, () => answers.weigh(item));
    answers.weigh(item);
  };
  onHead(response, () => process.nextTick(() => isTaken(response) || setImmediate(count)));
}

/** Most answers are whole, and the system has taken them, as soon as they are written. */
function isTaken(response: ServerResponse): boolean {
  return response.writableEnded && response.writableLength === 0;
}
