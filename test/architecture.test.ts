import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

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

/** The folder at the top of src that a file stands in, or the file itself. */
function roomOf(file: string): string {
  return (file.split("/")[0] as string).replace(/\.ts$/, "");
}

/** The files, or the rooms, that each one imports. */
function graphOf(nameOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of files) {
    const name = nameOf(file);
    const imported = graph.get(name) ?? new Set();
    for (const other of localImportsOf(file).map(nameOf)) if (other !== name || other === file) imported.add(other);
    graph.set(name, imported);
  }
  return graph;
}

function circleIn(graph: Map<string, Set<string>>): string[] | undefined {
  const finished = new Set<string>();
  const visit = (name: string, path: string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (finished.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle) return circle;
    }
    finished.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return undefined;
}

/** The rooms in the order in which docs/architecture.md names them, the outermost first. */
const layers = (/(?<=^`)main → .*(?=`$)/m.exec(readFileSync("docs/architecture.md", "utf8"))?.[0] ?? "")
  .split(" → ")
  .map((layer) => layer.replace(/[()]/g, "").split(", "));

const rooms = graphOf(roomOf);

test("no file imports itself, however indirectly", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(circleIn(graphOf((file) => file))).toBeUndefined();
});

test("no room imports itself, however indirectly", () => {
  expect(rooms.size).toBeGreaterThan(20);
  expect(circleIn(rooms)).toBeUndefined();
});

test("every room has its place in the order of docs/architecture.md, and imports only from those behind it", () => {
  const layerOf = (room: string) => layers.findIndex((layer) => layer.includes(room));
  expect(layers.flat().toSorted()).toEqual([...rooms.keys()].toSorted());
  const outward = [...rooms].flatMap(([room, imported]) =>
    [...imported].filter((other) => layerOf(other) <= layerOf(room)).map((other) => [room, other]),
  );
  expect(outward).toEqual([]);
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
  // Text becomes SQL in these rooms only, and it is text of this program: names of tables, columns and types, and JSON's own
  // characters. Add a room only with care; test/compile/values.test.ts tries what clients send.
  const rooms = new Set(using(/\braw\(|Prisma\.Sql\(|extends Prisma\.Sql/).map((file) => file.split("/")[0]));
  expect([...rooms].toSorted()).toEqual(["compile", "reading"]);
  expect(using(/\breadText\(/).toSorted()).toEqual(["database/read-text.ts", "reading/read-rows.ts"]);
  expect(using(/\.queryRaw\(/)).toEqual(["database/read-text.ts"]);
});

test("the types of the schema never import one another", () => {
  const types = files.filter((file) => /prismaNode|prismaObject/.test(sources.get(file) as string));
  expect(types.length).toBeGreaterThan(5);
  expect(types.flatMap((type) => localImportsOf(type).filter((name) => types.includes(name)))).toEqual([]);
});
