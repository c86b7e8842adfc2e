import { DomainError } from "./errors.ts";

/** The permissions: their short names in this program, and their full names in API keys and errors. */
export const permissions = {
  read: "connect360:conversation:read",
  engage: "connect360:conversation:engage",
  delete: "connect360:conversation:delete",
} as const;

export type Permission = keyof typeof permissions;

/** The identity of a request, from its API key alone and never from its input. */
export interface Caller {
  readonly workspaceId: string;
  readonly memberId: string;
  readonly integrationId: string;
  readonly permissions: ReadonlySet<Permission>;
}

/** Throws FORBIDDEN, naming the permission, unless the caller has it. */
export function requirePermission(caller: Caller, permission: Permission): void {
  if (caller.permissions.has(permission)) return;
  const name = permissions[permission];
  throw new DomainError("FORBIDDEN", `This API key lacks the permission ${name}.`, {
    reason: "MISSING_PERMISSION",
    permission: name,
  });
}
