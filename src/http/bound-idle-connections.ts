import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** If more than `max` connections have no request, closes those that have been idle for longest. */
export function boundIdleConnections(server: Server, max: number): void {
  const idle = new Set<Socket>();
  const requests = new WeakMap<Socket, number>();
  const rest = (socket: Socket) => {
    if (socket.destroyed) return;
    idle.add(socket);
    const [oldest] = idle;
    if (idle.size > max) oldest?.destroy();
    if (oldest?.destroyed) idle.delete(oldest);
  };
  server.on("connection", (socket: Socket) => {
    rest(socket);
    socket.once("close", () => idle.delete(socket));
  });
  server.on("request", ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    requests.set(socket, (requests.get(socket) ?? 0) + 1);
    response.once("close", () => {
      const left = (requests.get(socket) ?? 1) - 1;
      requests.set(socket, left);
      if (left === 0) rest(socket);
    });
  });
}
