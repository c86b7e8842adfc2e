import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
} from "@prisma/driver-adapter-utils";
import type * as Engine from "@prisma/schema-engine-wasm";
import { extensions } from "../src/database/embedded/extensions.ts";
import { readMigrations } from "../src/database/migrate.ts";

// Node has it; its type definitions leave it to those of the browser.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: Record<string, unknown> } }>;
};

let bindings: Promise<typeof Engine> | undefined;

const identity = { provider: "postgres", adapterName: "parley-schema-diff" } as const;
const filters = { externalTables: [], externalEnums: [] };

/** Types of the system catalogues as the schema engine wants to read them; everything else is text. */
const columnTypes: Record<number, (typeof ColumnTypeEnum)[keyof typeof ColumnTypeEnum]> = {
  16: ColumnTypeEnum.Boolean,
  18: ColumnTypeEnum.Character,
  20: ColumnTypeEnum.Int64,
  21: ColumnTypeEnum.Int32,
  23: ColumnTypeEnum.Int32,
  26: ColumnTypeEnum.Int64,
  1002: ColumnTypeEnum.CharacterArray,
  1003: ColumnTypeEnum.TextArray,
  1009: ColumnTypeEnum.TextArray,
};

/** The SQL that brings the tables of `migrationsDir` to the state of `schema.prisma`. It is "" if they agree. */
export async function diffMigrations(migrationsDir: string, schemaFile: string): Promise<string> {
  const db = await PGlite.create({ extensions });
  try {
    for (const migration of await readMigrations(migrationsDir)) await db.exec(migration.sql);
    const files = [{ path: schemaFile, content: await readFile(schemaFile, "utf8") }];
    const engine = await startEngine(db, files);
    const { stdout } = await engine.diff({
      from: { tag: "schemaDatasource", files, configDir: "." },
      to: { tag: "schemaDatamodel", files },
      script: true,
      exitCode: null,
      filters,
    });
    return withoutEmptyNotice(stdout ?? "");
  } finally {
    await db.close();
  }
}

function withoutEmptyNotice(sql: string): string {
  const statements = sql.replace(/^--.*$/gm, "").trim();
  return statements === "" ? "" : sql;
}

async function startEngine(db: PGlite, files: Engine.SchemaContainer[]): Promise<Engine.SchemaEngine> {
  bindings ??= loadBindings();
  const { SchemaEngine } = await bindings;
  const datamodels = files.map(({ path, content }): [string, string] => [path, content]);
  return SchemaEngine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(adapterFactory(db)));
}

// Node 20 cannot import a .wasm file, so what the package's entry does is done here.
async function loadBindings(): Promise<typeof Engine> {
  const glue = await import("@prisma/schema-engine-wasm/schema_engine_bg");
  const glueFile = fileURLToPath(import.meta.resolve("@prisma/schema-engine-wasm/schema_engine_bg"));
  const { instance } = await WebAssembly.instantiate(await readFile(glueFile.replace(/\.js$/, ".wasm")), {
    "./schema_engine_bg.js": glue,
  });
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => console.error(message) },
  });
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return glue;
}

function adapterFactory(db: PGlite): SqlMigrationAwareDriverAdapterFactory {
  const connect = async () => adapter(db);
  return { ...identity, connect, connectToShadowDb: connect };
}

function adapter(db: PGlite): SqlDriverAdapter {
  const query = ({ sql, args }: SqlQuery) => db.query<unknown[]>(sql, args, { rowMode: "array" });
  return {
    ...identity,
    async queryRaw(request) {
      const { fields, rows } = await query(request);
      return {
        columnNames: fields.map((field) => field.name),
        columnTypes: fields.map((field) => columnTypes[field.dataTypeID] ?? ColumnTypeEnum.Text),
        rows,
      };
    },
    executeRaw: async (request) => (await query(request)).affectedRows ?? 0,
    executeScript: async (script) => void (await db.exec(script)),
    startTransaction: () => Promise.reject(new Error("The schema engine only reads.")),
    dispose: async () => {},
  };
}
