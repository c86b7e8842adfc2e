import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FairPoolConfig } from "../fair-pool.ts";

/** The name that PostgreSQL gives its Unix socket. */
export const socketName = ".s.PGSQL.5432";

/** The options with which pg reaches the one connection of a PGlite whose socket is in `directory`. */
export function socketConnection(directory: string): FairPoolConfig {
  return {
    host: directory,
    port: 5432,
    user: "postgres",
    database: "postgres",
    max: 1,
    single: true,
    idleTimeoutMillis: 0,
  };
}

/** The longest path of a Unix socket that the operating system allows, less the longest file name used here. */
const maxPathBytes = 103 - "/lock-0123456789ab".length;

/** A path to the directory that is short enough for Unix sockets: its own, or that of a temporary symbolic link. */
export async function openSocketDirectory(directory: string): Promise<{ path: string; close(): Promise<void> }> {
  if (Buffer.byteLength(directory) <= maxPathBytes) return { path: directory, close: async () => {} };
  const temporary = await mkdtemp(join(tmpdir(), "parley-"));
  const path = join(temporary, "d");
  await symlink(directory, path);
  return { path, close: () => rm(temporary, { recursive: true, force: true }) };
}
