/** Makes a project folder of the sample company, with dates that are right today. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../errors.ts';
import { editTable } from './table-file.ts';

const execute = promisify(execFile);

const dayMs = 86_400_000;
/** The day on which the dates in the data of the sample were right. */
const writtenAt = Date.UTC(2026, 0, 5);
const dateColumns = ['start', 'end'];

/** The sample in the repository or in the installed package. */
export function findSample(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const sample = join(folder, 'samples', 'company');
    if (existsSync(sample)) return sample;
    if (folder === dirname(folder)) {
      throw new CliError('DEMO_SAMPLE_MISSING', 'The sample company is not installed.', {
        hint: 'The folder samples/company belongs to the package; install it again.',
      });
    }
  }
}

const parts = [
  'conf',
  'data',
  'directory',
  'helpdesk.mjs',
  'README.md',
  'appsettings.json',
  'appsettings.agent.json',
];

/** A new folder below the system's temporary one. */
export async function buildCompany(now: number): Promise<string> {
  const sample = findSample();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-demo-'));
    for (const part of parts) {
      await cp(join(sample, part), join(folder, part), { recursive: true });
    }
    const days = Math.floor(now / dayMs) - writtenAt / dayMs;
    await editTable(join(folder, 'data', 'hr', 'contracts.csv'), (rows) =>
      rows.map((row) => ({
        ...row,
        ...Object.fromEntries(dateColumns.map((column) => [column, moveDate(row[column], days)])),
      })),
    );
    await callHelpdesk(folder, ['create']);
    return folder;
  } catch (cause) {
    throw new CliError('DEMO_COMPANY_NOT_BUILT', 'The sample company could not be built.', {
      hint: `Check free space and permissions of ${tmpdir()}, or name another folder by TMPDIR.`,
      cause,
    });
  }
}

/** `2026-01-05`, `days` later; what is empty stays so. */
export function moveDate(date: string | undefined, days: number): string {
  return date === undefined || date === '' ? '' : formatDay(Date.parse(date) + days * dayMs);
}

/** The date in UTC, as the engine counts days. */
export function formatDay(time: number, days = 0): string {
  return new Date(time + days * dayMs).toISOString().slice(0, 10);
}

/** The helpdesk is a program of its own: Lockstep sees no more of it than its database. */
export async function callHelpdesk(folder: string, parameters: readonly string[]): Promise<void> {
  await execute(process.execPath, ['--no-warnings', join(folder, 'helpdesk.mjs'), ...parameters]);
}
