/** The rows of each owner, in the order of the owners, as the batch function of a DataLoader returns them. */
export function groupByOwner<Row>(ownerIds: readonly string[], rows: Row[], ownerOf: (row: Row) => string): Row[][] {
  const groups = new Map<string, Row[]>(ownerIds.map((id) => [id, []]));
  for (const row of rows) groups.get(ownerOf(row))?.push(row);
  return ownerIds.map((id) => groups.get(id) ?? []);
}
