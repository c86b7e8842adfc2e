import { parseArgs } from "node:util";
import { permissions as known } from "./caller.ts";
import { ConfigError, readConfig } from "./config.ts";
import { migrate } from "./database/migrate.ts";
import { type Database, openDatabase } from "./database/open.ts";
import { createKey, KeyError, type KeyInfo, listKeys, revokeKey } from "./manage-keys.ts";

const usage = `Usage:
  npm run keys -- create --workspace <slug> --integration <name> [--member <name>]
                         [--permission <permission> …] [--expires <duration>] [--json]
  npm run keys -- list [--workspace <slug>] [--json]
  npm run keys -- revoke <id, prefix or key> [--workspace <slug>] [--json]

create makes the workspace, the member and the integration when they are absent, and prints the key this one time.
  --member      whom the integration acts for; a member of the integration's name by default
  --permission  read, engage, delete or fullAccess; may be repeated; read and engage by default
  --expires     after this time, such as 90m, 12h or 30d; never by default
  --json        for scripts, which call \`npm run --silent keys -- …\`

The database is that of the gateway: DATABASE_URL, or else the one in DATA_DIR, whose gateway has to be stopped meanwhile.`;

const milliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const stored: Record<string, string> = { ...known, fullAccess: "fullAccess" };

class UsageError extends Error {}

type Command = (db: Database) => Promise<{ json: unknown; text: string }>;

function parseCommand(args: string[]): { json: boolean; run: Command } | "help" {
  const { values, positionals } = parseArgs({
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
  if (values.help) return "help";
  const [name, ...rest] = positionals;
  const { json, workspace } = values;
  if (name === "revoke") {
    const [which, ...more] = rest;
    if (!which || more.length > 0) throw new UsageError("revoke takes one id, prefix or key.");
    return { json, run: (db) => revoke(db, which, workspace) };
  }
  if (rest.length > 0) throw new UsageError(`Not understood: ${rest.join(" ")}`);
  if (name === "list") return { json, run: (db) => list(db, workspace) };
  if (name !== "create") throw new UsageError(name ? `There is no command ${name}.` : "Which command?");
  const wanted = {
    workspace: parseSlug(workspace),
    integration: parseName("integration", values.integration),
    member: values.member === undefined ? undefined : parseName("member", values.member),
    permissions: parsePermissions(values.permission),
    expiresAt: values.expires === undefined ? undefined : new Date(Date.now() + parseDuration(values.expires)),
  };
  return { json, run: (db) => create(db, wanted) };
}

function parseSlug(slug = ""): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(slug)) return slug;
  throw new UsageError("--workspace must be a name of up to 63 lower-case letters, digits and hyphens.");
}

function parseName(option: string, value = ""): string {
  const name = value.trim();
  if (name.length >= 1 && name.length <= 200) return name;
  throw new UsageError(`--${option} must be a name of 1 to 200 characters.`);
}

function parsePermissions(given: string[] = ["read", "engage"]): string[] {
  const names = given.map((name) => {
    const found = stored[name] ?? Object.values(stored).find((full) => full === name);
    if (!found) throw new UsageError(`--permission must be one of ${Object.keys(stored).join(", ")}; not ${name}.`);
    return found;
  });
  return [...new Set(names)];
}

function parseDuration(duration: string): number {
  const [, amount, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(duration) ?? [];
  if (amount && unit) return Number(amount) * milliseconds[unit as keyof typeof milliseconds];
  throw new UsageError("--expires must be a number of minutes, hours or days, such as 90m, 12h or 30d.");
}

async function create(db: Database, wanted: Parameters<typeof createKey>[1]) {
  const { key, info } = await createKey(db, wanted);
  const lines = ["This key is shown this one time:", "", `  ${key}`, "", describe(info)];
  return { json: { key, ...info }, text: lines.join("\n") };
}

async function list(db: Database, workspace: string | undefined) {
  const keys = await listKeys(db, workspace);
  return { json: keys, text: keys.length === 0 ? "There are no keys." : keys.map(describe).join("\n") };
}

async function revoke(db: Database, which: string, workspace: string | undefined) {
  const info = await revokeKey(db, which, workspace);
  return { json: info, text: `Revoked: ${describe(info)}` };
}

function describe(info: KeyInfo): string {
  const until = info.expiresAt ? `expires ${info.expiresAt.toISOString()}` : "does not expire";
  const who = `${info.workspace} / ${info.integration} (for ${info.member})`;
  return `${info.prefix}…  ${info.state}  ${who}  ${info.permissions.join(" ")}  ${until}  ${info.id}`;
}

async function main(args: string[]): Promise<void> {
  const command = parseCommand(args);
  if (command === "help") return console.log(usage);
  const opened = await openDatabase(readConfig());
  try {
    await migrate(opened.pool);
    const { json, text } = await command.run(opened.db);
    console.log(command.json ? JSON.stringify(json, null, 2) : text);
  } finally {
    await opened.close();
  }
}

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
  const misused = error instanceof UsageError || error.code?.startsWith("ERR_PARSE_ARGS");
  const expected = misused || error instanceof ConfigError || error instanceof KeyError;
  console.error(expected ? error.message : error);
  if (misused) console.error(`\n${usage}`);
  process.exitCode = misused ? 2 : 1;
});
