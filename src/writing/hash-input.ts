import { createHash } from "node:crypto";

/** The sha-256 of an input that came with an idempotencyKey, equal for inputs that mean the same: the order of keys does not count. */
export function hashInput(input: unknown): string {
  const canonical = JSON.stringify(input, (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(canonical).digest("hex");
}
