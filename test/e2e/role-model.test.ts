/**
 * A role model over real people and a real directory, through the command line only: thirty roles by department and title,
 * every order reviewed, a change of rules simulated, planned, applied, explained and taken back. Who is to be in which group
 * is worked out in SQL over the tables of the company (role-model/expectation.ts), not by the engine.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Directory, startDirectory } from './employees/directory.ts';
import type { Ended, Project } from './employees/project.ts';
import { dumpSqliteStore } from './employees/store-dump.ts';
import {
  describeCompany,
  makeTemporaryFolder,
  readToday,
  type TemporaryFolder,
} from './employees/suite.ts';
import { readTables } from './employees/tables.ts';
import { makeCompany, openTables, writeCompany } from './role-model/company.ts';
import {
  compareMemberships,
  type Difference,
  type Expected,
  expectDirectory,
  expectMemberships,
  expectWaiting,
  ruleChanges,
  rulesAfter,
  rulesBefore,
} from './role-model/expectation.ts';
import { createRoleProject, directoryFile } from './role-model/project.ts';

/** `LOCKSTEP_ACCEPTANCE_PEOPLE=10000` takes them all. */
const people = Number(process.env['LOCKSTEP_ACCEPTANCE_PEOPLE'] ?? 400);

interface Reviewed {
  readonly items: readonly {
    readonly kind: string;
    readonly owner: { readonly key: string };
    readonly startDate: string | null;
    readonly values: readonly {
      readonly property: string;
      readonly proposed: string | null;
      readonly current: string | null;
    }[];
  }[];
  readonly total: number;
}

interface Planned {
  readonly count: number;
  readonly notes: readonly string[];
  readonly orders: readonly {
    readonly changeType: string;
    readonly owner: string;
    readonly changes: readonly {
      readonly kind: string;
      readonly property: string;
      readonly value: string | null;
    }[];
  }[];
}

interface Simulated {
  readonly isComplete: boolean;
  readonly shown: readonly {
    readonly key: string;
    readonly kind: string;
    readonly change: string;
    readonly property: string | null;
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

interface Explained {
  readonly entries: readonly {
    readonly property: string | null;
    readonly value: string | null;
    readonly rule: Place;
  }[];
  readonly roles: readonly { readonly role: string; readonly rules: readonly Place[] }[];
}

interface Place {
  readonly element: string;
  readonly file: string;
  readonly line: number;
}

/** What a plan does to memberships; anything else it does is a text that nothing expects. */
function readDifference({ orders }: Planned): Difference {
  const told = (kind: string): readonly string[] =>
    orders
      .flatMap(({ changeType, owner, changes }) =>
        changeType === 'modified'
          ? changes
              .filter((change) => change.property !== 'Groups' || change.kind === kind)
              .map(({ property, value }) =>
                property === 'Groups' ? `${owner} ${value}` : `${owner} ${property}=${value}`,
              )
          : [`${owner} is ${changeType}`],
      )
      .sort();
  return { gained: told('add'), lost: told('remove') };
}

describeCompany('a role model over the employees', (dataFolder) => {
  const today = readToday();
  const unlimited = ['--limit', '10000'] as const;
  let folder: TemporaryFolder;
  let directory: Directory;
  let project: Project;
  let db: DatabaseSync;
  let seed: string;
  let before: Expected;
  let after: Expected;
  let difference: Difference;
  /** The directory before the rules change. */
  let dumped: string;
  let changedFolder: string;
  let appliedRun: string;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    seed = await readFile(directoryFile, 'utf8');
    directory = await startDirectory(directoryFile);
    project = await createRoleProject(join(folder.path, 'roles'), directory.port);
    const tables = makeCompany(await readTables(dataFolder), people, today);
    db = openTables(tables);
    await writeCompany(join(project.folder, 'data'), tables, db);
    before = expectMemberships(db, rulesBefore, today);
    after = expectMemberships(db, rulesAfter, today);
    difference = compareMemberships(before, after);
    changedFolder = join(folder.path, 'changed');
    await cp(join(project.folder, 'conf'), changedFolder, { recursive: true });
    const file = join(changedFolder, 'roles.xml');
    let roles = await readFile(file, 'utf8');
    for (const [old, now] of ruleChanges) {
      if (roles.split(old).length !== 2) throw new Error(`roles.xml has not one ${old}`);
      roles = roles.replace(old, now);
    }
    await writeFile(file, roles);
  });

  afterAll(async () => {
    db?.close();
    await directory?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const run = async (...parameters: readonly string[]): Promise<Ended> => {
    const startedAt = performance.now();
    const ended = await project.run(...parameters);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`${parameters.join(' ')}: exit ${ended.exitCode} after ${seconds} s\n`);
    return ended;
  };
  const succeed = async (...parameters: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(...parameters);
    if (exitCode !== 0) throw new Error(`${parameters.join(' ')}: ${exitCode}\n${stdout}${stderr}`);
    return stdout;
  };
  // The shapes that docs/reference promises for these commands.
  const ask = async <Answer>(...parameters: readonly string[]): Promise<Answer> =>
    JSON.parse(await succeed('--json', ...parameters)) as Answer;
  const dumpStore = (): Promise<string> =>
    dumpSqliteStore(join(project.folder, 'Work', 'lockstep.db'));
  const listWaiting = (): Promise<Reviewed> => ask<Reviewed>('review', 'list', ...unlimited);
  const placeOf = async (text: string): Promise<Omit<Place, 'element'>> => {
    for (const file of ['policy.xml', 'roles.xml']) {
      const lines = (await readFile(join(project.folder, 'conf', file), 'utf8')).split('\n');
      const line = lines.findIndex((each) => each.includes(text)) + 1;
      if (line > 0) return { file, line };
    }
    throw new Error(`no file has ${text}`);
  };

  it('has people on both sides of every change of the rules', () => {
    const roles = (memberships: readonly string[]): readonly string[] =>
      [...new Set(memberships.map((each) => each.split(' ')[1] ?? ''))].sort();

    expect(roles(difference.gained)).toEqual([
      'Hotline',
      'KeyAccounts',
      'SafetyPortal',
      'ShiftPlan',
    ]);
    expect(roles(difference.lost)).toEqual(['KeyAccounts', 'SafetyPortal']);
    expect(roles([...before.memberships]).length).toBeGreaterThanOrEqual(29);
  });

  it('evaluates everybody, and lets nothing leave without a review', async () => {
    const empty = await directory.dump(true);

    expect(await run('validate')).toMatchObject({ exitCode: 0 });
    await succeed('deploy');
    await succeed('job', 'run', 'Complete');

    expect(await directory.dump(true)).toBe(empty);
    const { items, total } = await listWaiting();
    expect(total).toBe(items.length);
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['addition']));
    expect(items.map(({ owner }) => owner.key).sort()).toEqual(expectWaiting(db, today));
  });

  it('delivers what was approved, and nothing of those who begin later', async () => {
    await succeed('review', 'approve', '--all', '--by', 'Kim', '--comment', 'First delivery');
    await succeed('job', 'run', 'Incremental');

    expect((await listWaiting()).total).toBe(0);
    expect(await directory.dump()).toBe(expectDirectory(before, seed));
  });

  it('finds everything as ordered with the next reading', async () => {
    await succeed('job', 'run', 'Incremental');

    const assigned = (await dumpStore()).split('\n').filter((line) => line.startsWith('assigned '));
    const verified = assigned.filter((line) => line.includes('["provisioning_state","4"]'));
    expect(verified).toHaveLength(before.accounts.size);
    // The others wait for their day.
    expect(assigned.length - verified.length).toBe(
      expectWaiting(db, today).length - before.accounts.size,
    );
  });

  it.each(['Incremental', 'Complete'])('then %s changes nothing', async (job) => {
    const found = [await dumpStore(), await directory.dump(true)];

    await succeed('job', 'run', job);

    expect((await dumpStore()) === found[0]).toBe(true);
    expect((await directory.dump(true)) === found[1]).toBe(true);
  });

  it('simulates other rules: exactly the people whom SQL names, and nothing is written', async () => {
    const found = [await dumpStore(), await directory.dump(true)];

    const { shown, isComplete } = await ask<Simulated>(
      ...['simulate', '--configuration', changedFolder, ...unlimited],
    );
    const waiting = await ask<Planned>('plan', '--configuration', changedFolder, ...unlimited);

    expect(isComplete).toBe(true);
    const links = shown.filter(({ kind, key }) => kind === 'value' && before.accounts.has(key));
    expect(new Set(links.map(({ property }) => property))).toEqual(new Set(['Groups']));
    const told = (change: string): readonly string[] =>
      links
        .filter((effect) => effect.change === change)
        .map(({ key, before: old, after: now }) => `${key} ${old ?? now}`)
        .sort();
    expect({ gained: told('gains'), lost: told('loses') }).toEqual(difference);
    // Held by their resource type, they are no orders yet, and the plan says so.
    expect(waiting.count).toBe(0);
    expect(waiting.notes.join('\n')).toMatch(/would wait for a review, \d+ of them newly/u);
    expect((await dumpStore()) === found[0]).toBe(true);
    expect((await directory.dump(true)) === found[1]).toBe(true);
  });

  it('holds the same people for review once the rules are in force', async () => {
    dumped = await directory.dump();
    await cp(changedFolder, join(project.folder, 'conf'), { recursive: true });
    await succeed('deploy');
    await succeed('evaluate');

    const { items } = await listWaiting();

    const held = items.filter(({ owner }) => before.accounts.has(owner.key));
    const told = (side: 'proposed' | 'current'): readonly string[] =>
      held
        .flatMap(({ owner, values }) =>
          values.flatMap((value) => (value[side] === null ? [] : `${owner.key} ${value[side]}`)),
        )
        .sort();
    expect({ gained: told('proposed'), lost: told('current') }).toEqual(difference);
    expect((await directory.dump()) === dumped).toBe(true);
  });

  it('plans exactly what was approved, and applies exactly the plan', async () => {
    await succeed('review', 'approve', '--all', '--by', 'Kim', '--comment', 'New rules');
    const file = join(folder.path, 'change.plan');
    const plan = await ask<Planned>('plan', '--out', file, ...unlimited);
    expect(plan.count).toBe(plan.orders.length);
    expect(readDifference(plan)).toEqual(difference);
    expect((await directory.dump()) === dumped).toBe(true);

    const applied = await ask<{ readonly status: string; readonly run: number | null }>(
      ...['apply', file, '--by', 'Kim', '--comment', 'As planned'],
    );

    expect(applied.status).toBe('applied');
    appliedRun = String(applied.run);
    expect(await directory.dump()).toBe(expectDirectory(after, seed));
  });

  it('has nothing left to do after the next reading', async () => {
    await succeed('job', 'run', 'Incremental');

    expect((await listWaiting()).total).toBe(0);
    expect((await ask<Planned>('plan')).count).toBe(0);
    expect(await directory.dump()).toBe(expectDirectory(after, seed));
  });

  it.each(['Hotline', 'ShiftPlan'])(
    'explains who gained %s by rule, file and line',
    async (role) => {
      const number = difference.gained.find((each) => each.endsWith(` ${role}`))?.split(' ')[0];

      const explained = await ask<Explained>(
        ...['explain', `LDAP_Account:${number}`, 'Groups', '--value', role],
      );

      expect(
        explained.entries.map(({ property, value, rule }) => ({ property, value, rule })),
      ).toEqual([
        {
          property: 'Groups',
          value: role,
          rule: expect.objectContaining({
            element: 'NavigationRule',
            ...(await placeOf(`SingleRole="${role}" Resource="${role}"`)),
          }),
        },
      ]);
      const added =
        role === 'Hotline' ? 'D0="d009" D1="Senior Staff"' : 'CompositeRole="Operations"';
      const [single, ...others] = explained.roles.filter((each) => each.role === role);
      expect(others).toEqual([]);
      expect(single?.rules).toContainEqual(
        expect.objectContaining({
          element: 'SingleRoleRule',
          ...(await placeOf(`Role="${role}" Policy="Default" ${added}`)),
        }),
      );
    },
  );

  it('takes the applied plan back: the directory is what it was', async () => {
    const file = join(folder.path, 'back.plan');
    const back = await ask<Planned>('undo', appliedRun, '--out', file, ...unlimited);
    expect(readDifference(back)).toEqual({ gained: difference.lost, lost: difference.gained });

    await succeed('apply', file, '--by', 'Kim', '--comment', 'Taken back');

    expect(await directory.dump()).toBe(dumped);
    expect(dumped).toBe(expectDirectory(before, seed));
  });

  it('puts what was taken back to a decision, and writes nothing by itself', async () => {
    await succeed('job', 'run', 'Incremental');

    expect(await directory.dump()).toBe(dumped);
    expect((await ask<Planned>('plan')).count).toBe(0);
  });
});
