/** Takes each in turn in each round, in another order each time. A first turn of each warms up and does not count. */
export async function takeTurns<Item, T>(
  items: Item[],
  rounds: number,
  turn: (item: Item) => Promise<T>,
): Promise<Map<Item, T[]>> {
  const results = new Map<Item, T[]>(items.map((item) => [item, []]));
  for (const item of items) await turn(item);
  for (let round = 0; round < rounds; round++) {
    const order = items.map((_, at) => items[(at + 2 * round) % items.length] as Item);
    if (round % 2) order.reverse();
    for (const item of order) results.get(item)?.push(await turn(item));
  }
  return results;
}
