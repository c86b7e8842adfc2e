/** So many characters are sent in the time in which a row is read and answered. */
const charactersPerRow = 4096;

/** The size of an answer in rows: its objects, and the length of its texts. `data` comes from the resolvers. */
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

/** Two objects of every answer have no price: its data and a page. */
export const frame = 2;

/**
 * The rows that an operation of this price has used: those that the database returned, or the size of its answer if that is more. It
 * exceeds the price only if more rows were read, because a list was longer than usual.
 */
export function rowsUsed(price: number, read: number, data: unknown): number {
  return Math.ceil(read > price + frame ? read : Math.min(price, Math.max(read, answeredRows(data))));
}

/**
 * This character stands before each record of a compiled answer, and before a total once for each row that it costs. Nothing else in JSON
 * text contains it.
 */
export const recordMark = "\n";

/** The size in rows of a compiled answer, which is JSON text. */
export function answeredRowsOf(text: string): number {
  let records = frame;
  for (let at = text.indexOf(recordMark); at >= 0; at = text.indexOf(recordMark, at + 1)) records++;
  return records + Math.floor(text.length / charactersPerRow);
}
