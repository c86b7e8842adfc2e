import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";

/** The extensions that the migrations create, as PGlite brings them. Every PGlite that migrations run on needs these. */
export const extensions = { btree_gin, pg_trgm };
