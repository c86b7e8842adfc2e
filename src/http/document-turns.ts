/**
 * Long documents of one workspace are parsed and validated one after another, with a pause between them that is as long as each took. So
 * they take at most half of the process's time, and others wait for one of them at most.
 */
export class DocumentTurns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves when it is the workspace's turn. The turn ends at the next await of the caller. */
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
