import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SourceTable } from './index.ts';
import { normalizeKey, readSession, removeSessions } from './index.ts';
import { openWorkbench, readSessionTexts, type Workbench } from './workbench.fixture.ts';

/** Every preparation makes several files durable. */
vi.setConfig({ testTimeout: 60_000 });

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const table = (name: string, changes: Partial<SourceTable> = {}): SourceTable => ({
  name,
  path: join(bench.folder, `${name}.csv`),
  isComplete: true,
  commandColumn: null,
  isEmpty: false,
  ...changes,
});

const people = async () => {
  const session = await bench.session();
  const part = session.parts.find((candidate) => candidate.identifier === 'Person');
  if (part === undefined) throw new Error('no part');
  return part;
};

describe('rows that cannot be loaded', () => {
  it('are set aside when they have no key, white space being none, with table and row', async () => {
    await bench.write(
      'People',
      'number,name,badge\n1,Ana,A1\n,Nobody,X\n"  ",Blank,Y\n\u00a0,Hard,Z\n4,Dan,D\n5,Eve,E\n6,Fay,F\n',
    );

    const { counts } = await people();

    expect(await bench.rows('Person.nullpk.csv')).toEqual([
      ['People', '2', '3', null, 'Nobody', 'X'],
      ['People', '3', '4', '  ', 'Blank', 'Y'],
      ['People', '4', '5', '\u00a0', 'Hard', 'Z'],
    ]);
    expect(counts).toMatchObject({ read: 7, clean: 4, nullKeys: 3, duplicates: 0 });
  });

  it('are set aside when their key was there before, told apart as equal or conflicting', async () => {
    await bench.write('People', 'number,name,badge\n1,Ana,A1\n2,Ben,B2\n1,Ana,A1\n1,Anna,A1\n');

    const { counts } = await people();

    expect(await bench.rows('Person.duplicates.csv')).toEqual([
      ['People', '3', '4', 'equal', '1', '1', 'Ana', 'A1'],
      ['People', '4', '5', 'conflict', '1', '1', 'Anna', 'A1'],
    ]);
    expect((await bench.rows('Person.sorted.csv')).map((row) => row[3])).toEqual(['1', '2']);
    expect(counts).toMatchObject({ read: 4, clean: 2, duplicates: 2 });
  });

  it.each([
    ['letter case', 'ab', 'AB'],
    ['Unicode composition', 'é', 'e\u0301'],
    ['white space at the ends', 'x', ' x '],
  ])('are one row when their keys differ in %s only', async (_, first, second) => {
    await bench.write('People', `number,name,badge\n${first},Ana,A1\n${second},Ben,B2\n`);

    const { counts } = await people();

    expect(counts).toMatchObject({ read: 2, clean: 1, duplicates: 1 });
    expect((await bench.rows('Person.sorted.csv'))[0]?.[4]).toBe('Ana');
  });

  it('are counted a thousand times over', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => `7,Name ${index % 3},B\n`).join('');
    await bench.write('People', `number,name,badge\n${rows}`);

    const { counts } = await people();

    expect(counts).toMatchObject({ read: 1_000, clean: 1, duplicates: 999 });
  });

  it('reconcile with the rows that can, whatever the rows', async () => {
    const key = fc.constantFrom('', ' ', '1', '2', 'a', 'A', 'é', 'e\u0301', '\u0000', '3\u0000');
    const rows = fc.array(fc.tuple(key, fc.constantFrom('x', 'y')), { maxLength: 20 });

    await fc.assert(
      fc.asyncProperty(rows, async (records) => {
        const text = records.map(([k, n]) => `"${k}",${n},B\n`).join('');
        await bench.write('People', `number,name,badge\n${text}`);

        const session = await bench.session({ force: true });

        const counts = session.parts.find((part) => part.identifier === 'Person')?.counts;
        expect(counts?.read).toBe(records.length);
        expect(counts?.read).toBe(
          (counts?.clean ?? 0) + (counts?.nullKeys ?? 0) + (counts?.duplicates ?? 0),
        );
        const keys = new Set(records.map(([k]) => normalizeKey(k)?.toLowerCase()));
        keys.delete(undefined);
        expect(counts?.clean).toBe(keys.size);
      }),
      { numRuns: 30 },
    );
  });
});

describe('values', () => {
  it('keep line breaks, quotes, separators and formulas', async () => {
    await bench.write('People', 'number,name,badge\n1,"a ""b"", c\nd\r\ne",=1+1\n');

    await bench.session();

    expect((await bench.rows('Person.sorted.csv'))[0]).toEqual([
      '1',
      '1',
      '1',
      '1',
      'a "b", c\nd\r\ne',
      '=1+1',
    ]);
  });

  it('lose NUL characters, which no database keeps', async () => {
    await bench.write('People', 'number,name,badge\n1\u0000,A\u0000na,\u0000\n');

    await bench.session();

    expect((await bench.rows('Person.sorted.csv'))[0]).toEqual(['1', '1', '1', '1', 'Ana', null]);
  });

  it('by which links find resources are compared as keys are, on both sides', async () => {
    await bench.write('People', 'number,name,badge\n1,Ana, e\u0301 \n');
    await bench.write('People_members', 'badge,code\né,g1\n');

    await bench.session();

    expect((await bench.rows('Person.sorted.csv'))[0]?.[5]).toBe('é');
    expect((await bench.rows('Person_Group.sorted.csv'))[0]?.slice(2)).toEqual(['é', 'g1']);
  });
});

describe('order', () => {
  it('is the same for rows that fit in memory and for rows that do not', async () => {
    const names = Array.from(
      { length: 257 },
      (_, index) => `${(index * 7919) % 257}-${index % 2 === 0 ? 'é' : 'Z'}`,
    );
    await bench.write(
      'People',
      `number,name,badge\n${names.map((n) => `${n},"x, ${n}",B\n`).join('')}`,
    );

    const whole = await readSessionTexts(bench, await bench.session());
    const spilled = await readSessionTexts(bench, await bench.session({ maxRowsInMemory: 3 }));

    expect(spilled).toEqual(whole);
    expect((await bench.files()).filter((name) => name.endsWith('.runs'))).toEqual([]);
  });

  it('does not depend on the order of the source', async () => {
    const row = fc.record({
      number: fc.constantFrom('1', '2', 'b', 'B', 'é', '10'),
      name: fc.constant('x'),
    });
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(row, { minLength: 1, maxLength: 12 })
          .chain((rows) =>
            fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })),
          ),
        async ([rows, shuffled]) => {
          // Keys that differ in case would make the first one of each order stay.
          const text = (list: typeof rows) =>
            `number,name,badge\n${list.map((r) => `${r.number.toLowerCase()},${r.name},B\n`).join('')}`;
          await bench.write('People', text(rows));
          const one = await readSessionTexts(bench, await bench.session());
          await bench.write('People', text(shuffled));
          const other = await readSessionTexts(bench, await bench.session());

          expect(other).toEqual(one);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('changes between two readings', () => {
  it('lead from the first to the second, whatever they are', async () => {
    const world = fc.dictionary(
      fc.constantFrom('1', '2', '3', 'a', 'é'),
      fc.constantFrom('x', 'y', ''),
      { noNullPrototype: true },
    );
    const toText = (people: Record<string, string>) =>
      `number,name,badge\n${Object.entries(people)
        .map(([n, v]) => `${n},${v},B${n}\n`)
        .join('')}`;

    await fc.assert(
      fc.asyncProperty(world, world, async (before, after) => {
        await bench.write('People', toText(before));
        const previous = await bench.session({ force: true });
        await bench.write('People', toText(after));
        const session = await bench.session({ mode: 'incremental', previous, force: true });

        const texts = await readSessionTexts(bench, session);
        const state = new Map<string, string>(Object.entries(before));
        for (const [command, key, name] of texts['Person.sorted.delta'] ?? []) {
          if (command === 'delete') state.delete(key ?? '');
          else state.set(key ?? '', name ?? '');
        }
        expect(new Map([...state].sort())).toEqual(new Map(Object.entries(after).sort()));
      }),
      { numRuns: 30 },
    );
  });

  it('take nothing away when the reading did not prove itself complete', async () => {
    const previous = await bench.session();
    await bench.write('People', 'number,name,badge\n2,Bob,B2\n');

    const session = await bench.session({
      mode: 'incremental',
      previous,
      tables: [table('People', { isComplete: false })],
    });

    const texts = await readSessionTexts(bench, session);
    expect(texts['Person.sorted.delta']).toEqual([['merge', '2', 'Bob', 'B2']]);
  });

  it('are left to the store after a reading that was not complete: what that one lacked would never be missed', async () => {
    const previous = await bench.session({
      tables: [
        table('People', { isComplete: false }),
        table('People_groups'),
        table('People_members'),
      ],
    });

    const session = await bench.session({ mode: 'incremental', previous });

    const part = session.parts.find((candidate) => candidate.identifier === 'Person');
    expect(part).toMatchObject({
      deltaFile: null,
      sortedFile: 'Person.sorted.csv',
      isComplete: true,
    });
    expect(
      session.parts.find((candidate) => candidate.identifier === 'Group')?.deltaFile,
    ).not.toBeNull();
  });

  it('are left to the store when the files of the last reading are gone', async () => {
    const previous = await bench.session();
    await rm(join(bench.sessions, previous.id), { recursive: true });

    const session = await bench.session({ mode: 'incremental', previous });

    expect(session.parts.map((part) => part.deltaFile)).toEqual([null, null, null]);
  });

  it('tell a key whose letter case changed as one key gone and one come', async () => {
    await bench.write('People', 'number,name,badge\nab,Ana,A1\n');
    const previous = await bench.session();
    await bench.write('People', 'number,name,badge\nAB,Ana,A1\n');

    const session = await bench.session({ mode: 'incremental', previous });

    expect((await readSessionTexts(bench, session))['Person.sorted.delta']).toEqual([
      ['delete', 'ab', 'Ana', 'A1'],
      ['merge', 'AB', 'Ana', 'A1'],
    ]);
  });
});

describe('commands of a source that tells its changes', () => {
  const commands = (text: string) =>
    bench.write('People', `command,number,name,badge\n${text}`).then(() =>
      bench.session({
        mode: 'incremental',
        tables: [table('People', { commandColumn: 'command', isComplete: true })],
      }),
    );

  it('are understood in both vocabularies, whatever their case', async () => {
    const session = await commands(
      'ADD,1,Ana,A\nupdate,2,Ben,B\nMerge,3,Cyd,C\nDELETE,4,,\n,5,Eve,E\n',
    );

    const texts = await readSessionTexts(bench, session);
    expect(texts['Person.sorted.delta']?.map((row) => row.slice(0, 2))).toEqual([
      ['merge', '1'],
      ['merge', '2'],
      ['merge', '3'],
      ['delete', '4'],
      ['merge', '5'],
    ]);
    expect(session.parts[0]).toMatchObject({ sortedFile: null, isComplete: false });
  });

  it('of one key count in their order: the last one says how it ended', async () => {
    const session = await commands('insert,1,Ana,A\nupdate,1,Anna,A\ndelete,2,,\ninsert,2,Ben,B\n');

    const texts = await readSessionTexts(bench, session);
    expect(texts['Person.sorted.delta']?.map((row) => row.slice(0, 3))).toEqual([
      ['merge', '1', 'Anna'],
      ['merge', '2', 'Ben'],
    ]);
    expect(session.parts[0]?.counts).toMatchObject({ read: 4, clean: 2, duplicates: 2 });
  });

  it('are refused by name when they are unknown', async () => {
    await expect(commands('replace,1,Ana,A\n')).rejects.toMatchObject({
      code: 'PREPARE_COMMAND_UNKNOWN',
      message: expect.stringContaining('"replace"'),
    });
  });
});

describe('sources not to be believed', () => {
  const twenty = `number,name,badge\n${Array.from({ length: 20 }, (_, i) => `${i},n,b${i}\n`).join('')}`;
  const first = async () => {
    await bench.write('People', twenty);
    return bench.session();
  };

  it.each([
    ['header only', 'number,name,badge\n', 'empty-source'],
    [
      'less than half of the rows',
      `${twenty.split('\n').slice(0, 10).join('\n')}\n`,
      'shrunken-source',
    ],
    ['mostly without keys', `${twenty}${',x,\n'.repeat(21)}`, 'keys-missing'],
  ])('are held when they are %s', async (_, text, guard) => {
    const previous = await first();
    await bench.write('People', text);

    const outcome = await bench.prepare({ previous });

    expect(outcome).toMatchObject({
      status: 'blocked',
      findings: [{ guard, identifier: 'Person' }],
    });
    expect(await readdir(bench.sessions)).toEqual([previous.id]);
  });

  it('are held on account of what the store holds when the last reading is not known', async () => {
    await bench.write('People', 'number,name,badge\n');

    const outcome = await bench.prepare({ stored: new Map([['entity:Person', 3]]) });

    expect(outcome).toMatchObject({ status: 'blocked', findings: [{ guard: 'empty-source' }] });
  });

  it('are believed with --force', async () => {
    const previous = await first();
    await bench.write('People', 'number,name,badge\n');

    const outcome = await bench.prepare({ previous, force: true });

    expect(outcome).toMatchObject({ status: 'prepared', accepted: [{ guard: 'empty-source' }] });
  });

  it('need no guard when nothing can be deleted on their account', async () => {
    const previous = await first();
    await bench.write('People', 'number,name,badge\n1,n,b1\n');

    const outcome = await bench.prepare({
      previous,
      tables: [
        table('People', { isComplete: false }),
        table('People_groups'),
        table('People_members'),
      ],
    });

    expect(outcome.status).toBe('prepared');
  });

  it('are refused when a table is missing', async () => {
    await expect(
      bench.prepare({ tables: [table('People'), table('People_groups')] }),
    ).rejects.toMatchObject({
      code: 'PREPARE_TABLE_MISSING',
      details: { table: 'People_members' },
    });
  });

  it.each([
    ['renamed', 'id,name,badge\n1,Ana,A\n', 'number'],
    ['renamed in case only', 'number,Name,badge\n1,Ana,A\n', 'name'],
    ['dropped', 'number,name\n1,Ana\n', 'badge'],
  ])('are refused when a column was %s, and the column is named', async (_, text, column) => {
    await bench.write('People', text);

    await expect(bench.prepare()).rejects.toMatchObject({
      code: 'PREPARE_COLUMN_MISSING',
      details: { column },
    });
  });

  it.each([
    ['not a byte', '', 'CONNECTOR_INCOMPLETE'],
    ['no line break at the end', 'number,name,badge\n1,Ana,A', 'CONNECTOR_INCOMPLETE'],
    ['an open quote', 'number,name,badge\n1,"Ana,A\n', 'CONNECTOR_INCOMPLETE'],
    ['a line with a field too many', 'number,name,badge\n1,Ana,A,x\n', 'CONNECTOR_INVALID_VALUE'],
  ])('are refused when they have %s', async (_, text, code) => {
    await bench.write('People', text);

    await expect(bench.prepare()).rejects.toMatchObject({ code });
    await expect(readdir(bench.sessions)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are refused when cut at a row: the export counted its rows', async () => {
    await expect(
      bench.prepare({
        tables: [
          table('People', { expectedRows: 3 }),
          table('People_groups'),
          table('People_members'),
        ],
      }),
    ).rejects.toMatchObject({ code: 'PREPARE_FILE_CHANGED', details: { rows: 2, expected: 3 } });
  });

  it('never lose a resource at any cut of the file', async () => {
    const text = 'number,name,badge\n1,"A\nna",A1\n2,Ben,B2\n3,Cyd,C3\n';
    for (let cut = 0; cut < text.length; cut += 1) {
      await bench.write('People', text.slice(0, cut));

      const outcome = await bench
        .prepare({
          stored: new Map([['entity:Person', 3]]),
          tables: [
            table('People', { expectedRows: 3 }),
            table('People_groups'),
            table('People_members'),
          ],
        })
        .catch((error: { code: string }) => error);

      expect(outcome).not.toMatchObject({ status: 'prepared' });
    }
  });
});

describe('sessions', () => {
  it('appear whole or not at all', async () => {
    const stop = new AbortController();
    stop.abort();

    await expect(bench.prepare({ signal: stop.signal })).rejects.toThrow();

    await expect(readdir(bench.sessions)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leave nothing behind when a preparation was interrupted and another follows', async () => {
    await mkdir(join(bench.sessions, 'HR.part'), { recursive: true });
    await writeFile(join(bench.sessions, 'HR.part', 'rest.csv'), 'x');

    const session = await bench.session();

    expect(await readdir(bench.sessions)).toEqual([session.id]);
    expect((await readdir(join(bench.sessions, session.id))).sort()).toEqual([
      'Group.sorted.csv',
      'Person.sorted.csv',
      'Person_Group.sorted.csv',
      'session.json',
    ]);
  });

  it('of one connector are removed without touching those of another', async () => {
    const [kept, gone] = [await bench.session(), await bench.session()];
    await mkdir(join(bench.sessions, 'other'));
    await writeFile(
      join(bench.sessions, 'other', 'session.json'),
      JSON.stringify({ ...gone, id: 'other', connector: 'Wiki' }),
    );

    await removeSessions(bench.sessions, 'HR', (id) => id === kept.id);

    expect((await readdir(bench.sessions)).sort()).toEqual(['other', kept.id].sort());
  });

  it('that are damaged are told with the way out', async () => {
    await mkdir(join(bench.sessions, 'x'), { recursive: true });
    await writeFile(join(bench.sessions, 'x', 'session.json'), '{"id":');

    await expect(readSession(bench.sessions, 'x')).rejects.toMatchObject({
      code: 'PREPARE_SESSION_UNREADABLE',
    });
  });
});
