/** Orders made by hand: who let them pass a threshold, and what was written by hand instead of what was ordered. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

describe('orders made by hand', { timeout: 60_000 }, () => {
  let folder: string;

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const exitCode = await runCommandLine([...args], surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-generate-'));
    await call('init', '.');
    const policy = join(folder, 'conf', 'policy.xml');
    const text = await readFile(policy, 'utf8');
    await writeFile(policy, text.replace('<ResourceType ', '<ResourceType MaximumInsert="1" '));
    const steps = ['Staff', 'Wiki'].flatMap((connector) =>
      ['export', 'prepare', 'synchronize'].map((step) => [step, '--connector', connector]),
    );
    for (const args of [['deploy'], ...steps, ['evaluate']])
      expect(await call(...args)).toMatchObject({ exitCode: 0 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('pass a threshold in the name of whom --by names, with the reason given', async () => {
    const generate = ['generate', '--connector', 'Wiki'];
    expect(await call(...generate)).toMatchObject({ exitCode: 3 });

    const forced = await call(...generate, '--force', '--by', 'Kim', '--comment', 'Move of Sales');

    expect(forced).toMatchObject({ exitCode: 0 });
    const list = await call('--json', 'decision', 'list', '--kind', 'threshold');
    expect(JSON.parse(list.stdout).decisions).toMatchObject([
      { kind: 'threshold force', by: 'Kim', comment: 'Move of Sales' },
    ]);
  });

  it('are found again by their tickets, with the value that was written instead', async () => {
    expect(await call('fulfil', '--connector', 'Wiki')).toMatchObject({ exitCode: 0 });
    const { tickets } = JSON.parse((await call('--json', 'ticket', 'list')).stdout);
    const id = String(tickets[0].orderId);

    await call('ticket', 'confirm', id, '--set', 'Login=dnovak2');

    for (const kind of ['ticket', 'ticket confirm', 'Ticket-Confirm']) {
      const { stdout } = await call('decision', 'list', '--kind', kind);
      expect(stdout).toContain(`order ${id}; Login: dnovak2`);
    }
  });
});
