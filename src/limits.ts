/** What one request may ask for. More is refused before any of it runs. */
export interface Limits {
  /** Rows that the operations of a request may make the database return. */
  queryBudget: number;
  /** Levels of fields, those of fragments included. Introspection has a limit of its own. */
  maxDepth: number;
  maxAliases: number;
  maxDirectives: number;
  maxFragments: number;
  maxTokens: number;
  /** Operations in one request: 1 is no batch. */
  maxBatch: number;
}

export const defaultLimits: Limits = {
  queryBudget: 25_000,
  // Every level of a whole tree of conversations, as edges and nodes, and what hangs on the last.
  maxDepth: 40,
  maxAliases: 100,
  maxDirectives: 50,
  maxFragments: 100,
  maxTokens: 5_000,
  maxBatch: 1,
};
