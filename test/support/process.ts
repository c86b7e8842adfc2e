import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts a TypeScript file of this repository in a process of its own, in a bare environment but for `env`. */
export function startProcess(file: string, args: string[] = [], env: Record<string, string> = {}) {
  const { PATH, TMPDIR } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    env: { PATH, ...(TMPDIR && { TMPDIR }), ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text) => {
      output[stream] += text;
    });
  }
  return { child, finished: finish(child, output), printed: (pattern: RegExp) => waitFor(child, output, pattern) };
}

/** Runs a TypeScript file of this repository to its end. */
export function runProcess(file: string, args?: string[], env?: Record<string, string>): Promise<Finished> {
  return startProcess(file, args, env).finished;
}

/** A directory for this test alone. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "parley-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function finish(child: ChildProcessWithoutNullStreams, output: Omit<Finished, "code">): Promise<Finished> {
  const [code] = await once(child, "close");
  return { code, ...output };
}

/** The match in the output of the process, as soon as there is one. Rejects if the process ends without one. */
function waitFor(
  child: ChildProcessWithoutNullStreams,
  output: Omit<Finished, "code">,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = pattern.exec(output.stdout);
      if (match) resolve(match);
    };
    look();
    child.stdout.on("data", look);
    child.on("close", () => reject(new Error(`Never printed ${pattern}:\n${output.stdout}\n${output.stderr}`)));
  });
}
