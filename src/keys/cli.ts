#!/usr/bin/env node
import { ConfigError, readConfig } from "../config.ts";
import { migrate, requireMigrations } from "../database/migrate.ts";
import { type Database, openDatabase } from "../database/open.ts";
import { type KeysCommand, parseKeysCommand, UsageError } from "./cli-arguments.ts";
import { createKey, KeyError, type KeyInfo, listKeys, revokeKey } from "./manage-keys.ts";
import { printable, printableJson } from "./printable.ts";

const usage = `Usage:
  npm run keys -- create --workspace <slug> --integration <name> [--member <name>]
                         [--permission <permission> …] [--expires <duration>] [--json]
  npm run keys -- list [--workspace <slug or id>] [--json]
  npm run keys -- revoke <id, prefix or key> [--workspace <slug or id>] [--json]

create makes the workspace, the member and the integration when they are absent, and prints the key this one time. It makes the
database ready when it is not; list and revoke need one that is.
  --member      whom the key acts for; the integration's member by default, which has the integration's name when it is new
  --permission  read, engage, delete or fullAccess; may be repeated; read and engage by default
  --expires     after this time, such as 90m, 12h or 30d; never by default
  --json        for scripts, which call \`npm run --silent keys -- …\`

The database is that of the gateway: DATABASE_URL, or else the one in DATA_DIR, whose gateway has to be stopped meanwhile.`;

async function main(args: string[]): Promise<void> {
  const command = parseKeysCommand(args);
  if (command.name === "help") return console.log(usage);
  const creates = command.name === "create";
  const opened = await openDatabase(readConfig(), { make: creates });
  try {
    await (creates ? migrate(opened.pool) : requireMigrations(opened.pool));
    const { json, text } = await run(opened.db, command);
    console.log(command.json ? printableJson(json) : text);
  } finally {
    await opened.close();
  }
}

async function run(
  db: Database,
  command: Exclude<KeysCommand, { name: "help" }>,
): Promise<{ json: unknown; text: string }> {
  if (command.name === "list") {
    const keys = await listKeys(db, command.workspace);
    return { json: keys, text: keys.length === 0 ? "There are no keys." : keys.map(describe).join("\n") };
  }
  if (command.name === "revoke") {
    const info = await revokeKey(db, command.which, command.workspace);
    return { json: info, text: `Revoked: ${describe(info)}` };
  }
  const { key, info } = await createKey(db, command.wanted);
  const lines = ["This key is shown this one time:", "", `  ${key}`, "", describe(info)];
  return { json: { key, ...info }, text: lines.join("\n") };
}

function describe(info: KeyInfo): string {
  const until = info.expiresAt
    ? `expires ${info.expiresAt.toJSON() ?? "at no time that can be read"}`
    : "does not expire";
  const who = `${info.workspace} / ${info.integration} (for ${info.member})`;
  return printable(
    `${info.prefix}…  ${info.state}  ${who}  ${info.permissions.join(" ")}  ${until}  ${info.id}  ${info.workspaceId}`,
  );
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const misused = error instanceof UsageError;
  const expected = misused || error instanceof ConfigError || error instanceof KeyError;
  console.error(expected ? printable(error.message) : error);
  if (misused) console.error(`\n${usage}`);
  // A connection that the failed command left open must not keep the process running.
  process.exit(misused ? 2 : 1);
});
