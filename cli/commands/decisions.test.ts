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

  it('wait again for what they waited for before they were declined', async () => {
    const [id = ''] = (await call(['review', 'list', '--owner', '1004'])).stdout
      .split('\n')
      .flatMap((line) => /^ *(\d+) /u.exec(line)?.[1] ?? []);
    await call(['review', 'decline', id, '--by', 'kim']);
    const late = await call(['review', 'approve', id, '--by', 'lou']);
    await call(['review', 'reopen', id, '--by', 'kim']);

    const again = await call(['--json', 'review', 'list', '--owner', '1004']);
    expect(late.stderr).toMatch(/The last decision about it: review decline, by kim at /u);
    expect(JSON.parse(again.stdout).items).toMatchObject([
      { state: 'awaiting-approval', blockedBy: ['resource-type'] },
    ]);
  });

  it('are put off to a time that comes, and to none that is over', async () => {
    for (const until of ['20200101', '0d']) {
      const refused = await call(['review', 'postpone', '--owner', '1004', '--until', until]);
      expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is over') });
    }
    expect((await call(['review', 'list', '--postponed', '--owner', '1004'])).stdout).toContain(
      'Nothing waits for a review.',
    );
  });

  it.each([
    [['review', 'list', '--property', 'Teem'], 'PROPERTY_UNKNOWN'],
    [['review', 'approve', '--value', 'Teem=Sales'], 'PROPERTY_UNKNOWN'],
    [['reconcile', 'accept', '--all', '--property', 'Teem'], 'PROPERTY_UNKNOWN'],
    [['review', 'list', '--postponed', '--declined'], 'USAGE_INVALID'],
    [['reconcile', 'list', '--postponed', '--decided'], 'USAGE_INVALID'],
    [['decision', 'list', '--kind', 'reviews'], 'USAGE_INVALID'],
    [['reconcile', 'delete', '--kind', 'orphan', '--older-than', '3d'], 'USAGE_OPTIONS_CONFLICT'],
    [['reconcile', 'delete', '--kind', 'orphan', '--current', 'x'], 'USAGE_OPTIONS_CONFLICT'],
    [['reconcile', 'keep', '--kind', 'orphan', '--confidence', '80'], 'USAGE_OPTIONS_CONFLICT'],
    [
      ['reconcile', 'keep', '--kind', 'orphan', '--resource-type', 'x'],
      'USAGE_RESOURCE_TYPE_UNKNOWN',
    ],
    [['risk', 'list', '--limit', '0'], 'USAGE_INVALID'],
  ])('refuse what would narrow them to nothing, or not at all: %j', async (args, code) => {
    const { exitCode, stderr } = await call(args);

    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(code) });
  });

  it('keep an account of nobody from an owner of another kind, by its name', async () => {
    const list = await call(['--json', 'reconcile', 'list', '--kind', 'orphan']);
    const [{ id }] = JSON.parse(list.stdout).gaps;

    const wrong = await call(['reconcile', 'keep', String(id), '--owner', 'Wiki_User:arey']);
    const taken = await call(['reconcile', 'keep', String(id), '--owner', 'Staff_Person:1001']);

    expect(wrong.stderr).toContain('The chosen owner is no Staff_Person');
    expect(taken.stderr).toContain('Staff_Person:1001 would have 2 resources');
    expect([wrong.exitCode, taken.exitCode]).toEqual([2, 2]);
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
