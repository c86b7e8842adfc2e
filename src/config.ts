import type { z } from "zod";
import type { Setting } from "./setting-kinds.ts";
import { limitSettings, settings } from "./settings.ts";

type Environment = Record<string, string | undefined>;

type Value<S extends Setting> = z.output<S["rule"]> | (S["default"] extends { none: string } ? undefined : never);

type Optional<S extends Record<string, Setting>> = {
  [Name in keyof S]: undefined extends Value<S[Name]> ? Name : never;
}[keyof S];

type Values<S extends Record<string, Setting>> = { [Name in Exclude<keyof S, Optional<S>>]: Value<S[Name]> } & {
  [Name in Optional<S>]?: Value<S[Name]>;
};

/** The limits of one request. The gateway refuses a request beyond them before any of it runs. */
export type Limits = Values<typeof limitSettings>;

export type Config = Values<typeof settings> & { limits: Limits };

/**
 * Reads the configuration from the environment. An empty variable counts as unset, except DATABASE_URL, because
 * an unset one starts the embedded database. Throws one ConfigError that names every wrong variable and says what it must be.
 */
export function readConfig(env: Environment = process.env): Config {
  const problems: string[] = [];
  const refuse = ({ variable, expected }: Setting) => problems.push(`  ${variable} must be ${expected}.`);
  const given = env.DATABASE_URL?.trim();
  if (given === "" || (given === undefined && env.NODE_ENV === "production")) refuse(settings.databaseUrl);
  const config = { ...read(settings, env, refuse), limits: read(limitSettings, env, refuse) };
  const { rateLimitPerMinute, rateLimitPerWorkspace = Number.POSITIVE_INFINITY, limits } = config;
  if (rateLimitPerMinute > 0 && rateLimitPerMinute <= limits.queryBudget) refuse(settings.rateLimitPerMinute);
  if (rateLimitPerMinute > 0 && rateLimitPerWorkspace <= limits.queryBudget) refuse(settings.rateLimitPerWorkspace);
  if (config.replicaUrls?.length > 0 && !given) refuse(settings.replicaUrls);
  if (problems.length > 0) throw new ConfigError(`Wrong configuration:\n${problems.join("\n")}`);
  return {
    ...config,
    databaseUrl: config.databaseUrl && withTls(config.databaseUrl, env),
    replicaUrls: config.replicaUrls.map((url) => withTls(url, env)),
  };
}

/** The values of some settings. It tells `refuse` of each setting whose value is wrong, and leaves that value out. */
function read<S extends Record<string, Setting>>(of: S, env: Environment, refuse: (wrong: Setting) => void): Values<S> {
  const values = Object.entries(of).map(([name, setting]) => {
    const text = env[setting.variable]?.trim() || defaultText(setting, env);
    const result = text === undefined ? undefined : setting.rule.safeParse(text);
    if (result?.success === false) refuse(setting);
    return [name, result?.data];
  });
  return Object.fromEntries(values);
}

function defaultText({ default: given }: Setting, env: Environment): string | undefined {
  if (typeof given === "string") return given;
  if ("none" in given) return undefined;
  return env.DATABASE_URL?.trim() ? given.postgres : given.embedded;
}

/** The URL, completed by the TLS settings that libpq takes from the environment. The URL itself comes first. */
function withTls(databaseUrl: string, env: Environment): string {
  const url = new URL(databaseUrl);
  for (const name of ["sslmode", "sslrootcert", "sslcert", "sslkey"]) {
    const value = env[`PG${name.toUpperCase()}`];
    if (value && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

/** A start that cannot succeed until the user changes something. The message says what to change and is shown without a stack. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** The values of the settings in an empty environment. */
export const defaults: Values<typeof settings> = read(settings, {}, () => {});

export const defaultLimits: Limits = read(limitSettings, {}, () => {});
