import { type Account, type Minute, mapPair, minuteMs, type PointStore } from "./point-store.ts";

/** Points that this process counts for itself. */
export function pointsInMemory(now: () => number = Date.now): PointStore {
  const minutes = new Map<string, Minute>();
  let cleanedAt = now();
  const clean = (time: number) => {
    if (time < cleanedAt + minuteMs) return;
    cleanedAt = time;
    for (const [id, { endsAt }] of minutes) if (endsAt <= time) minutes.delete(id);
  };
  const spend = ({ id }: Account, { spent, endsAt }: Minute, points: number): Minute => {
    const minute = { spent: spent + points, endsAt };
    minutes.set(id, minute);
    return minute;
  };
  return {
    async take(accounts, points) {
      const time = now();
      clean(time);
      const present = mapPair(accounts, ({ id }) => {
        const minute = minutes.get(id);
        return minute && minute.endsAt > time ? minute : { spent: 0, endsAt: time + minuteMs };
      });
      const taken = accounts.every(({ limit }, at) => (present[at]?.spent ?? 0) + points <= limit);
      return {
        taken,
        minutes: taken ? mapPair(accounts, (account, at) => spend(account, present[at], points)) : present,
      };
    },
    async correct(accounts, difference, given) {
      return mapPair(accounts, (account, at) => {
        const minute = minutes.get(account.id);
        if (minute?.endsAt !== given[at].endsAt) return minute ?? given[at];
        const spent = Math.min(Math.max(minute.spent + difference, 0), Math.max(minute.spent, account.limit));
        return spend(account, minute, spent - minute.spent);
      });
    },
  };
}
