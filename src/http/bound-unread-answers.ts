import type { ServerResponse } from "node:http";
import type { Exchange } from "../telemetry/exchange.ts";
import { type Backlog, overhead } from "./backlog.ts";
import { onHead } from "./on-head.ts";

/** All clients without a valid API key count as one workspace. */
const strangers = "";

const weighing = new WeakMap<ServerResponse, () => void>();

/** Weighs an answer again that comes bit by bit. */
export function weighAgain(response: ServerResponse): void {
  weighing.get(response)?.();
}

/** Holds an answer until its client has taken it, as long as all those that are held are not too much. */
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
  // Most answers have been taken by then.
  onHead(response, () => setImmediate(count));
}
