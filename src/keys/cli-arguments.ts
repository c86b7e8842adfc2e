import { parseArgs } from "node:util";
import { permissions as known } from "../caller.ts";
import type { NewKey } from "./manage-keys.ts";
import { printable } from "./printable.ts";

const milliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const stored = new Map<string, string>(Object.entries({ ...known, fullAccess: "fullAccess" }));

/** Is thrown for arguments that are no command. */
export class UsageError extends Error {}

export type KeysCommand = { json: boolean } & (
  | { name: "help" }
  | { name: "create"; wanted: NewKey }
  | { name: "list"; workspace?: string }
  | { name: "revoke"; which: string; workspace?: string }
);

/** The command that the arguments of `npm run keys` ask for. Throws UsageError if they make no sense. */
export function parseKeysCommand(args: string[]): KeysCommand {
  const { values, positionals } = parse(args);
  const [name, ...rest] = positionals;
  const { json, workspace } = values;
  if (values.help) return { json, name: "help" };
  if (name === "revoke") {
    const [which, ...more] = rest;
    if (!which || more.length > 0) throw new UsageError("revoke takes one id, prefix or key.");
    return { json, name, which, workspace };
  }
  if (rest.length > 0) throw new UsageError(`Not understood: ${rest.join(" ")}`);
  if (name === "list") return { json, name, workspace };
  if (name !== "create") throw new UsageError(name ? `There is no command ${name}.` : "Which command?");
  const wanted = {
    workspace: parseSlug(workspace),
    integration: parseName("integration", values.integration),
    member: values.member === undefined ? undefined : parseName("member", values.member),
    permissions: parsePermissions(values.permission),
    expiresAt: values.expires === undefined ? undefined : new Date(Date.now() + parseDuration(values.expires)),
  };
  return { json, name, wanted };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        workspace: { type: "string" },
        integration: { type: "string" },
        member: { type: "string" },
        permission: { type: "string", multiple: true },
        expires: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function parseSlug(slug = ""): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(slug)) return slug;
  throw new UsageError("--workspace must be a name of up to 63 lower-case letters, digits and hyphens.");
}

function parseName(option: string, value = ""): string {
  const name = value.trim();
  if (name.length >= 1 && name.length <= 200 && printable(name) === name) return name;
  throw new UsageError(`--${option} must be a name of 1 to 200 characters, none of them a control character.`);
}

function parsePermissions(given: string[] = ["read", "engage"]): string[] {
  const names = given.map((name) => {
    const found = stored.get(name) ?? [...stored.values()].find((full) => full === name);
    if (!found) throw new UsageError(`--permission must be one of ${[...stored.keys()].join(", ")}; not ${name}.`);
    return found;
  });
  return [...new Set(names)];
}

function parseDuration(duration: string): number {
  const [, amount, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(duration) ?? [];
  if (amount && unit) return Number(amount) * milliseconds[unit as keyof typeof milliseconds];
  throw new UsageError("--expires must be a number of minutes, hours or days, such as 90m, 12h or 30d.");
}
