/** What is set aside, and links that wait for somebody: nothing is dropped unseen, and nothing waits for ever. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCsvFile } from '../../../connectors/index.ts';
import { type BadgeSystem, openBadgeSystem } from './badge-system.ts';
import { openStaff, people, person, type Staff, type StaffRow, toCsv } from './guards-staff.ts';
import { describeOnEveryStore, type ProjectFolder } from './project.ts';

async function readSideFile(
  staff: Staff,
  name: string,
): Promise<readonly (readonly (string | null)[])[]> {
  const rows: (readonly (string | null)[])[] = [];
  const path = join(staff.folder, 'Work', 'Collect', 'Staff', name);
  for await (const batch of readCsvFile(path)) rows.push(...batch.rows);
  return rows;
}

interface Part {
  readonly identifier: string;
  readonly counts: {
    readonly read: number;
    readonly clean: number;
    readonly nullKeys: number;
    readonly duplicates: number;
  };
}

describe('rows that are set aside', () => {
  let staff: Staff;
  beforeEach(async () => {
    staff = await openStaff();
  });
  afterEach(() => staff[Symbol.asyncDispose]());

  it('add up with those that are loaded, whatever the rows', async () => {
    const key = fc.constantFrom(
      '',
      ' ',
      '1',
      '1 ',
      ' 1',
      'a',
      'A',
      'é',
      'e\u0301',
      '\u0000',
      'b',
      '00001',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(key, key), { minLength: 1, maxLength: 30 }),
        async (cells) => {
          const rows = cells.map(([number, boss], i) => ({ ...person(i), number, boss }));
          await staff.write(toCsv(rows));

          const { outcome } = await staff.read({ force: true });

          const parts = (outcome?.summary['parts'] ?? []) as readonly Part[];
          const tables = outcome?.summary['tables'] as readonly {
            readonly name: string;
            readonly rows: number;
          }[];
          for (const { counts } of parts)
            expect(counts.read).toBe(counts.clean + counts.nullKeys + counts.duplicates);
          const found = parts.find(({ identifier }) => identifier === 'Person')?.counts;
          expect(found?.read).toBe(cells.length);
          expect(tables.find(({ name }) => name === 'People')?.rows).toBe(cells.length);
          const aside = [
            ...(await readSideFile(staff, 'Person.nullpk.csv')),
            ...(await readSideFile(staff, 'Person.duplicates.csv')),
          ];
          expect(aside.length).toBe(cells.length - (found?.clean ?? 0));
          // Each names its table and its row.
          for (const row of aside) {
            expect(row[0]).toBe('People');
            expect(Number(row[1])).toBeGreaterThan(0);
          }
        },
      ),
      { numRuns: Number(process.env['LOCKSTEP_DIRTY_FILES'] ?? 15) },
    );
  });

  it('keep the first of 2, 3 and 1,000 copies, equal and different, whatever the spelling of the key', async () => {
    const copies = (
      i: number,
      count: number,
      change: Partial<StaffRow> = {},
    ): readonly StaffRow[] =>
      Array.from(
        { length: count },
        (_, n) => ({ ...person(i), ...(n === 0 ? {} : { ...change }) }) as StaffRow,
      );
    const spelled = (texts: readonly string[]): readonly StaffRow[] =>
      texts.map((number, n) => ({ ...person(50), number, last: n === 0 ? 'first' : 'later' }));
    await staff.write(
      toCsv([
        ...copies(1, 2),
        ...copies(2, 3, { last: 'other' }),
        ...copies(3, 1_000),
        ...spelled(['Kä', 'KÄ', 'kä ', 'Ka\u0308']),
      ]),
    );

    const { outcome, message } = await staff.read();

    const parts = (outcome?.summary['parts'] ?? []) as readonly Part[];
    const found = parts.find(({ identifier }) => identifier === 'Person');
    expect(found?.counts, message).toMatchObject({ read: 1_009, clean: 4, duplicates: 1_005 });
    const verdicts = (await readSideFile(staff, 'Person.duplicates.csv')).map(
      ([, row, ...rest]) => [
        Number(row),
        rest.find((cell) => cell === 'equal' || cell === 'conflict'),
      ],
    );
    expect(verdicts.filter(([, verdict]) => verdict === 'conflict').map(([row]) => row)).toEqual([
      4, 5, 1_007, 1_008, 1_009,
    ]);
    await staff.load({ force: true });
    const lines = await staff.canonical();
    expect(lines.some((line) => line.includes('"first"'))).toBe(true);
    expect(lines.some((line) => line.includes('"later"') || line.includes('"other"'))).toBe(false);
  });
});

describe('links that name somebody who is not there', () => {
  it('are written to a side file with their row and the end that is missing, until it comes', async () => {
    await using staff = await openStaff();
    const rows = people(30).map((row, i) => ({
      ...row,
      ...(i === 4 ? { team: 'T-none' } : {}),
      ...(i === 7 ? { boss: '99999' } : {}),
    }));
    await staff.write(toCsv(rows));
    await staff.read();

    const loaded = await staff.load({ force: true });

    expect(loaded.message).toContain('1 link of Person_Team without an end: it is in');
    expect(await readSideFile(staff, 'Person_Team.orphans.csv')).toEqual([
      ['People', '5', 'team', '00005', 'T-none', 'Team:Name'],
    ]);
    expect(await readSideFile(staff, 'Person_Boss.orphans.csv')).toEqual([
      ['People', '8', 'boss', '00008', '99999', 'Person:Number'],
    ]);
    await staff.teams([...Array.from({ length: 9 }, (_, i) => `T${i}`), 'T-none']);
    await staff.read();
    await staff.load({ force: true });
    const files = await readdir(join(staff.folder, 'Work', 'Collect', 'Staff'));
    expect(files).not.toContain('Person_Team.orphans.csv');
    expect(files).toContain('Person_Boss.orphans.csv');
  });
});

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  beforeEach(async () => {
    project = await makeProject();
  });
  afterEach(() => project[Symbol.asyncDispose]());

  /** `number > number` of every manager link, and whether both ends are there. */
  const managers = async (): Promise<readonly string[]> => {
    await using workspace = await project.open();
    return workspace.store.transaction(async ({ tx }) => {
      const tables = await tx('association_tables').select('association', 'table_name');
      const table = tables.find(({ association }) => /manager/i.test(association))?.table_name;
      const links = await tx(table).orderBy(['value1', 'value2']);
      return links.map(
        (link) =>
          `${link.value1}>${link.value2}${link.id1 === null || link.id2 === null ? ' open' : ''}`,
      );
    });
  };
  const line = (number: number, manager: number | '', department = 'IT'): string =>
    `${number},A${number},B,2020-01-01,,${department},${manager}`;

  /** `door label holder` of every link; `-` where nobody answers to the label. */
  const holdersOf = (system: BadgeSystem): Promise<readonly string[]> =>
    system.workspace.store.transaction(async ({ tx }) => {
      const rows = await tx('l_badge_access as l')
        .leftJoin('r_badge_holder as h', 'h.id', 'l.id2')
        .select('l.value1', 'l.value2', 'h.mapping_key')
        .orderBy(['l.value1', 'l.value2']);
      return rows.map((row) => `${row.value1} ${row.value2} ${row.mapping_key ?? '-'}`);
    });

  it('heal when the target comes, whatever the order and however many runs later', async () => {
    await project.people([line(1, 1), line(2, 3), line(3, 2), line(4, 9)]);
    await project.run('Complete', { force: true });
    const first = await managers();
    await project.run('Incremental', { force: true });
    await project.people([line(4, 9), line(1, 1), line(2, 3), line(3, 2), line(5, 4)]);
    await project.run('Incremental', { force: true });
    const second = await managers();
    await project.people([line(9, 8), line(4, 9), line(1, 1), line(2, 3), line(3, 2), line(5, 4)]);
    await project.run('Incremental', { force: true });
    const third = await managers();
    await project.people([
      line(8, 9),
      line(9, 8),
      line(4, 9),
      line(1, 1),
      line(2, 3),
      line(3, 2),
      line(5, 4),
    ]);
    await project.run('Complete', { force: true });

    const ends = (links: readonly string[]) =>
      links.map((link) => link.split('>').map((end) => end.trim()));
    expect(first.filter((link) => link.endsWith('open')).length).toBe(1);
    expect(ends(first.filter((link) => link.endsWith('open')))[0]?.join()).toContain('9');
    expect(second.filter((link) => link.endsWith('open')).length).toBe(1);
    expect(third.filter((link) => link.endsWith('open')).length).toBe(1);
    const last = await managers();
    expect(last.length).toBe(7);
    expect(last.some((link) => link.endsWith('open'))).toBe(false);
  });

  it('open again when their target goes, and heal when it comes back', async () => {
    await project.people([line(1, ''), line(2, 1), line(3, 1)]);
    await project.run('Complete', { force: true });
    await project.people([line(2, 1), line(3, 1)]);
    await project.run('Complete', { force: true });
    const gone = await managers();
    await project.people([line(1, ''), line(2, 1), line(3, 1)]);
    await project.run('Incremental', { force: true });

    expect(gone.filter((link) => link.endsWith('open')).length).toBe(2);
    expect((await managers()).some((link) => link.endsWith('open'))).toBe(false);
  });

  it.each(['incremental', 'complete'] as const)(
    'follow the value that names their target when it changes, in %s mode',
    async (mode) => {
      const system = await openBadgeSystem(project, { holders: 'Label' });
      try {
        const doors = ['D1,North', 'D2,South'];
        const access = ['D1,Ines', 'D1,Omar', 'D2,Omar', 'D2,Nadia'];
        await system.load('initial', { doors, holders: ['B1,Ines', 'B2,Omar', 'B3,Lea'], access });
        const before = await holdersOf(system);
        const rename = async (...holders: readonly string[]) => {
          await system.drop('BadgeHolders', holders);
          await system.prepare(mode, { force: true });
          expect((await system.synchronize()).status).toBe('completed');
          return holdersOf(system);
        };

        const renamed = await rename('B1,Ines', 'B2,Nadia', 'B3,Lea');
        const exchanged = await rename('B1,Nadia', 'B2,Ines', 'B3,Omar');
        const again = await rename('B1,Ines', 'B2,Omar', 'B3,Lea');

        expect(before).toEqual(['D1 Ines B1', 'D1 Omar B2', 'D2 Nadia -', 'D2 Omar B2']);
        expect(renamed).toEqual(['D1 Ines B1', 'D1 Omar -', 'D2 Nadia B2', 'D2 Omar -']);
        expect(exchanged).toEqual(['D1 Ines B2', 'D1 Omar B3', 'D2 Nadia B1', 'D2 Omar B3']);
        expect(again).toEqual(before);
      } finally {
        await system.workspace[Symbol.asyncDispose]();
      }
    },
  );

  it('deletions of keys that nobody has do nothing, and are counted and told', async () => {
    const system = await openBadgeSystem(project);
    try {
      const doors = ['D1,North'];
      await system.load('initial', { doors, holders: ['B1,Ines', 'B2,Omar'], access: [] });
      await system.drop('BadgeDoors', doors);
      await system.dropChanges('BadgeHolders', ['delete,B1,', 'delete,B8,', 'delete,B9,']);

      await system.prepare('incremental');
      const { message, summary } = await system.synchronize();

      expect(summary).toMatchObject({
        deleted: 1,
        unknownDeletions: [{ identifier: 'Badge_Holder', count: 2 }],
      });
      expect(message).toContain('2 deletions of Badge_Holder did nothing: nobody had the key.');
    } finally {
      await system.workspace[Symbol.asyncDispose]();
    }
  });
});
