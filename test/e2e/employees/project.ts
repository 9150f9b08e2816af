/** A copy of the sample with data of its own, and the command run on it as people run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findCommand } from '../../servers/use-command.ts';
import { adminPassword } from './directory.ts';
import { formatTable, type Tables, tableNames } from './tables.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');
export const sampleFolder = join(repository, 'samples', 'employees');

/** The folder that LOCKSTEP_EMPLOYEES names, or the one beside the repository; `undefined`: the data are not here. */
export function findDataFolder(): string | undefined {
  const named = process.env['LOCKSTEP_EMPLOYEES'];
  const folder = named ?? join(repository, '..', 'shared', 'data', 'employees');
  return existsSync(join(folder, 'employees.csv')) ? folder : undefined;
}

export interface Project {
  readonly folder: string;
  /** Runs `lockstep` on the project to its end. */
  run(...parameters: readonly string[]): Promise<Ended>;
  /** Starts it; for those who do not want to wait for the end. */
  start(...parameters: readonly string[]): ChildProcess;
  writeData(tables: Tables): Promise<void>;
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProjectOptions {
  /** What stands in appsettings.json, instead of what the sample has. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Copies the sample to a new folder. */
export async function createProject(
  folder: string,
  directoryPort: number,
  options: ProjectOptions = {},
): Promise<Project> {
  await mkdir(folder, { recursive: true });
  await cp(sampleFolder, folder, { recursive: true });
  if (options.settings !== undefined)
    await writeFile(join(folder, 'appsettings.json'), JSON.stringify(options.settings));
  const server = `127.0.0.1:${directoryPort}`;
  const environment = {
    ...process.env,
    // Half of a short command's time is reading the program; the command is started some hundred times.
    NODE_COMPILE_CACHE: join(folder, '..', 'compile-cache'),
    ...options.environment,
    EMPLOYEES_LDAP_PASSWORD: adminPassword,
    Connections__LdapAccounts__Servers__0__Server: server,
    Connections__LdapGroups__Servers__0__Server: server,
  };
  const start = (...parameters: readonly string[]): ChildProcess =>
    spawn(process.execPath, [findCommand(), '-C', folder, ...parameters], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    folder,
    start,
    run: async (...parameters) => waitForEnd(start(...parameters)),
    writeData: async (tables) => {
      await mkdir(join(folder, 'data'), { recursive: true });
      for (const name of tableNames)
        await writeFile(join(folder, 'data', `${name}.csv`), formatTable(tables[name]));
    },
  };
}

/** Collects the output of a started command until it is gone. */
export async function waitForEnd(child: ChildProcess): Promise<Ended> {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return { exitCode, ...output };
}
