/** Preparing a file of people, and preparing it again when it has not changed, against DuckDB. */

import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildProgram } from './built-program.ts';
import { generatePeople } from './generate-company.ts';
import type { Size } from './harness.ts';
import type { ProcessCommand, ProcessContest } from './race-processes.ts';
import { duckdbScript, findPython } from './references/bench-tools.ts';

/** Greatest ratios, at every size. What a process needs to start is most of what a small file takes: those are missed. */
const goals = { first: 1, next: 1.5, same: 0.5 };
const counts: Readonly<Record<Size, number>> = { S: 10_000, M: 100_000, L: 1_000_000 };

export async function preparePreparation(
  size: Size,
  folder: string,
): Promise<readonly ProcessContest[]> {
  const rows = counts[size];
  const python = findPython();
  const [first, second] = [join(folder, 'first.csv'), join(folder, 'second.csv')];
  await generatePeople(first, { rows, day: 1 });
  await generatePeople(second, { rows, day: 2 });
  const out = join(folder, 'out.csv');
  const work = join(folder, 'work');
  const program = await buildProgram('prepare-people', folder);
  const ours = (people: string, ...rest: readonly string[]): ProcessCommand =>
    program(work, people, ...rest);
  const duckdb = (...args: readonly string[]): ProcessCommand => ({
    command: python,
    args: [duckdbScript, ...args],
  });
  const clear = async (who: 'ours' | 'reference'): Promise<void> => {
    if (who === 'reference') return rm(out, { force: true });
    await rm(work, { recursive: true, force: true });
    await mkdir(work);
  };
  return [
    {
      name: 'cleanse, sort, set aside',
      goal: goals.first,
      memoryGoalMiB: 300,
      prepare: clear,
      ours: () => ours(first),
      reference: () => duckdb('prepare', first, out),
      check: async () => {
        await compareKeys(join(work, 'Synchronization', 'first', 'Person.sorted.csv'), out);
        return undefined;
      },
    },
    {
      name: 'the next day, 7 % changed, with its changes',
      goal: goals.next,
      memoryGoalMiB: 400,
      prepare: async (who) => {
        await clear(who);
        if (who === 'ours') runOnce(ours(first));
      },
      ours: () => ours(second, 'first'),
      reference: () => duckdb('prepare', second, out),
    },
    {
      name: 'an unchanged day',
      goal: goals.same,
      prepare: async (who) => {
        await clear(who);
        if (who === 'ours') runOnce(ours(first));
      },
      ours: () => ours(first, 'first'),
      reference: () => duckdb('read', first),
    },
  ];
}

/** Lays the first day's session out, as the day before did. */
function runOnce(what: ProcessCommand): void {
  const { status, stderr } = spawnSync(what.command, [...what.args], {
    env: { ...process.env, ...what.env },
  });
  if (status !== 0) throw new Error(String(stderr));
}

/** Both have the same keys in the same order. */
async function compareKeys(ours: string, reference: string): Promise<void> {
  const read = async (path: string, column: number): Promise<readonly string[]> =>
    (await readFile(path, 'utf8'))
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[column] ?? '');
  const [found, wanted] = [await read(ours, 2), await read(reference, 0)];
  const at = wanted.findIndex((key, index) => key !== found[index]);
  if (at !== -1 || found.length !== wanted.length)
    throw new Error(`row ${at}: ours has ${found[at]}, DuckDB has ${wanted[at]}`);
}
