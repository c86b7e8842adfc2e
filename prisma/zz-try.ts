(globalThis as any).PRISMA_WASM_PANIC_REGISTRY = { set_message: (m: string) => console.log("PANIC", m) };
import { readFile, writeFile } from "node:fs/promises";
import * as bg from "@prisma/schema-engine-wasm/schema_engine_bg";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
const wasmPath = fileURLToPath(import.meta.resolve("@prisma/schema-engine-wasm/schema_engine_bg")).replace(/js$/, "wasm");
const { instance } = await WebAssembly.instantiate(await readFile(wasmPath), { "./schema_engine_bg.js": bg as any });
(bg as any).__wbg_set_wasm(instance.exports);
(instance.exports as any).__wbindgen_start();
const content = await readFile("prisma/schema.prisma", "utf8");
const pg = await PGlite.create();
const server = new PGLiteSocketServer({ db: pg, path: "/tmp/wasm/.s.PGSQL.5432", maxConnections: 1 });
await server.start();
import pgm from "pg";
const pool = new pgm.Pool({ host: "/tmp/wasm", user: "postgres", database: "postgres", max: 1 });
const send = pool.query.bind(pool) as any;
pool.query = (async (q: any) => { const r = await send(q); for (const f of r.fields ?? []) if (f.dataTypeID === 18) { f.dataTypeID = 1042; } return r; }) as any;
const files = [{ path: "prisma/schema.prisma", content }];
const factory = new PrismaPg(pool);
const engine = await (bg as any).SchemaEngine.new({ datamodels: [["prisma/schema.prisma", content]] }, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
const filters = { externalTables: [], externalEnums: [] };
const r = await engine.diff({ from: { tag: "empty" }, to: { tag: "schemaDatamodel", files }, script: true, exitCode: null, shadowDatabaseUrl: null, filters });
await writeFile("/tmp/init2.sql", r.stdout);
console.log(r.exitCode, r.stdout.length);
for (const from of [{ tag: "schemaDatasource", files, configDir: "." }]) {
  try { const r2 = await engine.diff({ from, to: { tag: "schemaDatamodel", files }, script: false, exitCode: true, filters });
  console.log(r2.exitCode, r2.stdout.slice(0, 200)); } catch (e) { console.log(from.tag, e); }
}
await pool.query("create function uuid_v7() returns uuid language sql as 'select gen_random_uuid()'");
await pool.query(r.stdout);
for (const from of [{ tag: "schemaDatasource", files, configDir: "." }]) {
  try { const r2 = await engine.diff({ from, to: { tag: "schemaDatamodel", files }, script: false, exitCode: true, filters });
  console.log(r2.exitCode, r2.stdout.slice(0, 200)); } catch (e) { console.log(from.tag, e); }
}
await pool.end(); await server.stop(); await pg.close();
