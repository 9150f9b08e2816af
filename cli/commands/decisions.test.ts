/** Lists of people's work with values from outside, and what is asked before something cannot be undone. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const sequence = '\u001b[2J\u001b]0;owned\u0007';
const turn = '\u202e';

describe('lists for people', { timeout: 60_000 }, () => {
  let folder: string;

  async function call(args: readonly string[], answer?: string) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const asked: string[] = [];
    const ask = async (question: string): Promise<string> => {
      asked.push(question);
      return answer ?? '';
    };
    const exitCode = await runCommandLine(
      args,
      answer === undefined ? surroundings : { ...surroundings, ask },
    );
    return { exitCode, stdout: stdout.text(), stderr: stderr.text(), asked };
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-decisions-'));
    await call(['init', folder]);
    const policy = join(folder, 'conf', 'policy.xml');
    const text = await readFile(policy, 'utf8');
    await writeFile(policy, text.replace('BlockProvisioning="false"', 'BlockProvisioning="true"'));
    await appendFile(
      join(folder, 'data', 'staff.csv'),
      `1006,${sequence}Mallory,${turn}Evil,"Sal${sequence}es"\n`,
    );
    expect((await call(['deploy'])).exitCode).toBe(0);
    expect((await call(['job', 'run', 'Everything'])).exitCode).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('let no value reach the terminal as it is', async () => {
    const listed = await call(['review', 'list', '--owner', '*Mallory*']);
    const id = /^ *(\d+) /mu.exec(listed.stdout)?.[1] ?? '';
    const outputs = [
      listed,
      await call(['review', 'list', '--by', 'property']),
      await call(['review', 'show', id]),
      await call(['review', 'postpone', id, '--by', sequence, '--comment', sequence]),
      await call(['review', 'list', '--postponed']),
      await call(['decision', 'list']),
      await call(['reconcile', 'list']),
    ];

    for (const { exitCode, stdout } of outputs) {
      expect(exitCode).toBe(0);
      expect(stdout).not.toContain('\u001b');
      expect(stdout).not.toContain('\u0007');
      expect(stdout).not.toContain(turn);
    }
    expect(listed.stdout).toContain('Mallory');
  });

  it('ask before what cannot be undone, and only where somebody can answer', async () => {
    const list = await call(['--json', 'reconcile', 'list', '--kind', 'property']);
    const [gap] = JSON.parse(list.stdout).gaps;
    const keep = ['reconcile', 'keep', String(gap.id)];

    const refused = await call(keep, 'n');
    expect(refused.asked).toEqual([expect.stringContaining('cannot be undone')]);
    expect(refused).toMatchObject({ exitCode: 0, stdout: 'Nothing was decided.\n' });
    const dry = await call([...keep, '--dry-run'], 'y');
    expect(dry.asked).toEqual([]);
    const still = await call(['--json', 'reconcile', 'list', '--kind', 'property']);
    expect(JSON.parse(still.stdout).total).toBe(1);

    const kept = await call(keep, 'y');
    expect(kept.asked).toHaveLength(1);
    expect(kept.stdout).toContain('1 decision made: keep');
    const again = await call([...keep, '--yes'], 'y');
    expect(again.asked).toEqual([]);
    expect(again.stderr).toContain('USAGE_SELECTION_UNKNOWN');
  });

  it('are cut into pages that say how to go on', async () => {
    const first = await call(['review', 'list', '--limit', '1']);
    const after = /^1 of (\d+) shown\. Go on with --after (\d+)\.$/mu.exec(first.stdout);
    const second = await call(['review', 'list', '--limit', '1', '--after', after?.[2] ?? '']);

    expect(Number(after?.[1])).toBe(2);
    expect(second.stdout).not.toContain('Go on');
    expect(second.stdout.split('\n')[1]).not.toBe(first.stdout.split('\n')[1]);
  });

  it.each([
    ['review', 'approve'],
    ['reconcile', 'keep'],
    ['ticket', 'confirm'],
  ])('never decide about everything because something was left out: %s %s', async (...command) => {
    const nothing = await call([...command]);
    const both = await call([...command, '7', '--all']);

    expect([nothing.exitCode, both.exitCode]).toEqual([2, 2]);
    expect(nothing.stderr).toContain('USAGE_SELECTION_MISSING');
    expect(both.stderr).toContain('USAGE_OPTIONS_CONFLICT');
  });
});
