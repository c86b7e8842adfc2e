/** An API key or a workspace, and its limit of points in a minute. */
export interface Account {
  readonly id: string;
  readonly limit: number;
}

/** A value of the key's account and one of the workspace's account. */
export type Pair<T> = readonly [key: T, workspace: T];

/** The present minute of an account. It begins when the first point is spent. */
export interface Minute {
  readonly spent: number;
  /** In milliseconds since 1970. It tells one minute of an account from another. */
  readonly endsAt: number;
}

export interface PointStore {
  /** Takes the points from both accounts if both have enough left, and otherwise from neither. */
  take(accounts: Pair<Account>, points: number): Promise<{ taken: boolean; minutes: Pair<Minute> }>;
  /**
   * Takes more points (or gives back, if `difference` is negative) in the given minutes. It never takes more than are left, and changes
   * nothing in a minute that is over.
   */
  correct(accounts: Pair<Account>, difference: number, minutes: Pair<Minute>): Promise<Pair<Minute>>;
}

export const minuteMs = 60_000;

export function mapPair<From, To>([key, workspace]: Pair<From>, map: (one: From, at: 0 | 1) => To): Pair<To> {
  return [map(key, 0), map(workspace, 1)];
}
