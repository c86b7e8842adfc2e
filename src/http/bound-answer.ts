import type { ServerResponse } from "node:http";
import type { Exchange } from "../telemetry/exchange.ts";
import type { Backlog } from "./backlog.ts";
import { onHead } from "./on-head.ts";

/** Those who have shown no valid API key count as one workspace. */
const strangers = "";

/** Holds an answer until its client has taken it, as long as all those that are held are not too much. */
export function boundAnswer(answers: Backlog, response: ServerResponse, exchange: Exchange): void {
  const count = () => {
    if (response.closed || response.writableFinished) return;
    const item = {
      group: exchange.workspaceId ?? strangers,
      weigh: () => response.writableLength,
      cut: () => void response.req.socket.destroy(),
    };
    response.once("close", () => answers.delete(item));
    answers.weigh(item);
  };
  // Most answers have been taken by then.
  onHead(response, () => setImmediate(count));
}
