/**
 * Long documents of one workspace are parsed and validated one after another, with as much time between them as each took: together
 * they take no more than half of the process's time, and nobody waits for more than one of them.
 */
export class DocumentTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is the workspace's turn. What the caller does before it waits for anything else is its turn. */
  async wait(workspaceId: string): Promise<void> {
    const before = this.#last.get(workspaceId);
    const { promise, resolve } = turn();
    this.#last.set(workspaceId, promise);
    await before;
    const startedAt = performance.now();
    const end = () => {
      if (this.#last.get(workspaceId) === promise) this.#last.delete(workspaceId);
      resolve();
    };
    setImmediate(() => setTimeout(end, performance.now() - startedAt));
  }
}

function turn() {
  let resolve = () => {};
  const promise = new Promise<void>((onEnd) => {
    resolve = onEnd;
  });
  return { promise, resolve };
}
