/**
 * A company of any size that changes from day to day: people from CSV files, their desk accounts in a SQLite database that the
 * program provisions. What the store and the database must hold is counted here, from what was written to the files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { findCommand } from '../../servers/use-command.ts';
import { configuration, configurationFile, createDesk, readDesk } from '../bad-input/company.ts';
import { createRandom } from '../employees/tables.ts';

const entry = findCommand();
/** One department for so many people. */
const peoplePerDepartment = 200;

export interface Inhabitant {
  readonly number: number;
  readonly last: string;
  readonly department: string;
  readonly nickname: string;
}

/** Who is in the company today; the same seed gives the same company, day by day. */
export class Population {
  readonly people = new Map<number, Inhabitant>();
  /** Everybody there ever was, as last seen: nobody told the company what becomes of the accounts of those who left. */
  readonly known = new Map<number, Inhabitant>();
  readonly #random: () => number;
  readonly #departments: number;
  #next = 100_001;

  constructor(size: number, seed: number) {
    this.#random = createRandom(seed);
    this.#departments = Math.max(2, Math.ceil(size / peoplePerDepartment));
    for (let index = 0; index < size; index += 1) this.#join();
  }

  /** One in two hundred leaves, one in fifty changes, one in a hundred comes. */
  liveOneDay(): void {
    const size = this.people.size;
    const numbers = [...this.people.keys()];
    const pick = () => numbers[Math.floor(this.#random() * numbers.length)] ?? 0;
    // Who leaves is not changed before: nobody would ever read of it.
    for (let count = Math.ceil(size / 200); count > 0; count -= 1) this.people.delete(pick());
    for (let count = Math.ceil(size / 50); count > 0; count -= 1) {
      const person = this.people.get(pick());
      if (person !== undefined) this.#put(this.#change(person));
    }
    for (let count = Math.ceil(size / 100); count > 0; count -= 1) this.#join();
  }

  get departments(): readonly string[] {
    return Array.from({ length: this.#departments }, (_, index) => `D${index + 1}`);
  }

  #join(): void {
    const number = this.#next;
    this.#next += 1;
    const nickname = `Nick${Math.floor(this.#random() * 1e6)}`;
    this.#put({
      number,
      // Logins are made of it, and must not meet.
      last: `Family${number}`,
      department: this.#pickDepartment(),
      nickname,
    });
  }

  #put(person: Inhabitant): void {
    this.people.set(person.number, person);
    this.known.set(person.number, person);
  }

  #change(person: Inhabitant): Inhabitant {
    return this.#random() < 0.5
      ? { ...person, department: this.#pickDepartment() }
      : { ...person, nickname: `New${Math.floor(this.#random() * 1e6)}` };
  }

  #pickDepartment(): string {
    return `D${1 + Math.floor(this.#random() * this.#departments)}`;
  }
}

/** The limits of the small company, as shares: 20 % for what goes, no end to what comes. */
function scaleConfiguration(): Readonly<Record<string, string>> {
  const scale = (text: string | undefined): string =>
    (text ?? '')
      .replace(
        /MaximumUpdatedLines="10" MaximumDeletedLines="3"/,
        'MaximumUpdatedLines="0" MaximumDeletedLines="0"',
      )
      .replace(
        /MaximumInsertedLines="1000" MaximumDeletedLines="3"/,
        'MaximumInsertedLines="0" MaximumDeletedLines="0" MaximumUpdatedLines="0"',
      )
      .replaceAll('MaximumInsertedLines="1000"', 'MaximumInsertedLines="0"')
      .replaceAll('MaxPercentageDeletedLines="0"', 'MaxPercentageDeletedLines="20"')
      .replace(
        /MaximumLinkInsertedLines="1000" MaximumLinkDeletedLines="5"/,
        'MaximumLinkInsertedLines="0" MaximumLinkDeletedLines="0"',
      )
      .replace(/MaximumInsert="1000"/, 'MaximumInsert="0" MaximumUpdate="0"')
      .replace(/MaximumDelete="3"/, 'MaximumDelete="0"');
  const jobs = `
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Everything" DisplayName_L1="Everything, complete" />
  <CreateAgentSynchroIncremental Agent="Local" JobIdentifier="Changes" DisplayName_L1="Changes only" />`;
  return {
    'hr.xml': scale(configuration['hr.xml']),
    'desk.xml': scale(configuration['desk.xml']),
    'jobs.xml': configurationFile(jobs),
  };
}

/** How a command ended, and what it took. */
export interface Ended {
  readonly exitCode: number | null;
  readonly said: string;
  readonly seconds: number;
  /** Of its processors, user and system together. */
  readonly processorSeconds: number;
  /** The most memory it ever had resident. */
  readonly residentMegabytes: number;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Called with everything said so far, whenever something is said. */
  onSaid(look: (said: string) => void): void;
}

export interface Town {
  readonly folder: string;
  start(...parameters: readonly string[]): Started;
  run(...parameters: readonly string[]): Promise<Ended>;
  writeFiles(population: Population): Promise<void>;
  /** Accounts by login, with what the policy gives them. */
  readAccounts(): ReadonlyMap<string, string>;
}

/** Writes the project; it is not deployed. */
export async function createTown(
  folder: string,
  options: {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<Town> {
  for (const name of ['conf', 'data']) await mkdir(join(folder, name), { recursive: true });
  for (const [name, text] of Object.entries(scaleConfiguration()))
    await writeFile(join(folder, 'conf', name), text);
  await writeFile(
    join(folder, 'appsettings.json'),
    JSON.stringify(options.settings ?? { Store: { Client: 'sqlite' } }),
  );
  const file = (name: string) => ({ Path: `data/${name}`, PathIncremental: `data/${name}` });
  const connections = {
    HRPeople: file('people.csv'),
    HRDepartments: file('departments.csv'),
    DeskDb: { ConnectionString: 'Data Source=data/desk.db' },
  };
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({ Connections: connections }),
  );
  createDesk(join(folder, 'data', 'desk.db'));
  return openTown(folder, options.environment ?? {});
}

function openTown(folder: string, environment: Readonly<Record<string, string>>): Town {
  const start = (...parameters: readonly string[]): Started => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [entry, '-C', folder, ...parameters], {
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(folder, '..', 'compile-cache'),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const watch = watchProcess(child);
    const looks: ((said: string) => void)[] = [];
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        for (const look of looks) look(said);
      });
    }
    const ended = once(child, 'close').then(async ([exitCode]) => ({
      exitCode: exitCode as number | null,
      said,
      seconds: (performance.now() - startedAt) / 1_000,
      ...(await watch()),
    }));
    return { child, ended, onSaid: (look) => looks.push(look) };
  };
  return {
    folder,
    start,
    run: (...parameters) => start(...parameters).ended,
    writeFiles: async (population) => {
      await writeFile(
        join(folder, 'data', 'departments.csv'),
        [
          'code,name',
          ...population.departments.map((code) => `${code},Department ${code}`),
          '',
        ].join('\n'),
      );
      await writePeople(join(folder, 'data', 'people.csv'), population);
    },
    readAccounts: () =>
      new Map(
        readDesk(join(folder, 'data', 'desk.db'))
          .filter(({ login }) => login !== 'root')
          .map((account) => [account.login, `${account.full_name} (${account.nickname})`]),
      ),
  };
}

/** The accounts that the policy of the company gives these people. */
export function expectAccounts(population: Population): ReadonlyMap<string, string> {
  return new Map(
    [...population.known.values()].map(({ last, nickname }) => [
      `g${last}`.toLowerCase(),
      `Given ${last} (${nickname.slice(0, 4)})`,
    ]),
  );
}

async function writePeople(path: string, population: Population): Promise<void> {
  const stream = createWriteStream(path);
  stream.write('number,first_name,last_name,department,nickname\n');
  let lines: string[] = [];
  const flush = async (): Promise<void> => {
    if (!stream.write(lines.join(''))) await once(stream, 'drain');
    lines = [];
  };
  for (const { number, last, department, nickname } of population.people.values()) {
    lines.push(`${number},Given,${last},${department},${nickname}\n`);
    if (lines.length >= 10_000) await flush();
  }
  await flush();
  stream.end();
  await finished(stream);
}

/** Samples what the system knows of a process while it runs; where there is no /proc all is 0. */
function watchProcess(
  child: ChildProcess,
): () => Promise<Pick<Ended, 'processorSeconds' | 'residentMegabytes'>> {
  const last = { processorSeconds: 0, residentMegabytes: 0 };
  const sample = async (): Promise<void> => {
    try {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
      const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
      const ticks = Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
      last.residentMegabytes = Math.max(last.residentMegabytes, peak);
      last.processorSeconds = Math.max(last.processorSeconds, ticks / 100);
    } catch {
      // It has ended between two looks.
    }
  };
  const timer = setInterval(() => void sample(), 50);
  return async () => {
    clearInterval(timer);
    return last;
  };
}
