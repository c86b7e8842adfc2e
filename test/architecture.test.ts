import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

/** Files and folders of src, outermost first: each may import its own layer and those below it. */
const layers = [
  ["main.ts", "commands"],
  ["server.ts", "graphiql", "http", "telemetry"],
  ["demo"],
  ["keys"],
  ["public-error.ts"],
  ["compile"],
  ["schema"],
  ["pricing"],
  ["messages"],
  ["participants"],
  ["conversations"],
  ["customers"],
  ["reading", "writing"],
  ["rules"],
  ["context.ts"],
  ["database"],
  ["sharing"],
  ["caller.ts", "config.ts", "settings.ts", "fold-text.ts", "global-id.ts", "json-number.ts", "selection.ts"],
  ["cut-text.ts", "errors.ts"],
];

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

const sources = new Map(files.map((file) => [file, readFileSync(join("src", file), "utf8")]));

function importsOf(file: string): string[] {
  return [...(sources.get(file) as string).matchAll(/(?:from|import) "([^"]+)"/g)].map(([, name]) => name as string);
}

function localImportsOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(dirname(file), name)))
    .filter((name) => !name.startsWith(".."));
}

function layerOf(file: string): number {
  const top = file.split("/")[0] as string;
  return layers.findIndex((layer) => layer.includes(top));
}

test.each(files)("%s stands in a layer and imports only inward", (file) => {
  expect(layerOf(file), "its layer").toBeGreaterThanOrEqual(0);
  const outward = localImportsOf(file).filter((name) => layerOf(name) < layerOf(file));
  expect(outward).toEqual([]);
});

test("no file imports itself, however indirectly", () => {
  const finished = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return undefined;
    for (const next of localImportsOf(file)) {
      const cycle = visit(next, [...path, file]);
      if (cycle) return cycle;
    }
    finished.add(file);
    return undefined;
  };
  expect(files.flatMap((file) => visit(file, []) ?? [])).toEqual([]);
});

test("operations, reading, writing and the database know nothing of GraphQL", () => {
  const inner = files.filter((file) => /^(conversations|customers|reading|writing|rules|database)\//.test(file));
  const named = inner.filter((file) => importsOf(file).some((name) => /^(graphql|@pothos|@graphql)/.test(name)));
  expect(inner.length).toBeGreaterThan(10);
  expect(named).toEqual([]);
});

test("only config.ts reads the environment, and no SQL is put together from strings", () => {
  const using = (what: RegExp) => files.filter((file) => what.test(sources.get(file) as string));
  expect(using(/process\.env/)).toEqual(["config.ts"]);
  expect(using(/\$(query|execute)RawUnsafe/)).toEqual([]);
  // Text becomes SQL in a few places, all of it from here: names of tables, columns and types, and JSON's own characters. Whoever
  // adds one looks twice; test/compile/values.test.ts tries what clients send.
  const rooms = new Set(using(/\braw\(|Prisma\.Sql\(|extends Prisma\.Sql/).map((file) => file.split("/")[0]));
  expect([...rooms].toSorted()).toEqual(["compile", "reading"]);
  expect(using(/\breadText\(/).toSorted()).toEqual(["database/read-text.ts", "reading/plan.ts"]);
  expect(using(/\.queryRaw\(/)).toEqual(["database/read-text.ts"]);
});

test("the types of the schema never import one another", () => {
  const types = ["channel", "conversation", "customer", "integration", "member", "message", "participant", "workspace"];
  const crossing = types.filter((type) =>
    localImportsOf(`schema/${type}.ts`).some((name) => types.some((other) => name === `schema/${other}.ts`)),
  );
  expect(crossing).toEqual([]);
});
