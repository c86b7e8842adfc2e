import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";

/** The extensions that the migrations create, in PGlite's form. Every PGlite that is migrated needs them. */
export const extensions = { btree_gin, pg_trgm };
