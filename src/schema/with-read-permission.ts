import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";

/** Reads for a caller who has the permission to read. Throws FORBIDDEN for another one. */
export function withReadPermission<T>({ caller }: Context, read: () => T): T {
  requirePermission(caller, "read");
  return read();
}
