import { openDatabase } from "../../src/database/open.ts";

/** Closes the embedded database of the directory given while it is started again, and then has nothing more to do. */
const [dataDir = ""] = process.argv.slice(2);
const { pool, close } = await openDatabase({ dataDir, poolSize: 1 }, { silenceMs: 2_000, log: () => {} });
await pool.query("SELECT count(*) FROM generate_series(1, 1000000000000)").catch(({ message }) => console.log(message));
await close();
