type Filter = Record<string, unknown>;

const bounds: Record<string, "from" | "to"> = { gte: "from", lt: "to" };

/**
 * A filter of react-admin as the gateway's: `q` searches, `createdAt_gte` and `createdAt_lt` are the ends of a range, and `type` is
 * one of `types`. Every other key is a field of the schema's filter; an empty text is no condition.
 */
export function filterOf(given: Filter = {}): Filter {
  const filter: Filter = {};
  for (const [key, value] of Object.entries(given)) {
    const [, name = key, bound = ""] = /^(.+)_(gte|lt)$/.exec(key) ?? [];
    if (value !== undefined && value !== null && value !== "") addTo(filter, name, { bound, value });
  }
  return filter;
}

export interface Condition {
  field?: string;
  operator: string;
  // biome-ignore lint/suspicious/noExplicitAny: its type is that of the field
  value?: any;
}

/** Filters of Refine as the gateway's: `eq`, `contains`, `in`, `gte`, `lt`, one `ne`, and one `or` of such. */
export function filterOfConditions(conditions: readonly Condition[] = []): Filter {
  const filter: Filter = {};
  for (const { field = "", operator, value } of conditions) {
    if (value === undefined || value === null || value === "") continue;
    if (operator === "or") {
      // An empty one would be met by everything.
      const ways = value.map((one: Condition) => filterOfConditions([one])).filter(isCondition);
      if (ways.length > 0) setOnce(filter, "or", ways);
    } else if (operator === "ne") setOnce(filter, "not", filterOf({ [field]: value }));
    else if (bounds[operator]) addTo(filter, field, { bound: operator, value });
    else if (["eq", "contains", "in"].includes(operator)) addTo(filter, field, { bound: "", value });
    else throw new Error(`The gateway has no filter ${operator} of ${field}.`);
  }
  return filter;
}

function isCondition(filter: Filter): boolean {
  return Object.keys(filter).length > 0;
}

function addTo(filter: Filter, name: string, { bound, value }: { bound: string; value: unknown }): void {
  const end = bounds[bound];
  if (end) filter[name] = { ...(filter[name] as object), [end]: value };
  else if (name === "q") setOnce(filter, "search", value);
  else if (name === "type") setOnce(filter, "types", [value].flat());
  else if (name === "id") setOnce(filter, "ids", [value].flat());
  else setOnce(filter, name, value);
}

function setOnce(filter: Filter, name: string, value: unknown): void {
  if (name in filter) throw new Error(`The filter has two conditions on ${name}.`);
  filter[name] = value;
}
