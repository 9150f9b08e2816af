/** Files of others: a corpus of edge cases, and what LibreOffice 7.4 writes in three encodings (test/fixtures/csv-files). */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { Row } from '../spi/row.ts';
import { csvExporter } from './export.ts';
import { type CsvSettings, csvSettings } from './settings.ts';

const definition = { settings: csvSettings, displayName: 'File/CSV' };
const require = createRequire(import.meta.url);
const corpus = dirname(require.resolve('csv-spectrum'));
const fixtures = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'csv-files');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-corpus-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(raw: Readonly<Record<string, unknown>>): Promise<readonly Row[]> {
  await using context = await createTestContext();
  const settings = readSettings<CsvSettings>(definition, raw);
  const request = { connection: 'Hr', settings, mode: 'complete', tables: [] } as const;
  const batches = await collect(csvExporter.exportTables(request, context));
  expect(batches.at(-1)).toMatchObject({ kind: 'end' });
  return batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
}

describe('the corpus csv-spectrum', () => {
  const names = readdirSync(join(corpus, 'csvs')).map((file) => basename(file, '.csv'));

  it('has its dozen of files', () => {
    expect(names.length).toBeGreaterThanOrEqual(12);
  });

  // The expectation of this one is an object of other values than its file.
  it.each(names.filter((name) => name !== 'location_coordinates'))('is read: %s', async (name) => {
    const text = readFileSync(join(corpus, 'json', `${name}.json`), 'utf8');
    // Data of the corpus; an empty text is no value here.
    const expected = (JSON.parse(text) as readonly Readonly<Record<string, string>>[]).map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, value === '' ? null : value]),
      ),
    );

    expect(await read({ Path: join(corpus, 'csvs', `${name}.csv`) })).toEqual(expected);
  });

  it('is refused where quotes stand inside a value without quotes, with the line', async () => {
    const Path = join(corpus, 'csvs', 'location_coordinates.csv');

    await expect(read({ Path })).rejects.toMatchObject({
      kind: 'invalid-value',
      details: { line: 2 },
    });
  });
});

describe('files of a spreadsheet program', () => {
  it.each(['utf-8', 'utf-16', 'windows-1252'])('are read in %s', async (Encoding) => {
    const Path = join(fixtures, `names-${Encoding}.csv`);

    expect(await read({ Path, Encoding, Separator: ';' })).toEqual([
      { id: '007', name: 'Zoë Müller; née d’Été', note: 'one\n"two"' },
      { id: '8', name: '=1+1', note: null },
    ]);
  });
});

describe('bytes that are rare', () => {
  it('are values: NUL, vertical tabs, a byte order mark in the middle', async () => {
    const Path = join(folder, 'nul.csv');
    await writeFile(Path, 'id,a\n1,x\0y\n2,"v\vw\ufeff"\n');

    expect(await read({ Path })).toEqual([
      { id: '1', a: 'x\0y' },
      { id: '2', a: 'v\vw\ufeff' },
    ]);
  });

  it('are no header: an empty line of separators has no names', async () => {
    const Path = join(folder, 'separators.csv');
    await writeFile(Path, ',,\n1,2,3\n');

    expect(await read({ Path })).toEqual([{}]);
  });
});
