/**
 * A disk that is full at some point of a run, or turns read-only: `npm run soak:disk` tries fifty points. The run says so and
 * names the path, what it had not finished is as it was, and the next one ends as if there had always been space.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithServer } from '../servers/use-server.ts';
import { makeTemporaryFolder, type TemporaryFolder } from './employees/suite.ts';
import { createRandom } from './employees/tables.ts';
import { compareTown } from './soak/live-days.ts';
import { disk, seed } from './soak/settings.ts';
import { type DiskFolder, findDiskObstacle, mountDisk, type SmallDisk } from './soak/small-disk.ts';
import { createPostgresPlace, type StorePlace, sqlitePlace } from './soak/store-places.ts';
import { createTown, type Ended, Population, type Town } from './soak/town.ts';

const job = ['job', 'run', 'Everything', '--log-level', 'info'] as const;
const obstacle = findDiskObstacle();
const megabytes = 16 + Math.ceil(disk.people / 200);

describe.skipIf(obstacle !== undefined)(
  `a disk without space${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  { timeout: 3_600_000 },
  () => {
    let folder: TemporaryFolder;
    beforeAll(async () => {
      folder = await makeTemporaryFolder();
    });
    afterAll(() => folder[Symbol.asyncDispose]());

    it(`below Work and Temp is survived at ${disk.points} points, and a read-only one too`, async () => {
      await live(join(folder.path, 'sqlite'), sqlitePlace, disk.points);
    });

    describeWithServer('postgres', 'with its store in PostgreSQL', (address) => {
      it('is survived too', async () => {
        await using place = await createPostgresPlace(address(), 'soak_disk');
        await live(join(folder.path, 'postgres'), place, Math.ceil(disk.points / 5));
      });
    });
  },
);

/** Lives a day per point; many points are worth the read-only days as well, whatever the store. */
async function live(folder: string, place: StorePlace, points: number): Promise<void> {
  const town = await createTown(join(folder, 'project'), place);
  const population = new Population(disk.people, seed);
  await town.writeFiles(population);
  for (const command of [['deploy'], [...job, '--force']])
    expect((await town.run(...command)).exitCode).toBe(0);
  await using small = await mountDisk(town.folder, megabytes);
  const random = createRandom(seed);
  const before = await small.used('Work');
  await nextDay(town, population);
  expect((await town.run(...job)).exitCode).toBe(0);
  // What a day needs beyond what is there already, and room for what it writes on the way.
  const needed = Math.max(1_000_000, ((await small.used('Work')) - before) * 4);
  for (let point = 0; point < points; point += 1) {
    const where: DiskFolder = point % 3 === 2 ? 'Temp' : 'Work';
    const leave = Math.floor(random() * needed * (where === 'Temp' ? 0.02 : 1));
    const tell = `${where}, ${leave} bytes left`;
    await nextDay(town, population);
    await small.fill(where, leave);
    await expectSurvival(town, place, population, { where, tell, repair: () => small.free() });
  }
  if (points < 2) return;
  for (const where of ['Work', 'Temp'] as const)
    await survivePlain(town, place, population, small, where);
}

async function survivePlain(
  town: Town,
  place: StorePlace,
  population: Population,
  small: SmallDisk,
  where: DiskFolder,
): Promise<void> {
  await nextDay(town, population);
  small.setReadOnly(where, true);
  const repair = async () => small.setReadOnly(where, false);
  await expectSurvival(town, place, population, { where, tell: `${where}, read-only`, repair });
}

async function nextDay(town: Town, population: Population): Promise<void> {
  population.liveOneDay();
  await town.writeFiles(population);
}

/** Runs the day's job; where it fails it names the place, and did not load half of anything. */
async function expectSurvival(
  town: Town,
  place: StorePlace,
  population: Population,
  trouble: {
    readonly where: DiskFolder;
    readonly tell: string;
    readonly repair: () => Promise<void>;
  },
): Promise<void> {
  const countPeople = () => place.count(town.folder, 'select count(*) from r_hr_person');
  const before = await countPeople();
  const ended: Ended = await town.run(...job);
  await trouble.repair();
  process.stdout.write(`${trouble.tell}: exit ${ended.exitCode}\n`);
  if (ended.exitCode !== 0) {
    expect(ended.exitCode, `${trouble.tell}: ${ended.said}`).toBe(1);
    expect(ended.said, trouble.tell).toContain(join(town.folder, trouble.where));
    expect(ended.said, trouble.tell).not.toMatch(/error UNEXPECTED|TASK_FAILED|\n {4}at /);
    const isLoaded = /_Synchronize_HR","status":"completed"/.test(ended.said);
    if (!isLoaded) expect(await countPeople(), trouble.tell).toBe(before);
  }
  const next = await town.run(...job);
  expect(next.exitCode, `${trouble.tell}: ${next.said}`).toBe(0);
  expect(await compareTown(town, place, population), trouble.tell).toEqual([]);
}
