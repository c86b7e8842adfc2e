import type { World } from "./world.ts";

export type Answer = Awaited<ReturnType<World["query"]>>;

const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const phone = /\+\d{8,15}/g;

/** The answer without what tells one record from another: ids, cursors, times, hashes, phone numbers. */
export function anonymous(answer: unknown): string {
  return JSON.stringify(answer)
    .replaceAll(id, "<uuid>")
    .replaceAll(/"MT[\w-]{30,}"/g, '"<cursor>"')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, "<time>")
    .replaceAll(/[0-9a-f]{64}/g, "<hash>")
    .replaceAll(phone, "<phone>");
}

/** Of an answer, what came under one key of the document's root, as if it had been asked alone; errors of no key are everybody's. */
export function under({ data, errors }: Answer, key: string) {
  const mine = errors?.filter(({ path }) => !path || path[0] === key);
  return {
    data: data?.[key] ?? null,
    errors: mine?.map(({ path, ...error }) => ({ ...error, path: path?.slice(1) })) ?? [],
  };
}

/** The values that identify the records of these rows: their ids, and unique parts of their texts. */
export function secretsIn(contents: unknown): Set<string> {
  const all = JSON.stringify(contents);
  return new Set([...all.matchAll(id), ...all.matchAll(phone)].map(([secret]) => secret));
}

/** The secrets that the answer tells, but those that the caller said first. */
export function revealed(answer: unknown, secrets: Set<string>, said: unknown = ""): string[] {
  const [all, known] = [JSON.stringify(answer), JSON.stringify(said)];
  return [...secrets].filter((secret) => all.includes(secret) && !known.includes(secret));
}
