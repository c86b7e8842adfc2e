import { randomBytes } from "node:crypto";
import { link, readdir, rm } from "node:fs/promises";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";

const socketName = /^lock\.(\d+)$/;

/**
 * Takes the directory for this process, or returns the id of the process that has it.
 *
 * A process holds the directory while it listens on the socket `lock.<n>` with the highest n. The kernel closes the socket when the
 * process ends, even by a kill. A dead socket is never replaced: the next process takes a higher number. The highest one is never
 * removed, so two processes that start cannot both win.
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> } | { heldBy: string }> {
  const server = createServer((socket) => socket.on("error", () => {}).end(String(process.pid)));
  const own = join(directory, `lock-${randomBytes(6).toString("hex")}`);
  await listen(server, own);
  try {
    const taken = await outnumber(directory, own);
    if (typeof taken === "string") {
      await close(server);
      return { heldBy: taken };
    }
    server.unref();
    return { release: () => close(server) };
  } catch (error) {
    await close(server);
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** Links the listening socket under the next number. If another process holds the directory, returns its id instead. */
async function outnumber(directory: string, own: string): Promise<string | undefined> {
  for (;;) {
    const highest = await highestNumber(directory);
    if (highest > 0) {
      const holder = await askHolder(join(directory, `lock.${highest}`));
      if (holder !== undefined) return holder;
    }
    const number = highest + 1;
    const linked = await link(own, join(directory, `lock.${number}`)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return false;
        throw error;
      },
    );
    if (linked && (await highestNumber(directory)) === number) {
      await removeBelow(directory, number);
      return undefined;
    }
  }
}

async function numbers(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names.flatMap((name) => socketName.exec(name)?.[1] ?? []).map(Number);
}

async function highestNumber(directory: string): Promise<number> {
  return Math.max(0, ...(await numbers(directory)));
}

async function removeBelow(directory: string, number: number): Promise<void> {
  for (const old of await numbers(directory)) {
    if (old < number) await rm(join(directory, `lock.${old}`), { force: true });
  }
}

/** The id that the process of a lock socket tells; undefined if no process listens there any more. */
function askHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = createConnection(path);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("close", (failed) => failed || resolve(answer));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(undefined);
      else if (error.code === "ECONNRESET" || error.code === "EAGAIN") resolve(answer);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
