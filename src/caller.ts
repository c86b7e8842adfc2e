import { DomainError } from "./errors.ts";

/** The permissions under their short names here, and as the API key stores and errors name them. */
export const permissions = {
  read: "connect360:conversation:read",
  engage: "connect360:conversation:engage",
  delete: "connect360:conversation:delete",
} as const;

export type Permission = keyof typeof permissions;

/** Who asks, as the API key says. Nothing of this ever comes from the request's input. */
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
