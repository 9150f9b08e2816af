/** How soon a run ends that finds nothing to do: an incremental job over a company at rest, start of the process included. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { peopleOf } from './cycle.ts';
import { makeCycleProject } from './cycle-project.ts';
import type { Size } from './harness.ts';
import { installCommand } from './installed-command.ts';
import type { ProcessContest } from './race-processes.ts';

const goalsMs: Readonly<Record<Size, number | undefined>> = { S: 300, M: 1_500, L: undefined };

export async function prepareStart(size: Size, folder: string): Promise<readonly ProcessContest[]> {
  const people = peopleOf[size];
  const project = join(folder, 'project');
  const command = await installCommand(folder);
  await makeCycleProject(project, { people, hasPolicy: true });
  const env = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const lockstep = (...args: readonly string[]) =>
    promisify(execFile)(process.execPath, [command, '-C', project, ...args], {
      env: { ...process.env, ...env },
    });
  await lockstep('deploy');
  // The second run takes up what the first one has left to do.
  for (const job of ['Everything', 'Changes', 'Changes'])
    await lockstep('job', 'run', job, '--force');
  const reference = () => ({ command: process.execPath, args: ['-e', '0'] });
  const ours =
    (...args: readonly string[]) =>
    () => ({
      command: process.execPath,
      args: [command, '-C', project, ...args],
      env,
    });
  const goalMs = goalsMs[size];
  const name = `incremental run over ${people.toLocaleString('en-US')} people, nothing changed`;
  return [
    {
      name,
      ...(goalMs === undefined ? {} : { goalMs }),
      ours: ours('job', 'run', 'Changes'),
      reference,
    },
    { name: 'the command alone: its version', ours: ours('--version'), reference },
    { name: 'configuration and store: the list of jobs', ours: ours('job', 'list'), reference },
  ];
}
