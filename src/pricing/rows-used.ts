/** Characters that are sent in the time in which a row is read and answered. */
const charactersPerRow = 4096;

/** What an answer is in rows: its objects, and its texts by their length. `data` is what resolvers make. */
export function answeredRows(data: unknown): number {
  let [objects, characters] = [0, 0];
  const pending = [data];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "string") characters += value.length;
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) objects++;
    for (const inner of Object.values(value)) pending.push(inner);
  }
  return objects + Math.floor(characters / charactersPerRow);
}

/** The objects of every answer that no price counts: its data and a page. */
export const frame = 2;

/**
 * What an operation of this price has used, in rows: those that the database returned, or what it has answered if that is more. It is
 * more than the price only where more rows were read, of a list that is longer than the usual one that is priced.
 */
export function rowsUsed(price: number, read: number, data: unknown): number {
  return Math.ceil(read > price + frame ? read : Math.min(price, Math.max(read, answeredRows(data))));
}

/** Stands before each record of a compiled answer, and before a total once for each row that it pays. Nothing else in the JSON text has it. */
export const recordMark = "\n";

/** The same of a compiled answer, which is JSON text. */
export function answeredRowsOf(text: string): number {
  let records = frame;
  for (let at = text.indexOf(recordMark); at >= 0; at = text.indexOf(recordMark, at + 1)) records++;
  return records + Math.floor(text.length / charactersPerRow);
}
