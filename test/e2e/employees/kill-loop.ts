/**
 * One company that lives the same day again and again, and is killed in it. A cycle is: the day's files arrive, a job works out
 * the orders and carries them out, a second job reads the directory and finds everything as ordered.
 */
import { once } from 'node:events';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeCompany } from './change-company.ts';
import { type Directory, startDirectory } from './directory.ts';
import { createProject, type Ended, type Project, sampleFolder } from './project.ts';
import type { Tables } from './tables.ts';

/** Where the company keeps its store. */
export interface StorePlace {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Puts the content aside, brings it back. What lies in the project folder is kept with the folder. */
  save(): Promise<void>;
  restore(): Promise<void>;
  dump(project: Project): Promise<string>;
}

/** How a cycle ended. Two equal ends are the same directory, the same store, the same writes on the way. */
export interface CycleEnd {
  readonly directory: string;
  readonly store: string;
  /** Successful operations in the directory, sorted. */
  readonly writes: string;
  readonly leftovers: readonly string[];
}

/** When to kill: after so many milliseconds of the cycle, or of its delivery. */
export interface Moment {
  readonly from: 'start' | 'delivery';
  readonly milliseconds: number;
}

export interface Company extends AsyncDisposable {
  /** Duration of the jobs of a cycle nobody disturbs, and of the delivery in the first of them. */
  readonly durations: readonly number[];
  readonly deliveryMs: number;
  readonly undisturbed: CycleEnd;
  /** A cycle whose job is killed at the moment, resumed and finished; says where it was struck. */
  runKilled(moment: Moment): Promise<{ readonly end: CycleEnd; readonly struck: string }>;
}

const jobParameters = ['job', 'run', 'Incremental', '--force'];
/** Deliver, and verify: what a day takes when nothing goes wrong. */
const jobsOfCycle = 2;
const deliveryBegins = 'GenerateProvisioningOrders1 completed';

export async function openCompany(
  folder: string,
  tables: Tables,
  place: StorePlace,
  today: string,
): Promise<Company> {
  const directory = await startDirectory(join(sampleFolder, 'directory.ldif'));
  try {
    const project = await createProject(join(folder, 'project'), directory.port, place);
    await foundCompany(project, tables);
    const day = { joiners: 40, movers: 60, doublers: 20, promotions: 50, leavers: 40 };
    await project.writeData(changeCompany(tables, day, today, 7));
    await directory.save('start');
    await place.save();
    await cp(project.folder, join(folder, 'start'), { recursive: true });
    const company = new KilledCompany(folder, project, directory, place);
    await company.measure();
    return company;
  } catch (error) {
    await directory[Symbol.asyncDispose]();
    throw error;
  }
}

async function foundCompany(project: Project, tables: Tables): Promise<void> {
  await project.writeData(tables);
  const steps = [['deploy'], ['job', 'run', 'Complete', '--force'], jobParameters, jobParameters];
  for (const parameters of steps) requireSuccess(await project.run(...parameters));
}

function requireSuccess(ended: Ended): Ended {
  if (ended.exitCode === 0) return ended;
  throw new Error(`exit ${ended.exitCode}: ${ended.stderr}\n${ended.stdout}`);
}

class KilledCompany implements Company {
  durations: readonly number[] = [];
  deliveryMs = 0;
  undisturbed: CycleEnd = { directory: '', store: '', writes: '', leftovers: [] };
  readonly #folder: string;
  readonly #project: Project;
  readonly #directory: Directory;
  readonly #place: StorePlace;

  constructor(folder: string, project: Project, directory: Directory, place: StorePlace) {
    this.#folder = folder;
    this.#project = project;
    this.#directory = directory;
    this.#place = place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory[Symbol.asyncDispose]();
  }

  async measure(): Promise<void> {
    await this.#restore();
    const durations: number[] = [];
    for (let index = 0; index < jobsOfCycle; index += 1) {
      const startedAt = performance.now();
      const child = this.#project.start(...jobParameters);
      let deliveryAt: number | undefined;
      child.stderr?.on('data', (text: Buffer) => {
        if (text.includes(deliveryBegins)) deliveryAt ??= performance.now();
      });
      child.stdout?.resume();
      const [exitCode] = (await once(child, 'close')) as [number | null];
      if (exitCode !== 0) throw new Error(`an undisturbed job ended with ${exitCode}`);
      durations.push(performance.now() - startedAt);
      if (index === 0 && deliveryAt !== undefined) this.deliveryMs = performance.now() - deliveryAt;
    }
    this.durations = durations;
    this.undisturbed = await this.#readEnd();
  }

  async runKilled(moment: Moment): Promise<{ readonly end: CycleEnd; readonly struck: string }> {
    await this.#restore();
    const [firstJob = 0] = this.durations;
    const isLater = moment.from === 'start' && moment.milliseconds >= firstJob;
    if (isLater) requireSuccess(await this.#project.run(...jobParameters));
    const wait = isLater ? moment.milliseconds - firstJob : moment.milliseconds;
    const struck = await this.#startAndKill({ from: moment.from, milliseconds: wait });
    const resumed = await this.#project.run(...jobParameters, '--resume');
    // Killed before it had begun, or after it had ended: there is nothing to resume, and the command says so.
    if (!resumed.stderr.includes('JOB_NOTHING_TO_RESUME')) requireSuccess(resumed);
    for (let index = isLater ? 1 : 0; index < jobsOfCycle; index += 1)
      requireSuccess(await this.#project.run(...jobParameters));
    return { end: await this.#readEnd(), struck };
  }

  /** The last task that had reported its end when the process died. */
  async #startAndKill(moment: Moment): Promise<string> {
    const child = this.#project.start(...jobParameters);
    const ended = once(child, 'close');
    let said = '';
    child.stdout?.resume();
    const delivery = new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: Buffer) => {
        said += text.toString('utf8');
        if (said.includes(deliveryBegins)) resolve();
      });
    });
    if (moment.from === 'delivery') await Promise.race([delivery, ended]);
    await Promise.race([sleep(moment.milliseconds), ended]);
    child.kill('SIGKILL');
    await ended;
    return said.trimEnd().split('\n').at(-1)?.split(':')[0] ?? '';
  }

  async #restore(): Promise<void> {
    const { folder } = this.#project;
    await rm(folder, { recursive: true, force: true });
    await Promise.all([
      cp(join(this.#folder, 'start'), folder, { recursive: true }),
      this.#directory.restore('start'),
      this.#place.restore(),
    ]);
  }

  async #readEnd(): Promise<CycleEnd> {
    const files = await readdir(this.#project.folder, { recursive: true });
    return {
      directory: await this.#directory.dump(),
      store: await this.#place.dump(this.#project),
      writes: [...(await this.#directory.readWrites())].sort().join('\n\n'),
      leftovers: files.filter((name) => /\.(part|tmp|sort)\b/.test(name)),
    };
  }
}
