import { migrate } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";

/** Opens the embedded database of a directory, commits one row, prints that, and stays until it is killed. */
const { db, pool } = await openDatabase({ dataDir: process.argv[2] ?? "", poolSize: 1 });
await migrate(pool);
await db.workspace.create({ data: { slug: "committed", name: "Committed" } });
console.log("committed");
setInterval(() => {}, 60_000);
