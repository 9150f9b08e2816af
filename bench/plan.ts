/** A plan of an order for everybody: computed, written and shown; with the evaluation before it, and without. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCycleProject } from './cycle-project.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessContest } from './race-processes.ts';

const ordersOf: Readonly<Record<Size, number>> = { S: 7_000, M: 70_000, L: 700_000 };
/** Of 70,000 orders. */
const goalMs = 5_000;
const memoryGoalMiB = 512;

/** The reference is what Node takes without a program. */
export async function preparePlan(size: Size, folder: string): Promise<readonly ProcessContest[]> {
  const project = join(folder, 'project');
  const plan = join(folder, 'everybody.plan');
  const command = await installCommand(folder);
  await makeCycleProject(project, { people: ordersOf[size], hasPolicy: true });
  const lockstep = (...args: readonly string[]) => ({
    command: process.execPath,
    args: [command, '-C', project, ...args],
    env: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  const run = async (...args: readonly string[]): Promise<void> => {
    await promisify(execFile)(process.execPath, [command, '-C', project, ...args], {
      maxBuffer: 64 * 1024 * 1024,
    });
  };
  await run('deploy');
  for (const connector of ['HR', 'App']) {
    await run('export', '--connector', connector, '--mode', 'complete');
    await run('prepare', '--connector', connector, '--mode', 'complete', '--force');
    await run('synchronize', '--connector', connector, '--force');
  }
  let isEvaluated = false;
  const contest = (name: string, args: readonly string[], goal?: number): ProcessContest => ({
    name,
    rounds: 3,
    memoryGoalMiB,
    ...(goal === undefined ? {} : { goalMs: goal }),
    ours: () => lockstep(...args),
    reference: () => ({ command: process.execPath, args: ['-e', '0'] }),
  });
  return [
    contest('compute with the first evaluation, write, render', ['plan', '--out', plan]),
    {
      ...contest('compute, write, render', ['plan', '--out', plan], goalMs),
      prepare: async () => {
        if (isEvaluated) return;
        isEvaluated = true;
        await rm(plan, { force: true });
        await run('evaluate');
      },
    },
    contest('a page of the saved plan', ['plan', 'show', plan, '--page', '100']),
  ];
}
