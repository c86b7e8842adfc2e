import { beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/database/open.ts";
import { programs, type StopMode, startPostgres } from "./own-postgres.ts";
import { startClient } from "./start-client.ts";
import { expectNothingLost, startTraffic } from "./traffic.ts";

const restarts = 3;
const clients = 8;

describe.skipIf(!programs)("a restart of PostgreSQL under load (needs the server's programs)", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  test.each<StopMode>(["fast", "immediate"])(
    "%s, loses no acknowledged write and halves none",
    { timeout: 180_000 },
    async (mode) => {
      const database = await openDatabase({ databaseUrl: postgres.url, dataDir: "", poolSize: 5 });
      const { send, parentId } = await startClient(database);
      const traffic = startTraffic(send, clients, parentId, mode);
      for (let restart = 1; restart <= restarts; restart++) {
        await traffic.progress(40);
        await postgres.stop(mode);
        const refusals = traffic.refused();
        await expect
          .poll(() => traffic.refused(), { timeout: 20_000, interval: 10 })
          .toBeGreaterThan(refusals + clients);
        await postgres.start();
      }
      await traffic.progress(40);
      await traffic.stop();
      expect(traffic.wrong).toEqual([]);
      await expectNothingLost(database.pool, traffic.acknowledged);
      expect(traffic.refused()).toBeGreaterThan(0);
    },
  );
});
