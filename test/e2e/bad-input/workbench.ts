/**
 * A project for tests that spoil something, and the command run on it as people run it. Whatever the command says or leaves
 * behind is searched for the secrets planted in settings and environment.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findCommand } from '../../servers/use-command.ts';
import { dumpSqliteStore } from '../employees/store-dump.ts';
import {
  type Account,
  configuration,
  createDesk,
  departments,
  formatDepartments,
  formatPeople,
  people,
  readDesk,
} from './company.ts';

const entry = findCommand();

/** Every planted secret holds this text. */
export const secretMark = 'pl4nted-s3cret';

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for messages that a task puts into its result and a command on stderr. */
  readonly said: string;
}

export interface Bench extends AsyncDisposable {
  readonly folder: string;
  /** Variables of every command started from now on. */
  readonly environment: Record<string, string>;
  /** Texts that may stand nowhere but in settings, beside those that hold `secretMark`. */
  readonly secrets: string[];
  run(...parameters: readonly string[]): Promise<Ended>;
  start(...parameters: readonly string[]): Started;
  path(...names: readonly string[]): string;
  write(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  /** What the store says, without ids, times and runs. */
  dumpStore(): Promise<string>;
  /** Resources of the store by type, and the accounts of the managed system. */
  look(): Promise<World>;
  readDesk(): readonly Account[];
  /** A copy of this project in its present state, to be spoiled by another test. */
  copy(): Promise<Bench>;
}

/** The failures and blocks a command told of, one line each: an error of the command itself, or those of a job's tasks. */
export function readProblems(ended: Ended): readonly string[] {
  const headline = /^(error [A-Z_]+ |\S+ (failed|blocked)( [A-Z_]+)?: )/;
  return ended.said.split('\n').filter((line) => headline.test(line));
}

export interface World {
  readonly store: string;
  readonly desk: readonly Account[];
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once stdout or stderr has said this; rejects when the command ends before. */
  waitFor(text: string): Promise<void>;
}

/** Writes the company, its managed system, and nothing else: not deployed. */
export async function createBench(
  options: {
    /** Instead of the company's. */
    readonly configuration?: Readonly<Record<string, string>>;
    readonly connections?: Readonly<Record<string, unknown>>;
    /** Where the project goes; a new temporary folder when not given. */
    readonly folder?: string;
  } = {},
): Promise<Bench> {
  const bench = await openBench(options.folder);
  await bench.write('data/people.csv', formatPeople(people));
  await bench.write('data/departments.csv', formatDepartments(departments));
  createDesk(bench.path('data', 'desk.db'));
  await bench.write('appsettings.json', '{ "Store": { "Client": "sqlite" } }\n');
  const connections = {
    HRPeople: { Path: 'data/people.csv' },
    HRDepartments: { Path: 'data/departments.csv' },
    DeskDb: { ConnectionString: 'Data Source=data/desk.db' },
    ...options.connections,
  };
  const agent = { Connections: connections };
  await bench.write('appsettings.agent.json', `${JSON.stringify(agent, null, 2)}\n`);
  for (const [name, text] of Object.entries(options.configuration ?? configuration))
    await bench.write(`conf/${name}`, text);
  return bench;
}

/** The company after two days on which nothing went wrong: everybody has an account, read back and verified. */
export async function createRunBench(
  ...parameters: Parameters<typeof createBench>
): Promise<Bench> {
  const bench = await createBench(...parameters);
  for (const command of [['deploy'], ['job', 'run', 'Everything'], ['job', 'run', 'Everything']]) {
    const ended = await bench.run(...command);
    if (ended.exitCode !== 0)
      throw new Error(`${command.join(' ')} ended with ${ended.exitCode}: ${ended.said}`);
  }
  return bench;
}

async function openBench(
  folder?: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Bench> {
  const made = folder ?? (await mkdtemp(join(tmpdir(), 'lockstep-bad-input-')));
  await mkdir(made, { recursive: true });
  return new OpenBench(made, environment);
}

class OpenBench implements Bench {
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly secrets: string[] = [secretMark];
  readonly #said: string[] = [];
  readonly #copies: Bench[] = [];

  constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.environment = { ...environment };
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(path)), { recursive: true });
    await writeFile(this.path(path), text);
  }

  async read(path: string): Promise<string> {
    return readFile(this.path(path), 'utf8');
  }

  start(...parameters: readonly string[]): Started {
    const child = spawn(process.execPath, [entry, '-C', this.folder, ...parameters], {
      env: {
        ...process.env,
        // Half of a short command's time is reading the program.
        NODE_COMPILE_CACHE: join(tmpdir(), 'lockstep-compile-cache'),
        ...this.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    const waiting = new Set<() => void>();
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        this.#said.push(text);
        for (const look of waiting) look();
      });
    }
    const ended = once(child, 'close').then(([exitCode]) => ({
      exitCode: exitCode as number | null,
      ...output,
      said: output.stdout + output.stderr,
    }));
    return {
      child,
      ended,
      waitFor: (text) =>
        new Promise((found, missed) => {
          const look = (): void => {
            if (!output.stdout.includes(text) && !output.stderr.includes(text)) return;
            waiting.delete(look);
            found();
          };
          waiting.add(look);
          look();
          void ended.then(({ said }) => missed(new Error(`never said "${text}": ${said}`)));
        }),
    };
  }

  async run(...parameters: readonly string[]): Promise<Ended> {
    return this.start(...parameters).ended;
  }

  async dumpStore(): Promise<string> {
    return dumpSqliteStore(this.path('Work', 'lockstep.db'));
  }

  readDesk(): readonly Account[] {
    return readDesk(this.path('data', 'desk.db'));
  }

  async look(): Promise<World> {
    return { store: await this.dumpStore(), desk: this.readDesk() };
  }

  async copy(): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-bad-input-'));
    await cp(this.folder, folder, { recursive: true, preserveTimestamps: true });
    const copy = await openBench(folder, this.environment);
    copy.secrets.push(...this.secrets);
    this.#copies.push(copy);
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const copy of this.#copies) await copy[Symbol.asyncDispose]();
    const said = this.#said.join('');
    const told = this.secrets.some((secret) => said.includes(secret)) ? ['the output'] : [];
    const places = [...told, ...(await findSecrets(this.folder, this.secrets))];
    await rm(this.folder, { recursive: true, force: true });
    if (places.length > 0) throw new Error(`A planted secret appears in ${places.join(', ')}.`);
  }
}

/** Files below the folder that hold a planted secret, but for those it was planted in. */
async function findSecrets(folder: string, secrets: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.name.startsWith('appsettings')) continue;
    const path = join(file.parentPath, file.name);
    const bytes = await readFile(path);
    if (secrets.some((secret) => bytes.includes(secret))) found.push(path);
  }
  return found;
}
