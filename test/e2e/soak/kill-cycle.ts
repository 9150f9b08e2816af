/**
 * A company that lives one and the same day again and again and is killed in it: at the beginning of every task in turn, and
 * at any moment. Resumed and finished, store, accounts and files are those of a day nobody disturbed.
 */
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../employees/tables.ts';
import type { StorePlace } from './store-places.ts';
import { createTown, type Ended, Population, type Started, type Town } from './town.ts';

const job = ['job', 'run', 'Everything', '--log-level', 'info'] as const;
/** What the job says when a task begins. */
const taskStarts = /"task":"([^"]+)","msg":"A task starts\."/g;

export interface KillReport {
  /** How it was struck, and how long it took to be at work again. */
  readonly when: string;
  readonly recoverySeconds: number;
  /** What differs from a day nobody disturbed; empty: nothing. */
  readonly differences: readonly string[];
}

interface World {
  readonly store: string;
  readonly accounts: string;
  /** Names of the files below Work and Temp, without ids. */
  readonly files: string;
}

/** The company before the day, put aside, and the day as it ends undisturbed. */
export class KilledTown implements AsyncDisposable {
  readonly #folder: string;
  readonly #town: Town;
  readonly #place: StorePlace;
  #undisturbed: World = { store: '', accounts: '', files: '' };
  #tasks: readonly string[] = [];
  #milliseconds = 0;

  private constructor(folder: string, town: Town, place: StorePlace) {
    this.#folder = folder;
    this.#town = town;
    this.#place = place;
  }

  static async open(
    folder: string,
    place: StorePlace,
    size: number,
    seed: number,
  ): Promise<KilledTown> {
    await mkdir(folder, { recursive: true });
    const town = await createTown(join(folder, 'project'), place);
    const killed = new KilledTown(folder, town, place);
    const population = new Population(size, seed);
    await town.writeFiles(population);
    for (const command of [['deploy'], [...job, '--force'], job])
      requireSuccess(await town.run(...command));
    population.liveOneDay();
    await town.writeFiles(population);
    await place.save();
    await cp(town.folder, join(folder, 'start'), { recursive: true });
    await killed.#measure();
    return killed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place[Symbol.asyncDispose]();
  }

  /** Tasks of the job, in the order in which they begin. */
  get tasks(): readonly string[] {
    return this.#tasks;
  }

  /** The first of every two kills is at the beginning of a task, the tasks in turn; the other at any moment. */
  async *killAll(count: number, seed: number): AsyncGenerator<KillReport> {
    const random = createRandom(seed);
    for (let index = 0; index < count; index += 1) {
      const task = this.#tasks[(index >> 1) % this.#tasks.length] ?? '';
      yield index % 2 === 0
        ? await this.#kill(task, Math.floor(random() * 4))
        : await this.#kill(null, random() * this.#milliseconds);
    }
  }

  /** `milliseconds` after a task began, or, without one, after the process did. */
  async #kill(task: string | null, milliseconds: number): Promise<KillReport> {
    await this.#restore();
    const run = this.#town.start(...job);
    if (task !== null) await Promise.race([waitForTask(run, task), run.ended]);
    await Promise.race([sleep(milliseconds), run.ended]);
    run.child.kill('SIGKILL');
    await run.ended;

    const startedAt = performance.now();
    const resumed = this.#town.start(...job, '--resume');
    await Promise.race([waitForTask(resumed, null), resumed.ended]);
    const recoverySeconds = (performance.now() - startedAt) / 1_000;
    const ended = await resumed.ended;
    // Killed before it had begun, or after it had ended: there is nothing to resume, and the command says so.
    const isNew = ended.said.includes('JOB_NOTHING_TO_RESUME');
    if (!isNew) requireSuccess(ended);
    // One more to verify what was delivered; and one to deliver it where the job died before it knew what.
    for (let left = isNew ? 2 : 1; left > 0; left -= 1)
      requireSuccess(await this.#town.run(...job));
    let differences = await this.#compare();
    if (differences.length > 0) {
      requireSuccess(await this.#town.run(...job));
      differences = await this.#compare();
    }
    const when = `${task ?? 'start'} + ${milliseconds.toFixed(0)} ms`;
    return { when, recoverySeconds, differences };
  }

  async #measure(): Promise<void> {
    const first = requireSuccess(await this.#town.run(...job));
    this.#tasks = [...first.said.matchAll(taskStarts)].map(([, task]) => task ?? '');
    this.#milliseconds = first.seconds * 1_000;
    requireSuccess(await this.#town.run(...job));
    this.#undisturbed = await this.#look();
  }

  async #compare(): Promise<readonly string[]> {
    const found = await this.#look();
    return (['store', 'accounts', 'files'] as const).flatMap((part) =>
      found[part] === this.#undisturbed[part]
        ? []
        : [`${part}: ${describeDifference(this.#undisturbed[part], found[part])}`],
    );
  }

  async #look(): Promise<World> {
    const accounts = [...this.#town.readAccounts()].sort().map((each) => each.join(' '));
    return {
      store: await this.#place.dump(this.#town.folder),
      accounts: accounts.join('\n'),
      files: (await listFiles(this.#town.folder)).join('\n'),
    };
  }

  async #restore(): Promise<void> {
    const { folder } = this.#town;
    await rm(folder, { recursive: true, force: true });
    await Promise.all([
      cp(join(this.#folder, 'start'), folder, { recursive: true, preserveTimestamps: true }),
      this.#place.restore(),
    ]);
  }
}

/** The beginning of one task, or of any. */
function waitForTask(run: Started, task: string | null): Promise<void> {
  const text = task === null ? '"msg":"A task starts."' : `"task":"${task}","msg":"A task starts."`;
  return new Promise((found) => {
    run.onSaid((said) => {
      if (said.includes(text)) found();
    });
  });
}

function requireSuccess(ended: Ended): Ended {
  if (ended.exitCode === 0) return ended;
  throw new Error(`exit ${ended.exitCode}: ${ended.said}`);
}

/** What work leaves in its folders. Logs and reports are named for their runs, and there is one more for a run that died. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const room of ['Work', 'Temp']) {
    for (const name of await readdir(join(folder, room), { recursive: true })) {
      if (/^(JobLogs|Reports)/.test(name) || /lockstep\.db-(wal|shm)$/.test(name)) continue;
      const unnamed = name
        .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
        .replace(/^ProvisioningOrders\/\d+/, 'ProvisioningOrders/<id>');
      names.push(`${room}/${unnamed}`);
    }
  }
  return names.sort();
}

/** The lines that are in one text and not in the other, the first few. */
function describeDifference(expected: string, found: string): string {
  const count = (text: string): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of text.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [before, after] = [count(expected), count(found)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((line) => before.get(line) !== after.get(line))
    .slice(0, 6)
    .map((line) => `${before.get(line) ?? 0} → ${after.get(line) ?? 0} × ${line.slice(0, 300)}`)
    .join('\n    ');
}
