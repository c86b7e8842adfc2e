import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

/** Serves on a free port until the file's last test, or until `close`. */
export async function serve(server: Server) {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  afterAll(close);
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
