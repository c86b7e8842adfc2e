import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished } from "vitest";

const name = "localhost/parley";
const run = promisify(execFile);

interface ImageConfig {
  User: string;
  Env: string[];
  Cmd: string[];
  WorkingDir: string;
  Healthcheck: { Test: string[] };
}

export type Image = Awaited<ReturnType<typeof buildImage>>;

/** The image of this checkout, built by buildah in a storage of its own, with its file system at `root` until `remove`. */
export async function buildImage() {
  const directory = await mkdtemp(join(tmpdir(), "parley-image-"));
  await mkdir(join(directory, "tmp"));
  const storage = ["--storage-driver", "vfs", "--root", join(directory, "root"), "--runroot", join(directory, "run")];
  const env = { ...process.env, TMPDIR: join(directory, "tmp") };
  const buildah = async (command: string, ...args: string[]) =>
    (await run("buildah", [...storage, command, ...args], { env, maxBuffer: 2 ** 26 })).stdout.trim();
  const base = /^FROM (\S+)$/m.exec(await readFile("Dockerfile", "utf8"))?.[1] as string;
  await run("test/container/make-base.sh", [base, directory, ...storage], { env });
  const options = ["--isolation", "chroot", "--format", "docker", "--pull-never", "--tag", name];
  await buildah("bud", ...options, ...(await npmVolumes()), ".");
  const container = await buildah("from", "--pull-never", name);
  const root = await buildah("mount", container);
  const { Docker } = JSON.parse(await buildah("inspect", "--type", "image", name));
  const sizes = JSON.parse(await buildah("images", "--json")) as { names: string[]; size: string }[];
  return {
    root,
    config: Docker.config as ImageConfig,
    sizes: sizes.map(({ names, size }) => `${names}: ${size}`),
    remove: () => run("rm", ["-rf", directory]),
  };
}

/** The build sees the cache of this machine's npm, and its certificates and settings where it has some. */
async function npmVolumes(): Promise<string[]> {
  const places = {
    cache: "/root/.npm",
    cafile: "/etc/ssl/certs/ca-certificates.crt",
    globalconfig: "/usr/local/etc/npmrc",
  };
  const volumes: string[] = [];
  for (const [setting, place] of Object.entries(places)) {
    const path = (await run("npm", ["config", "get", setting])).stdout.trim();
    if (
      await readFile(path).then(
        () => true,
        ({ code }) => code === "EISDIR",
      )
    )
      volumes.push("--volume", `${path}:${place}${setting === "cache" ? "" : ":ro"}`);
  }
  return volumes;
}

/**
 * Runs a command of the image as a container does: as the image's user without any capability, as the first process, and on a file
 * system that nothing can be written to. It shares the network of this machine.
 */
export function start({ root, config }: Image, command: string[], env: Record<string, string>) {
  const prepare = `mount --bind "$1" "$1"; mount --bind /dev "$1/dev"; mount -t proc proc "$1/proc"; mount -o remount,bind,ro "$1"
    root=$1 user=$2 directory=$3; shift 3
    exec chroot "$root" setpriv --reuid="\${user%:*}" --regid="\${user#*:}" --clear-groups --bounding-set=-all --no-new-privs \
      env -i -C "$directory" "$@"`;
  const variables = [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
  const child = spawn(
    "unshare",
    ["--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", prepare, "sh"].concat(
      [root, config.User, config.WorkingDir],
      variables,
      command,
    ),
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const finished = once(child, "close").then(([code]) => ({ code, output }));
  return {
    finished,
    async printed(pattern: RegExp) {
      await Promise.race([expect.poll(() => output, { timeout: 60_000, interval: 50 }).toMatch(pattern), finished]);
      expect(output).toMatch(pattern);
      return pattern.exec(output) as RegExpExecArray;
    },
    /** To the first process of the container, which is not the one that made its namespaces. */
    async signal(signal: NodeJS.Signals) {
      const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
      process.kill(Number(children.trim()), signal);
    },
  };
}
