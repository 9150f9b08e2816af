/**
 * How much memory the runs of a company's days take: the first, one on which 7 % of the people have changed, one with 0.1 %.
 * Each leaves the store to the next, so each is run once; the reference is what Node takes without a program.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCycleProject, writeDay } from './cycle-project.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessContest } from './race-processes.ts';

export const peopleOf: Readonly<Record<Size, number>> = { S: 10_000, M: 100_000, L: 1_000_000 };
const memoryGoals: Readonly<Record<Size, number>> = { S: 256, M: 512, L: 1_536 };
/** Of synchronizing alone, a million rows too. */
const synchronizationGoalMiB = 512;

/** Jobs with the whole policy; at size L the steps of a synchronization, each as a process of its own. */
export async function prepareCycle(size: Size, folder: string): Promise<readonly ProcessContest[]> {
  const people = peopleOf[size];
  const project = join(folder, 'project');
  const command = await installCommand(folder);
  await makeCycleProject(project, { people, hasPolicy: size !== 'L' });
  const lockstep = (...args: readonly string[]) => ({
    command: process.execPath,
    args: [command, '-C', project, ...args],
    env: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  await promisify(execFile)(process.execPath, [command, '-C', project, 'deploy']);
  const step = (
    name: string,
    args: readonly string[],
    options: { readonly memoryGoalMiB: number; readonly before?: () => Promise<void> },
  ): ProcessContest => ({
    name,
    rounds: 1,
    memoryGoalMiB: options.memoryGoalMiB,
    ours: () => lockstep(...args),
    reference: () => ({ command: process.execPath, args: ['-e', '0'] }),
    prepare: async (who) => {
      if (who === 'ours') await options.before?.();
    },
  });
  const nextDay = () => writeDay(project, { people, day: 2 });
  // Changed from the first day; from the second it is a thousandth.
  const nearlyNextDay = () => writeDay(project, { people, day: 2, changedShare: 0.069 });
  if (size === 'L') {
    const of = (day: string, before?: () => Promise<void>): readonly ProcessContest[] =>
      [
        ['export', '--mode', 'complete'],
        ['prepare', '--mode', 'complete', '--force'],
        ['synchronize', '--force'],
      ].map(([name = '', ...rest], index) =>
        step(`${name}, ${day}`, [name, '--connector', 'HR', ...rest], {
          memoryGoalMiB: synchronizationGoalMiB,
          ...(before === undefined || index > 0 ? {} : { before }),
        }),
      );
    return [...of('first day'), ...of('7 % changed', nextDay)];
  }
  const memoryGoalMiB = memoryGoals[size];
  const run = (job: string) => ['job', 'run', job, '--force'];
  return [
    step('first complete run', run('Everything'), { memoryGoalMiB }),
    step('complete run, 7 % changed', run('Everything'), { memoryGoalMiB, before: nextDay }),
    step('incremental run, 0.1 % changed', run('Changes'), {
      memoryGoalMiB,
      before: nearlyNextDay,
    }),
  ];
}
