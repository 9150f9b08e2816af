import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SourceTable } from './index.ts';
import {
  comparePlainly,
  type PlainMapping,
  preparePlainly,
  readPlainTable,
} from './plain-preparation.fixture.ts';
import { openWorkbench, type Workbench } from './workbench.fixture.ts';

const numRuns = Number(process.env['LOCKSTEP_PREPARATIONS'] ?? 15);
/** Every preparation makes several files durable. */
vi.setConfig({ testTimeout: 60_000 + 2_000 * numRuns });

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const person: PlainMapping = {
  kind: 'entity',
  keys: ['number'],
  values: ['number', 'name', 'badge'],
  keyValues: new Set(['number', 'badge']),
  command: null,
};
const membership: PlainMapping = {
  kind: 'association',
  keys: ['badge', 'code'],
  values: [],
  keyValues: new Set(),
  command: null,
};

/** Keys that differ in what a key is not told apart by, in what sorts differently as bytes, and in what files must quote. */
const keys = [
  ...[
    '',
    ' ',
    '1',
    '2',
    '10',
    'a',
    'A',
    'b',
    ' a ',
    '\u00a0',
    'é',
    'e\u0301',
    'É',
    'ß',
    'İ',
    'Σ',
    'Ας',
  ],
  ...[
    '\uffee',
    '\u{1f600}',
    '\u{10000}',
    '\ue000',
    'z',
    'zz',
    'zzzzzzzzzzzzzzzzzzzzz',
    'zzzzzzzzzzzzzzzzzzzzy',
  ],
  ...[
    'cn=a,ou=b',
    'CN=A,ou=b',
    '"',
    'say "a"',
    'two\nlines',
    'a\rb',
    '\0',
    '3\0',
    'a\tb',
    '\tb',
    '!',
    '~',
  ],
];
const value = fc.constantFrom('', 'x', 'y', 'é', 'a,b', '"q"', 'l1\nl2', 'r\r', '\0', ' ', '=1+1');
const key = fc.constantFrom(...keys);

/** A cell as some program might write it: quoted where it must be, or at random. */
const cellOf = (texts: fc.Arbitrary<string>) =>
  fc
    .tuple(texts, fc.boolean())
    .map(([text, isQuoted]) =>
      isQuoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text,
    );

const lineBreak = fc.constantFrom('\n', '\n', '\r\n');
const fileOf = (header: string, ...cells: readonly fc.Arbitrary<string>[]) =>
  fc
    .array(fc.tuple(fc.tuple(...cells), lineBreak), { maxLength: 60 })
    .map((rows) => `${header}\n${rows.map(([row, end]) => row.join(',') + end).join('')}`);

const table = (name: string, changes: Partial<SourceTable> = {}): SourceTable => ({
  name,
  path: join(bench.folder, `${name}.csv`),
  isComplete: true,
  commandColumn: null,
  isEmpty: false,
  ...changes,
});

async function readBody(file: string): Promise<string> {
  const text = await readFile(join(bench.collect, file), 'utf8');
  return text.slice(text.indexOf('\n') + 1);
}

/** Side files without their third column, the line. */
async function readSideFile(file: string): Promise<string> {
  return (await readBody(file)).replace(/^(People(?:_members)?,\d+),\d+,/gm, '$1,');
}

describe('prepared files', () => {
  it('are what a plain reading of the rows comes to, whatever the rows and the memory', async () => {
    const people = fileOf(
      'number,name,badge,unused',
      cellOf(key),
      cellOf(value),
      cellOf(key),
      cellOf(value),
    );
    const members = fileOf('code,badge', cellOf(key), cellOf(key));
    const memory = fc.constantFrom(undefined, 1, 7);

    await fc.assert(
      fc.asyncProperty(people, members, memory, async (peopleText, memberText, maxRows) => {
        await bench.write('People', peopleText);
        await bench.write('People_members', memberText);

        await bench.session({
          force: true,
          ...(maxRows === undefined ? {} : { maxRowsInMemory: maxRows }),
        });

        for (const [name, identifier, mapping] of [
          ['People', 'Person', person],
          ['People_members', 'Person_Group', membership],
        ] as const) {
          const source = await readPlainTable(join(bench.folder, `${name}.csv`));
          expect({
            clean: await readBody(`${identifier}.sorted.csv`),
            duplicates: await readSideFile(`${identifier}.duplicates.csv`),
            nullKeys: await readSideFile(`${identifier}.nullpk.csv`),
          }).toEqual(preparePlainly(source, name, mapping));
        }
      }),
      { numRuns },
    );
  });

  it('are what a plain reading of commands comes to', async () => {
    const command = cellOf(fc.constantFrom('', 'add', 'INSERT', 'Update', ' merge ', 'DELETE'));
    const people = fileOf(
      'number,name,badge,Command',
      cellOf(key),
      cellOf(value),
      cellOf(key),
      command,
    );
    const members = fileOf('code,badge,Command', cellOf(key), cellOf(key), command);

    await fc.assert(
      fc.asyncProperty(people, members, async (peopleText, memberText) => {
        await bench.write('People', peopleText);
        await bench.write('People_members', memberText);

        await bench.session({
          mode: 'incremental',
          force: true,
          tables: ['People', 'People_members'].map((name) =>
            table(name, { commandColumn: 'Command' }),
          ),
        });

        for (const [name, identifier, mapping] of [
          ['People', 'Person', person],
          ['People_members', 'Person_Group', membership],
        ] as const) {
          const source = await readPlainTable(join(bench.folder, `${name}.csv`));
          const expected = preparePlainly(source, name, { ...mapping, command: 'Command' });
          expect({
            clean: await readBody(`${identifier}.sorted.delta`),
            duplicates: await readSideFile(`${identifier}.duplicates.csv`),
            nullKeys: await readSideFile(`${identifier}.nullpk.csv`),
          }).toEqual(expected);
        }
      }),
      { numRuns },
    );
  });

  it('of changes are what looking every key up comes to, in both modes', async () => {
    const people = fileOf('number,name,badge', cellOf(key), cellOf(value), cellOf(key));

    await fc.assert(
      fc.asyncProperty(people, people, fc.boolean(), async (before, after, isComplete) => {
        await bench.write('People', before);
        const previous = await bench.session({ force: true });
        const old = await readPlainTable(join(bench.collect, 'Person.sorted.csv'));
        await bench.write('People', after);

        await bench.session({
          mode: isComplete ? 'complete' : 'incremental',
          previous,
          force: true,
          tables: [
            table('People', { isComplete }),
            table('People_groups'),
            table('People_members'),
          ],
        });

        const now = await readPlainTable(join(bench.collect, 'Person.sorted.csv'));
        expect(await readBody('Person.sorted.delta')).toBe(comparePlainly(old, now, isComplete));
      }),
      { numRuns },
    );
  });

  it('are the same for a large file as for its rows in another order and in little memory', async () => {
    const rows = Array.from({ length: 12_000 }, (_, row) => {
      const number = (row * 7_919) % 12_000;
      return `${number % 3 === 0 ? 'K' : 'k'}-${number},"name, ${'é'.repeat(number % 90)}",b${number}\n`;
    });
    await bench.write('People', `number,name,badge\n${rows.join('')}`);
    await bench.session();
    const whole = await readBody('Person.sorted.csv');
    await bench.write('People', `number,name,badge\n${rows.toReversed().join('')}`);
    await bench.session({ maxRowsInMemory: 1_000 });
    const spilled = await readBody('Person.sorted.csv');

    const withoutRows = (text: string) => text.replace(/^([^,\n]*),\d+,/gm, '$1,');
    expect(withoutRows(spilled)).toBe(withoutRows(whole));
    const folds = whole.split('\n').map((line) => line.slice(0, line.indexOf(',')));
    expect(folds.slice(0, -1)).toEqual(folds.slice(0, -1).toSorted());
  });

  it('hold a row of a megabyte', async () => {
    const long = 'x,'.repeat(700_000);
    await bench.write('People', `number,name,badge\n2,b,c\n1,"${long}",B\n0,a,c\n`);

    await bench.session();

    expect(await readBody('Person.sorted.csv')).toBe(
      `0,3,0,0,a,c\n1,2,1,1,"${long}",B\n2,1,2,2,b,c\n`,
    );
  });

  it('are the same for lines that end in lone carriage returns', async () => {
    await bench.write('People', 'number,name,badge\r2,Ben,B\r1,Ana,A\r');

    await bench.session();

    expect(await readBody('Person.sorted.csv')).toBe('1,2,1,1,Ana,A\n2,1,2,2,Ben,B\n');
    expect(await bench.files()).not.toContain('People.rewritten.csv');
  });
});

describe('side files', () => {
  it('name the line of the file, which quoted line breaks set apart from the row', async () => {
    await bench.write('People', 'number,name,badge\n1,"two\nlines",A\n,none,B\n1,Ana,C\n');

    await bench.session({ force: true });

    expect(await bench.rows('Person.nullpk.csv')).toEqual([
      ['People', '2', '4', null, 'none', 'B'],
    ]);
    expect((await bench.rows('Person.duplicates.csv'))[0]?.slice(0, 4)).toEqual([
      'People',
      '3',
      '5',
      'conflict',
    ]);
  });
});
