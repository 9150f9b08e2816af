/**
 * A full cycle killed with SIGKILL, at the beginning of every task and at any moment: `npm run soak:kills` does it five hundred
 * times on each store. Wherever it dies, it ends as if nothing had happened, is at work again at once, and leaves no file.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithServer } from '../servers/use-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from './employees/suite.ts';
import { KilledTown } from './soak/kill-cycle.ts';
import { kills, seed } from './soak/settings.ts';
import { createPostgresPlace, type StorePlace, sqlitePlace } from './soak/store-places.ts';

const hours = 3_600_000;

/** Several companies side by side, each with a part of the kills. */
async function killInLanes(
  folder: string,
  count: number,
  makePlace: (lane: number) => Promise<StorePlace>,
): Promise<void> {
  const lanes = Array.from({ length: Math.min(kills.lanes, count) }, (_, lane) => lane);
  const problems: string[] = [];
  let done = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      const own = join(folder, `lane-${lane}`);
      await using town = await KilledTown.open(own, await makePlace(lane), kills.people, seed);
      expect(town.tasks.length).toBeGreaterThan(10);
      const share = Math.ceil(count / lanes.length);
      for await (const report of town.killAll(share, seed * 1_000 + lane)) {
        done += 1;
        const recovery = `at work again after ${report.recoverySeconds.toFixed(1)} s`;
        const end = report.differences.length === 0 ? 'the same end' : 'ANOTHER END';
        process.stdout.write(`${done}/${count} killed at ${report.when}; ${recovery}; ${end}\n`);
        problems.push(...report.differences.map((each) => `${report.when}: ${each}`));
        if (report.recoverySeconds > 5) problems.push(`${report.when}: ${recovery}`);
      }
    }),
  );
  expect(problems).toEqual([]);
}

describe('a full cycle that is killed', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await makeTemporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it(`ends as if nothing had happened, ${kills.sqlite} times`, { timeout: 3 * hours }, () =>
    killInLanes(join(folder.path, 'sqlite'), kills.sqlite, () => Promise.resolve(sqlitePlace)),
  );

  describeWithServer('postgres', 'with its store in PostgreSQL', (address) => {
    it(`ends as if nothing had happened, ${kills.postgres} times`, { timeout: 3 * hours }, () =>
      killInLanes(join(folder.path, 'postgres'), kills.postgres, (lane) =>
        createPostgresPlace(address(), `soak_kills_${lane}`),
      ),
    );
  });
});
