import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A network between a gateway and the database at `target`, until the end of the test. */
export async function startNetwork(target: string) {
  const { hostname, port } = new URL(target);
  const links = new Set<[near: Socket, far: Socket]>();
  let frozen = false;
  let cue: string | undefined;
  const freeze = async () => {
    frozen = true;
    for (const socket of [...links].flat()) socket.pause();
  };
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const link: [Socket, Socket] = [near, far];
    links.add(link);
    near.on("close", () => links.delete(link));
    near.on("data", (bytes) => {
      if (cue === undefined || !bytes.includes(cue)) return far.write(bytes);
      void freeze();
      near.unshift(bytes);
    });
    far.on("data", (bytes) => near.write(bytes));
    endWith(near, far);
    endWith(far, near);
    if (frozen) for (const socket of link) socket.pause();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of [...links].flat()) socket.destroy();
  });
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.href,
    /** Swallows everything, without a word to either side, until `thaw` delivers it; the first words of new connections too. */
    freeze,
    /** The same as soon as somebody says this to the database, to begin with it. */
    freezeAt(words: string) {
      cue = words;
    },
    async thaw() {
      frozen = false;
      cue = undefined;
      for (const socket of [...links].flat()) socket.resume();
    },
    /** Leads new connections to the database; those of before stay silent for ever. */
    async failOver() {
      frozen = false;
      for (const [near, far] of links) {
        near.pause();
        far.removeAllListeners("close").destroy();
      }
    },
    /** Breaks every connection. */
    async reset() {
      for (const [near] of links) near.resetAndDestroy();
    },
  };
}

function endWith(one: Socket, other: Socket): void {
  one.on("close", () => other.end());
  one.on("error", () => {});
}
