/** Prints rows as a table of Markdown; the first column is text, the others are figures. */
export function table(head: string[], rows: string[][]): void {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  console.log([line(head), line(head.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n"));
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

/** The median, and between which values it stands. */
export function range(values: number[], digits: number): string {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const [middle, low, high] = [median(values), lowest, highest].map((value) => value.toFixed(digits));
  return values.length > 1 ? `${middle} (${low}–${high})` : `${middle}`;
}
