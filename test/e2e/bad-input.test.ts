/** Files that are missing, cut, changed or wrong: what is said, what stays as it was, and that the next good file heals. */
import { readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatDepartments, formatPeople, people } from './bad-input/company.ts';
import { type Bench, createRunBench, readProblems, type World } from './bad-input/workbench.ts';

const good = formatPeople(people);
const job = ['job', 'run', 'Everything'] as const;

describe('a bad file', () => {
  let company: Bench;
  let bench: Bench;
  let before: World;

  beforeAll(async () => {
    company = await createRunBench();
  });
  afterAll(async () => {
    await company[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    bench = await company.copy();
    before = await bench.look();
  });

  /** The cure is in the last line of a problem, which may have lines of its own. */
  const cases: readonly {
    readonly title: string;
    readonly spoil: (path: string) => Promise<void>;
    readonly file?: string;
    readonly exitCode: number;
    readonly problem: RegExp;
    readonly says: readonly string[];
    /** One of each kind of refusal is followed to its end. */
    readonly heals?: true;
  }[] = [
    {
      title: 'is missing',
      heals: true,
      spoil: unlink,
      exitCode: 1,
      problem: /CONNECTOR_NOT_FOUND: The path .*people\.csv cannot be read: it does not exist\./,
      says: ['Check the path and its letter case.', 'then run "lockstep job run Everything" again'],
    },
    {
      title: 'is empty',
      heals: true,
      spoil: (path) => truncate(path, 0),
      exitCode: 3,
      problem: /blocked: HRPeople \(HR_Person\) has no rows; 30 are known\./,
      says: [
        'Look at the source.',
        '--force',
        'Nothing was changed.',
        'job run Everything --resume',
      ],
    },
    {
      title: 'has a header only',
      spoil: (path) => truncate(path, good.indexOf('\n') + 1),
      exitCode: 3,
      problem: /blocked: HRPeople \(HR_Person\) has no rows; 30 are known\./,
      says: ['Look at the source.', '--force', 'Nothing was changed.'],
    },
    {
      title: 'is cut off in the middle of a row',
      spoil: (path) => truncate(path, good.indexOf('1029,') + 9),
      exitCode: 1,
      problem: /CONNECTOR_INCOMPLETE: The last line of .*people\.csv ends in the middle/,
      says: ['Have the file written again in full'],
    },
    {
      title: 'is cut off after less than half of its rows',
      spoil: (path) => truncate(path, good.indexOf('1013,')),
      exitCode: 3,
      problem:
        /blocked: HRPeople \(HR_Person\) has 12 rows; 30 are known, of which 50 % may be missing\./,
      says: ['Look at the source.', 'Nothing was changed.'],
    },
    {
      title: 'is cut off after more than half of its rows',
      heals: true,
      spoil: (path) => truncate(path, good.indexOf('1021,')),
      exitCode: 3,
      problem:
        /blocked: HRPeople \(HR_Person\) has 20 rows, and they are the first 20 of the 30 it had: the last 10 rows are missing/,
      says: ['Look at the source.', 'Nothing was changed.'],
    },
    {
      title: 'has a renamed column',
      spoil: (path) => replace(path, 'last_name', 'surname'),
      exitCode: 1,
      problem: /CONNECTOR_INVALID_VALUE: The file .*people\.csv has no column "last_name"/,
      says: ['Correct the mapping or the file'],
    },
    {
      title: 'has two headers swapped',
      heals: true,
      spoil: (path) => replace(path, 'first_name,last_name', 'last_name,first_name'),
      exitCode: 3,
      problem:
        /blocked: HRPeople \(HR_Person\): The columns "first_name" and "last_name" have been exchanged/,
      says: ['Look at the source.', 'Nothing was changed.'],
    },
    {
      title: 'has the header of its key swapped',
      spoil: (path) => replace(path, 'number,first_name', 'first_name,number'),
      exitCode: 3,
      problem:
        /blocked: HRPeople \(HR_Person\): The key column "number" holds what the column "first_name" held/,
      says: ['Look at the source.', 'Nothing was changed.'],
    },
    {
      title: 'has lost most of its keys',
      spoil: (path) => replace(path, /^10\d\d,/gm, ','),
      exitCode: 3,
      problem: /blocked: 30 of 30 rows of HRPeople \(HR_Person\) have no key\./,
      says: ['Look at the source.', 'Nothing was changed.'],
    },
    {
      title: 'of few rows is empty',
      file: 'departments',
      spoil: (path) => truncate(path, 0),
      exitCode: 3,
      problem: /blocked: HRDepartments \(HR_Department\) has no rows; 3 are known\./,
      says: ['Look at the source.', 'Nothing was changed.'],
    },
  ];

  it.each(cases)('that $title changes nothing', async (spec) => {
    const path = bench.path('data', `${spec.file ?? 'people'}.csv`);
    await spec.spoil(path);

    const bad = await bench.run(...job);

    const [problem, ...more] = readProblems(bad);
    expect(problem, bad.said).toMatch(spec.problem);
    expect(more).toEqual([]);
    for (const text of spec.says) expect(bad.said).toContain(text);
    expect(bad.exitCode).toBe(spec.exitCode);
    expect(await bench.look()).toEqual(before);

    if (spec.heals !== true) return;
    await bench.write('data/people.csv', good);
    const healed = await bench.run(...job);

    expect(readProblems(healed)).toEqual([]);
    expect(healed.exitCode).toBe(0);
    expect(await bench.look()).toEqual(before);
  });

  it('that was held is thrown away by decision, or passes when the source was right', async () => {
    await bench.write('data/people.csv', formatPeople(people.slice(5)));
    expect((await bench.run(...job)).exitCode).toBe(3);

    const discarded = await bench.run('synchronize', '--connector', 'HR', '--discard');
    expect(discarded.exitCode).toBe(0);
    expect(await bench.look()).toEqual(before);

    await bench.write('data/people.csv', formatPeople(people.filter((_, i) => i < 27 || i > 28)));
    expect((await bench.run(...job)).exitCode).toBe(0);
    // What is left behind is shown to a person: nobody said that accounts go with their owners.
    const { stdout } = await bench.run('reconcile', 'list');
    expect(stdout).toContain('gfamily28');
    expect(stdout).toContain('gfamily29');
    expect(bench.readDesk()).toEqual(before.desk);
  });

  it('that is the one of yesterday changes nothing', async () => {
    const again = await bench.run(...job);

    expect(again.exitCode).toBe(0);
    expect(again.stdout).toMatch(/Synchronize_HR +completed +HR: 0 added, 0 changed, 0 removed/);
    expect(again.stdout).toContain('No order is due.');
    expect(await bench.look()).toEqual(before);
  });

  it('that was exported before what the store reflects is refused', async () => {
    const joiner = { ...people[0], number: '2001', first: 'New', last: 'Comer' } as const;
    const old = await Promise.all(
      [
        'HRPeople.csv',
        'HRPeople.export.json',
        'HRDepartments.csv',
        'HRDepartments.export.json',
      ].map(async (name) => [
        `Temp/ExportOutput/${name}`,
        await bench.read(`Temp/ExportOutput/${name}`),
      ]),
    );
    await bench.write(
      'data/people.csv',
      formatPeople([...people, { ...joiner, department: 'FIN', nickname: 'Nova' }]),
    );
    expect((await bench.run(...job)).exitCode).toBe(0);
    const today = await bench.look();
    for (const [path = '', text = ''] of old) await bench.write(path, text);

    const stale = await bench.run('prepare', '--connector', 'HR');

    expect(stale.exitCode).toBe(1);
    expect(readProblems(stale)).toHaveLength(1);
    expect(stale.stderr).toMatch(
      /^error PREPARE_EXPORT_STALE The files of HR are of .*; the store/,
    );
    expect(stale.stderr).toContain('Export again.');
    expect(await bench.look()).toEqual(today);
    expect(today.desk.map(({ login }) => login)).toContain('ncomer');
  });

  it('sets rows with double or missing keys aside, by file and row, and loads the rest', async () => {
    const doubles = '1001,Other,Name,FIN,Nick\n,No,Key,RES,Nick\n1001,Third,Name,SAL,Nick\n';
    const joiner = '2001,New,Comer,FIN,Nova\n';
    await bench.write('data/people.csv', `${good}${doubles}${joiner}`);

    const ended = await bench.run(...job, '--json');

    expect(ended.exitCode).toBe(0);
    // The document's schema is checked elsewhere.
    const { tasks } = JSON.parse(ended.stdout) as JobDocument;
    const prepared = tasks.find(({ task }) => task.includes('Prepare') && task.includes('HR'));
    const part = prepared?.summary.parts?.find(({ identifier }) => identifier === 'HR_Person');
    const counts = part?.counts;
    expect(counts).toMatchObject({ read: 34, clean: 31, nullKeys: 1, duplicates: 2 });
    expect(prepared?.message).toContain('Work/Collect/HR');
    const aside = async (name: string): Promise<readonly string[]> =>
      (await bench.read(`Work/Collect/HR/HR_Person.${name}.csv`))
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(0, 2).join(' '));
    expect(await aside('duplicates')).toEqual(['HRPeople 31', 'HRPeople 33']);
    expect(await aside('nullpk')).toEqual(['HRPeople 32']);
    const desk = bench.readDesk();
    expect(desk.filter(({ login }) => login !== 'ncomer')).toEqual(before.desk);
    expect(desk).toHaveLength(before.desk.length + 1);
  });

  it('names somebody who is not there: the link is kept, told, and found as soon as they arrive', async () => {
    await replace(bench.path('data', 'people.csv'), 'Family02,RES', 'Family02,NEW');

    const ended = await bench.run(...job);

    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toMatch(
      /HR_Person_Department names somebody who is not there .*1002 → NEW/,
    );
    expect(bench.readDesk()).toEqual(before.desk);
    const shown = async (): Promise<string> =>
      (await bench.run('resource', 'show', 'HR_Person:1002', '--json')).stdout;
    expect(await shown()).not.toContain('Department NEW');

    await bench.write('data/departments.csv', formatDepartments(['FIN', 'RES', 'SAL', 'NEW']));
    const healed = await bench.run(...job);

    expect(healed.exitCode).toBe(0);
    expect(healed.stdout).not.toContain('who is not there');
    expect(await bench.dumpStore()).toContain(
      'link HR_Person_Department ["1002","HR_Person:1002","NEW","HR_Department:NEW"]',
    );
    expect(bench.readDesk()).toEqual(before.desk);
  });

  it('that makes an expression fail for one person leaves that person as is, and the others right', async () => {
    const [broken, mover] = [people[1], people[2]];
    const spoiled = people.map((person) => {
      if (person === broken) return { ...person, nickname: 'X' };
      return person === mover ? { ...person, nickname: 'Moved' } : person;
    });
    await bench.write('data/people.csv', formatPeople(spoiled));

    const ended = await bench.run(...job);

    expect(ended.stdout).toContain(
      'Could not be computed: HR_Person:1002 (The expression at desk.xml:',
    );
    const nicknames = new Map(bench.readDesk().map((row) => [row.login, row.nickname]));
    expect(nicknames.get('gfamily02')).toBe('Nick');
    expect(nicknames.get('gfamily03')).toBe('Move');
    expect(nicknames.size).toBe(before.desk.length);
    const explained = await bench.run('explain', 'HR_Person:1002', 'Nickname');
    expect(explained.stdout).toContain('state:   Calculated, Error: The expression');
    expect((await bench.dumpStore()).match(/"provisioning_state","7"/g)).toHaveLength(1);

    await bench.write('data/people.csv', good);
    for (let day = 0; day < 2; day += 1) expect((await bench.run(...job)).exitCode).toBe(0);

    expect(bench.readDesk()).toEqual(before.desk);
    expect(await bench.dumpStore()).not.toContain('"provisioning_state","7"');
  });
});

interface JobDocument {
  readonly tasks: readonly {
    readonly task: string;
    readonly message: string;
    readonly summary: {
      readonly parts?: readonly {
        readonly identifier: string;
        readonly counts: Readonly<Record<string, number>>;
      }[];
    };
  }[];
}

async function replace(path: string, what: string | RegExp, by: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const changed = text.replace(what, by);
  if (changed === text) throw new Error(`${path} does not contain ${what}`);
  await writeFile(path, changed);
}
