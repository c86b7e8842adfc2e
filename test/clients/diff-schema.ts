import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Change, CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

// Refuses a breaking change of the schema since the last release, unless the changelog announces a major version:
//
//   diff-schema.ts [--release] [directory of schema.graphql and CHANGELOG.md] [released schema]
//
// In the changelog the newest release is the first heading like "## 1.2.0", and what comes next is announced as "## Unreleased" or
// "## Unreleased (2.0.0)". The released schema is a file rather than a git tag, because a shallow clone has no tags; its first line
// names its version, so that it cannot be forgotten at a release. Releasing is: put the version and the date into the heading, then
// `npm run release:schema`, which makes the same check and renews the file.

const args = process.argv.slice(2);
const releasing = args[0] === "--release";
const [directory = "../..", releasedFile = "released.graphql"] = releasing ? args.slice(1) : args;

const current = await readFile(resolve(directory, "schema.graphql"), "utf8");
const changelog = await readFile(resolve(directory, "CHANGELOG.md"), "utf8");
const baseline = await readBaseline();
const { released, announced } = readVersions();

try {
  console.log(await check());
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function check(): Promise<string> {
  if (releasing) {
    if (!released) throw new Error("The changelog has no heading of a release, such as ## 1.0.0.");
    if (baseline) await refuseBreaking(baseline, released);
    await writeFile(releasedFile, `# ${released}\n${current}`);
    return `${releasedFile} is now the schema of ${released}.`;
  }
  if (baseline?.version !== released) {
    throw new Error(
      `${releasedFile} is of ${baseline?.version}, the last release of ${released}: npm run release:schema.`,
    );
  }
  return baseline ? await refuseBreaking(baseline, announced) : "Nothing is released yet.";
}

async function refuseBreaking({ version, sdl }: Baseline, next: string | undefined): Promise<string> {
  const changes = await diff(buildSchema(sdl), buildSchema(current));
  const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
  if (breaking.length > 0 && !(majorOf(next) > majorOf(version))) {
    const list = breaking.map(({ message }: Change) => `- ${message}`).join("\n");
    throw new Error(`Breaking since ${version}, without a new major version in the changelog:\n${list}`);
  }
  return `${changes.length} changes since ${version}, ${breaking.length} of them breaking.`;
}

interface Baseline {
  version: string;
  sdl: string;
}

async function readBaseline(): Promise<Baseline | undefined> {
  try {
    const sdl = await readFile(releasedFile, "utf8");
    return { version: /^# (\S+)/.exec(sdl)?.[1] ?? "", sdl };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function readVersions() {
  const headings = [...changelog.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading as string);
  const versionIn = (heading: string | undefined) => /\d+\.\d+\.\d+/.exec(heading ?? "")?.[0];
  return {
    released: versionIn(headings.find((heading) => !/unreleased/i.test(heading) && versionIn(heading))),
    announced: versionIn(headings.find((heading) => /unreleased/i.test(heading))),
  };
}

function majorOf(version: string | undefined): number {
  return Number(version?.split(".")[0] ?? Number.NaN);
}
