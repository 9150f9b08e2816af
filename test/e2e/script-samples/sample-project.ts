/** A copy of a sample in a temporary folder, and the command run on it as people run it. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { findCommand } from '../../servers/use-command.ts';
import { type Ended, waitForEnd } from '../employees/project.ts';

const repository = resolve(import.meta.dirname, '..', '..', '..');

export interface SampleProject extends AsyncDisposable {
  readonly folder: string;
  run(...parameters: readonly string[]): Promise<Ended>;
}

export async function copySample(
  sample: string,
  environment: Readonly<Record<string, string>>,
): Promise<SampleProject> {
  const folder = await mkdtemp(join(tmpdir(), `lockstep-${sample}-`));
  await cp(join(repository, 'samples', sample), folder, { recursive: true });
  return {
    folder,
    run: (...parameters) =>
      waitForEnd(
        spawn(process.execPath, [findCommand(), '-C', folder, ...parameters], {
          env: { ...process.env, ...environment },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs it; any other exit code than 0 fails the test with what the command said. */
export async function mustRun(
  project: SampleProject,
  ...parameters: readonly string[]
): Promise<string> {
  const { exitCode, stdout, stderr } = await project.run(...parameters);
  expect(exitCode, `${parameters.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
  return stdout;
}

/** How many orders there are of each status and change. */
export async function countOrders(project: SampleProject): Promise<Record<string, number>> {
  const text = await mustRun(project, '--json', 'order', 'list', '--limit', '1000');
  // The shape that docs/reference promises for this command.
  const { orders } = JSON.parse(text) as {
    readonly orders: readonly { readonly changeType: string; readonly status: string }[];
  };
  const counts: Record<string, number> = {};
  for (const { changeType, status } of orders) {
    const name = `${changeType} ${status}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** States of the assignments of a resource type, as `status` tells them. */
export async function readStates(project: SampleProject, resourceType: string): Promise<string> {
  const status = await mustRun(project, 'status');
  const line = status.split('\n').find((each) => each.startsWith(`${resourceType} `)) ?? '';
  return line.slice(resourceType.length).trim();
}
