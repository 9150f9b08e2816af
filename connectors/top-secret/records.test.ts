import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ConnectorError } from '../spi/errors.ts';
import { findEbcdicPage } from '../spi/mainframe/ebcdic.ts';
import type { TableBatch, TableRequest } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { topSecretExporter } from './export.ts';
import { type TopSecretSettings, topSecretSettings } from './settings.ts';

const definition = { settings: topSecretSettings, displayName: 'Mainframe/Top Secret' };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'top-secret-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A record: type, class, flag, ACID, and what stands from column 33 on. */
function record(
  type: string,
  acid: string,
  data: string,
  rest: { flag?: string; cls?: string } = {},
) {
  return `    ${type}${(rest.cls ?? '').padEnd(2)}${rest.flag ?? ' '}   ${acid.padEnd(8)}          ${data}`;
}

interface Outcome {
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  readonly proven: readonly string[];
  readonly error: ConnectorError | undefined;
}

async function run(
  content: string | Uint8Array,
  settings: Readonly<Record<string, unknown>> = {},
  layout?: unknown,
  tables: readonly TableRequest[] = [],
): Promise<Outcome> {
  const Path = join(folder, 'records.txt');
  await writeFile(Path, content);
  const LayoutFile = join(folder, 'layout.json');
  if (layout !== undefined) {
    await writeFile(LayoutFile, typeof layout === 'string' ? layout : JSON.stringify(layout));
  }
  await using context = await createTestContext();
  const rows: Record<string, Row[]> = {};
  const proven: string[] = [];
  let error: ConnectorError | undefined;
  const take = (batch: TableBatch): void => {
    if (batch.kind === 'rows') rows[batch.table] = [...(rows[batch.table] ?? []), ...batch.rows];
    if (batch.kind === 'end') proven.push(`${batch.table}: ${batch.rows}`);
  };
  try {
    const raw = { Path, ...(layout === undefined ? {} : { LayoutFile }), ...settings };
    const request = {
      connection: 'Tss',
      settings: readSettings<TopSecretSettings>(definition, raw),
      mode: 'complete' as const,
      tables,
    };
    for await (const batch of topSecretExporter.exportTables(request, context)) take(batch);
  } catch (thrown) {
    error = thrown as ConnectorError;
  }
  return { rows, proven, error };
}

const content = [
  record('0100', 'AROY', 'ANA ROY'),
  record('0700', 'AROY', 'PRSALES  PRBUYER  '),
  record('0700', 'AROY', 'PRAUDIT', { flag: 'C' }),
  record('0100', 'PRSALES', 'SALES'),
  record('2001', 'PRSALES', 'SALES.**   UPDATE', { cls: '05' }),
  '',
].join('\n');
const profiles = { '0700': { fields: [{ name: 'PROFILE', start: 33, end: 40 }], every: 9 } };

describe('records of Top Secret', () => {
  it('become a table per type, with the raw data where nothing is known of them', async () => {
    const { rows, proven } = await run(content);

    expect(proven).toEqual(['Tss_0100: 2', 'Tss_0700: 1', 'Tss_2001: 1']);
    expect(rows['Tss_0100']).toEqual([
      { ACID: 'AROY', RECORD_ID2: null, NAME: 'ANA ROY' },
      { ACID: 'PRSALES', RECORD_ID2: null, NAME: 'SALES' },
    ]);
    expect(rows['Tss_2001']).toEqual([
      { ACID: 'PRSALES', RECORD_ID2: '05', DATA: 'SALES.**   UPDATE' },
    ]);
  });

  it('give a row for each repetition of their fields, over continuations', async () => {
    const { rows } = await run(content, {}, profiles);

    expect(rows['Tss_0700']?.map((row) => row['PROFILE'])).toEqual([
      'PRSALES',
      'PRBUYER',
      'PRAUDIT',
    ]);
  });

  it('are read from EBCDIC of one length', async () => {
    const page = findEbcdicPage('IBM1047') ?? [];
    const text = content
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.padEnd(300))
      .join('');
    const bytes = Buffer.from([...text].map((character) => page.indexOf(character)));

    const { rows, error } = await run(bytes, { Encoding: 'IBM1047', RecordLength: 300 });

    expect(error).toBeUndefined();
    expect(rows['Tss_0100']).toHaveLength(2);
    const cut = await run(bytes.subarray(0, -1), { Encoding: 'IBM1047', RecordLength: '300' });
    expect(cut.error).toMatchObject({ kind: 'incomplete' });
    expect(cut.proven).toEqual([]);
  });

  it.each([
    ['nothing', '', 'incomplete'],
    ['a last line without an end', content.slice(0, -5), 'incomplete'],
    [
      'a listing in place of records',
      'ACCESSORID = AROY       NAME       = ANA ROY\n',
      'invalid-value',
    ],
    ['a record of nobody', `${record('0100', '', 'ANA ROY')}\n`, 'invalid-value'],
    [
      'a continuation of nothing',
      `${record('0700', 'AROY', 'X', { flag: 'C' })}\n`,
      'invalid-value',
    ],
    [
      'a continuation of somebody else',
      `${record('0700', 'BDOE', 'X')}\n${record('0700', 'AROY', 'X', { flag: 'C' })}\n`,
      'invalid-value',
    ],
    [
      'hundreds of record types',
      Array.from({ length: 600 }, (_, at) => `${record(String(1_000 + at), 'AROY', 'x')}\n`).join(
        '',
      ),
      'invalid-value',
    ],
  ])('refuse %s', async (_, text, kind) => {
    const { error, proven } = await run(text);

    expect(error).toMatchObject({ kind, hint: expect.stringMatching(/\S/) });
    expect(proven).toEqual([]);
  });

  it('that go on and on are refused before memory fills', async () => {
    const piece = `${record('0700', 'AROY', 'x'.repeat(30_000), { flag: 'C' })}\n`;

    const { error } = await run(`${record('0700', 'AROY', 'x')}\n${piece.repeat(40)}`);

    expect(error).toMatchObject({
      kind: 'invalid-value',
      message: expect.stringContaining('longer'),
    });
  });

  it.each([
    ['text that is no JSON', '{ "0100": '],
    ['a list', []],
    ['a type of three characters', { '010': { fields: [{ name: 'A', start: 33, end: 34 }] } }],
    ['no fields', { '0100': { fields: [] } }],
    ['columns of the header', { '0100': { fields: [{ name: 'A', start: 15, end: 22 }] } }],
    ['an end before the start', { '0100': { fields: [{ name: 'A', start: 40, end: 39 }] } }],
    ['one name twice', { '0100': { fields: [{ name: 'ACID', start: 33, end: 39 }] } }],
    ['a name with a comma', { '0100': { fields: [{ name: 'A,B', start: 33, end: 39 }] } }],
    [
      'a name that JavaScript uses',
      { '0100': { fields: [{ name: '__proto__', start: 33, end: 39 }] } },
    ],
    [
      'more than is known',
      { '0100': { fields: [{ name: 'A', start: 33, end: 39, format: 'x' }] } },
    ],
  ])('refuse a layout with %s', async (_, layout) => {
    const { error, proven } = await run(content, {}, layout);

    expect(error).toMatchObject({
      kind: 'invalid-value',
      message: expect.stringContaining('layout'),
    });
    expect(proven).toEqual([]);
  });

  it('have tables and columns that can be asked for, empty where there is no record', async () => {
    const ask = (suffix: string, columns: readonly string[]): readonly TableRequest[] => [
      { name: `Tss_${suffix}`, suffix, columns, formats: {} },
    ];

    expect((await run(content, {}, profiles, ask('0700', ['PROFILE']))).error).toBeUndefined();
    expect((await run(content, {}, profiles, ask('0900', ['DATA']))).proven).toContain(
      'Tss_0900: 0',
    );
    expect((await run(content, {}, profiles, ask('0700', ['PROFILES']))).error).toMatchObject({
      kind: 'invalid-value',
      hint: expect.stringContaining('PROFILE'),
    });
    expect((await run(content, {}, profiles, ask('users', []))).error).toMatchObject({
      kind: 'not-found',
    });
  });
});
