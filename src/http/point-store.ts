/** An API key or a workspace, with the points that it has in a minute. */
export interface Account {
  readonly id: string;
  readonly limit: number;
}

/** Two values: that of a key's account, and that of its workspace's account. */
export type Pair<T> = readonly [key: T, workspace: T];

/** The minute that an account is in: it begins with the first point that is spent. */
export interface Minute {
  readonly spent: number;
  /** In milliseconds since 1970. It tells one minute of an account from another. */
  readonly endsAt: number;
}

export interface PointStore {
  /** Takes the points from both accounts when both have as many left, and from none otherwise. */
  take(accounts: Pair<Account>, points: number): Promise<{ taken: boolean; minutes: Pair<Minute> }>;
  /** Takes so many more, or fewer, in the minutes given: never more than there are, and nothing in a minute that is over. */
  correct(accounts: Pair<Account>, difference: number, minutes: Pair<Minute>): Promise<Pair<Minute>>;
}

export const minuteMs = 60_000;

export function mapPair<From, To>([key, workspace]: Pair<From>, map: (one: From, at: 0 | 1) => To): Pair<To> {
  return [map(key, 0), map(workspace, 1)];
}
