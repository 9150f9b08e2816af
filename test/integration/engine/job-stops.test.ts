import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findCommand } from '../../servers/use-command.ts';
import { canonicalStore, describeOnEveryStore, type ProjectFolder } from './project.ts';

/** Tasks that are stopped in, of those of a complete job; LOCKSTEP_STOPS=all stops in every one. */
const kinds = [
  'FulfillTask',
  ...(process.env['LOCKSTEP_STOPS'] === 'all'
    ? [
        'ExportTask',
        'SynchronizeTask',
        'PrepareSynchronizationTask',
        'UpdateEntityPropertyExpressionsTask',
        'ComputeCorrelationKeysTask',
        'ComputeRoleModelTask',
        'GenerateProvisioningOrdersTask',
      ]
    : []),
];

interface End {
  readonly code: number | null;
  readonly ms: number;
  readonly text: string;
}

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  beforeEach(async () => {
    project = await makeProject();
  });
  afterEach(() => project[Symbol.asyncDispose]());

  /** Runs the command, and sends the signal when a task of this kind has started. */
  async function job(
    args: readonly string[],
    stop?: { readonly kind: string; readonly signals: readonly NodeJS.Signals[] },
  ): Promise<End> {
    const child = spawn(
      process.execPath,
      [findCommand(), '-C', project.folder, '--log-level', 'info', '--json', 'job', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    let told = '';
    let sentAt = 0;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      told += chunk;
      const name = stop?.kind.replace(/Task$/, '').replace('Synchronize', '_Synchronize');
      if (sentAt > 0 || name === undefined) return;
      if (!new RegExp(`"task":"[^"]*${name}[^"]*"[^\\n]*starts`).test(told)) return;
      sentAt = performance.now();
      for (const signal of stop?.signals ?? []) child.kill(signal);
    });
    const [code] = await once(child, 'close');
    return { code, ms: sentAt === 0 ? 0 : performance.now() - sentAt, text: `${text}${told}` };
  }

  async function finalState(): Promise<readonly string[]> {
    // What was carried out is verified by the run after it.
    project.clock = Date.now() + 60_000;
    await project.run('Complete');
    await using workspace = await project.open();
    const wiki = project.wiki();
    const users = wiki.prepare('select login, mail from users order by login').all();
    wiki.close();
    return [...(await canonicalStore(workspace.store)), ...users.map((row) => JSON.stringify(row))];
  }

  describe('a job that is told to stop', () => {
    it.each(kinds)(
      'in a %s ends soon, says so by its exit code, and is resumed to where it would have come',
      async (kind) => {
        {
          await using _deployed = await project.open();
        }
        const stopped = await job(['run', 'Complete'], { kind, signals: ['SIGTERM'] });

        const resumed = await job(['run', 'Complete', '--resume']);

        // A task may have been quicker than the signal; then the job ended as usual.
        expect([0, 130], stopped.text).toContain(stopped.code);
        expect(stopped.ms).toBeLessThan(10_000);
        const expected = stopped.code === 0 ? 'JOB_NOTHING_TO_RESUME' : '"status": "completed"';
        expect(resumed.text).toContain(expected);
        const state = await finalState();
        await using twin = await makeProject();
        await twin.run('Complete');
        await twin.run('Complete');
        await using undisturbed = await twin.open();
        const wiki = twin.wiki();
        const users = wiki.prepare('select login, mail from users order by login').all();
        wiki.close();
        expect(state).toEqual([
          ...(await canonicalStore(undisturbed.store)),
          ...users.map((row) => JSON.stringify(row)),
        ]);
      },
      60_000,
    );

    it('twice ends at once, and is resumed all the same', async () => {
      {
        await using _deployed = await project.open();
      }
      const stopped = await job(['run', 'Complete'], {
        kind: 'SynchronizeTask',
        signals: ['SIGINT', 'SIGINT'],
      });

      const resumed = await job(['run', 'Complete', '--resume']);

      expect(stopped.code).toBe(130);
      expect(stopped.ms).toBeLessThan(2_000);
      expect(resumed.code, resumed.text).toBe(0);
    }, 60_000);
  });
});
