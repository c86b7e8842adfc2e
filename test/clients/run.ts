import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const here = import.meta.dirname;
const tools = [here, join(here, "../..")].map((directory) => join(directory, "node_modules/.bin"));

/** Runs a command-line tool in this folder and answers what it printed; rejects with the same when it fails. */
export function run(tool: string, ...args: string[]): Promise<string> {
  return runIn(here, tool, ...args);
}

export async function runIn(directory: string, tool: string, ...args: string[]): Promise<string> {
  const PATH = [...tools, process.env.PATH].join(delimiter);
  try {
    const { stdout } = await promisify(execFile)(tool, args, { cwd: directory, env: { ...process.env, PATH } });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${tool} failed:\n${stdout}\n${stderr}`);
  }
}
