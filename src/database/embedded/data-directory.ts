import { lstat, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError } from "../../config.ts";

/** The version of PostgreSQL that PGlite contains. */
const version = "18";

/**
 * Returns the directory of the database inside the data directory, and makes it if it is absent. Throws ConfigError if it belongs
 * to another user, if everybody may write to it, or if it holds no database of this version. Changes nothing else.
 */
export async function openDataDirectory(dataDir: string, make: boolean): Promise<string> {
  const directory = join(dataDir, "database");
  try {
    if (make) await makeDirectory(dataDir);
    await requireOwn(dataDir);
    await requireDatabase(directory, make);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof ConfigError) throw error;
    if (code === "ENOENT" && !make) throw new ConfigError(`There is no database in ${dataDir} yet.`);
    throw new ConfigError(`DATA_DIR must be a directory this user may write to: ${message}.`);
  }
  return directory;
}

/** Node's own recursive mkdir never ends where a directory cannot be made, such as /proc. */
async function makeDirectory(path: string): Promise<void> {
  const attempt = () => mkdir(path, { mode: 0o700 });
  try {
    await attempt().catch(async (error) => {
      if (error.code !== "ENOENT" || dirname(path) === path) throw error;
      await makeDirectory(dirname(path));
      await attempt();
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

async function requireOwn(path: string): Promise<void> {
  const { uid, mode } = await stat(path);
  if (uid !== process.geteuid?.())
    throw new ConfigError(`DATA_DIR must belong to the user of this process; ${path} belongs to user ${uid}.`);
  if (mode & 0o002)
    throw new ConfigError(
      `DATA_DIR must not be open to everybody's writes; name a directory of its own inside ${path}.`,
    );
}

async function requireDatabase(directory: string, make: boolean): Promise<void> {
  const found = await lstat(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && make) return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isDirectory()) throw new ConfigError(`${directory} must be a directory, and no link to one.`);
  await requireOwn(directory);
  const made = (await readFile(join(directory, "PG_VERSION"), "utf8").catch(() => "")).trim();
  if (made === version) return;
  const problem = /^\d+$/.test(made)
    ? `was made by PostgreSQL ${made}, and this is ${version}`
    : "is damaged: PG_VERSION is wrong";
  throw new ConfigError(`The database in ${directory} ${problem}.`);
}
