/**
 * A company that lives on, day after day, with a disturbance now and then. After every day the store and the accounts are
 * compared with what was written to the files, and time, memory and size are taken down.
 */
import { readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../employees/tables.ts';
import type { StorePlace } from './store-places.ts';
import { createTown, type Ended, expectAccounts, Population, type Town } from './town.ts';

const disturbances = [
  'kill',
  'truncated file',
  'missing file',
  'wrong header',
  'unwritable folder',
] as const;
export type Disturbance = (typeof disturbances)[number];

export interface Day {
  readonly day: number;
  readonly mode: 'Everything' | 'Changes';
  readonly disturbance: Disturbance | null;
  /** Of the run that went through. */
  readonly run: Pick<Ended, 'seconds' | 'processorSeconds' | 'residentMegabytes'>;
  readonly storeMegabytes: number;
  /** What is not as it should be; empty: nothing. */
  readonly problems: readonly string[];
}

export interface LifeOptions {
  readonly days: number;
  readonly people: number;
  readonly seed: number;
  /** The share of days on which something goes wrong. */
  readonly share: number;
  /** Disturbances that come for certain, one after the other from the second day on. */
  readonly certain?: readonly Disturbance[];
}

/** Two days of founding, not counted; then so many. */
export async function* liveDays(
  folder: string,
  place: StorePlace,
  options: LifeOptions,
): AsyncGenerator<Day> {
  const town = await createTown(join(folder, 'project'), place);
  const population = new Population(options.people, options.seed);
  const random = createRandom(options.seed + 1);
  await town.writeFiles(population);
  for (const command of [
    ['deploy'],
    ['job', 'run', 'Everything', '--force'],
    ['job', 'run', 'Everything'],
  ])
    requireSuccess(await town.run(...command));
  let usualMs = 2_000;
  // One after the other, from any: few days are disturbed, and each should be in its own way.
  let kind = Math.floor(random() * disturbances.length);
  for (let day = 1; day <= options.days; day += 1) {
    population.liveOneDay();
    await town.writeFiles(population);
    // A complete run heals; the changes of the days between come by comparison.
    const mode = day % 3 === 0 ? 'Everything' : 'Changes';
    const isDisturbed = random() < options.share;
    if (isDisturbed) kind = (kind + 1) % disturbances.length;
    const disturbance =
      options.certain?.[day - 2] ?? (isDisturbed ? (disturbances[kind] ?? null) : null);
    const problems: string[] = [];
    if (disturbance !== null)
      problems.push(...(await disturb(town, disturbance, mode, usualMs * random())));
    const run = requireSuccess(await town.run('job', 'run', mode));
    if (disturbance === null) usualMs = run.seconds * 1_000;
    problems.push(...(await compareTown(town, place, population)));
    const storeMegabytes = (await place.measure(town.folder)) / 1_048_576;
    yield { day, mode, disturbance, run, storeMegabytes, problems };
  }
}

/** A run that must fail without changing anything, or one that is killed; afterwards all is as it was before it. */
async function disturb(
  town: Town,
  disturbance: Disturbance,
  mode: Day['mode'],
  milliseconds: number,
): Promise<readonly string[]> {
  const people = join(town.folder, 'data', 'people.csv');
  const job = ['job', 'run', mode] as const;
  switch (disturbance) {
    case 'kill': {
      const run = town.start(...job);
      await Promise.race([sleep(milliseconds), run.ended]);
      run.child.kill('SIGKILL');
      await run.ended;
      const resumed = await town.run(...job, '--resume');
      const isFine = resumed.exitCode === 0 || resumed.said.includes('JOB_NOTHING_TO_RESUME');
      return isFine ? [] : [`resumed after a kill: exit ${resumed.exitCode}: ${resumed.said}`];
    }
    case 'truncated file': {
      const whole = await readFile(people);
      await truncate(people, Math.floor((await stat(people)).size * 0.6));
      return await failing(town, job, () => writeFile(people, whole));
    }
    case 'missing file': {
      await rename(people, `${people}.away`);
      return await failing(town, job, () => rename(`${people}.away`, people));
    }
    case 'wrong header': {
      const whole = await readFile(people, 'utf8');
      await writeFile(people, whole.replace('first_name', 'given_name'));
      return await failing(town, job, () => writeFile(people, whole));
    }
    case 'unwritable folder': {
      const exported = join(town.folder, 'Temp', 'ExportOutput');
      await rm(exported, { recursive: true });
      await writeFile(exported, 'in the way');
      return await failing(town, job, () => rm(exported));
    }
  }
}

async function failing(
  town: Town,
  job: readonly string[],
  repair: () => Promise<void>,
): Promise<readonly string[]> {
  const before = JSON.stringify([...town.readAccounts()]);
  const ended = await town.run(...job);
  await repair();
  const problems: string[] = [];
  if (ended.exitCode !== 1 && ended.exitCode !== 3)
    problems.push(`a disturbed run ended with ${ended.exitCode}: ${ended.said}`);
  if (JSON.stringify([...town.readAccounts()]) !== before)
    problems.push('a disturbed run changed accounts');
  return problems;
}

/** Counts of the store, and every account, against what was written to the files. */
export async function compareTown(
  town: Town,
  place: StorePlace,
  population: Population,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const expect = async (what: string, sql: string, expected: number): Promise<void> => {
    const found = await place.count(town.folder, sql);
    if (found !== expected) problems.push(`${what}: ${found} instead of ${expected}`);
  };
  const { people, departments } = population;
  await expect('people', 'select count(*) from r_hr_person', people.size);
  await expect('departments', 'select count(*) from r_hr_department', departments.length);
  await expect(
    'links to departments',
    'select count(*) from l_hr_person_department where id1 is not null and id2 is not null',
    people.size,
  );
  const accounts = town.readAccounts();
  const wanted = expectAccounts(population);
  if (accounts.size !== wanted.size)
    problems.push(`accounts: ${accounts.size} instead of ${wanted.size}`);
  for (const [login, values] of wanted) {
    if (accounts.get(login) === values) continue;
    problems.push(`account ${login}: ${accounts.get(login)} instead of ${values}`);
    if (problems.length > 10) break;
  }
  return problems;
}

function requireSuccess(ended: Ended): Ended {
  if (ended.exitCode === 0) return ended;
  throw new Error(`exit ${ended.exitCode}: ${ended.said}`);
}
