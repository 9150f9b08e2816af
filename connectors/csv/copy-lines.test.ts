import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { TableRequest } from '../spi/package.ts';
import { writeTables } from '../spi/write-tables.ts';
import { csvExporter } from './export.ts';
import { type CsvSettings, csvSettings } from './settings.ts';

const numRuns = Number(process.env['LOCKSTEP_COPIES'] ?? 60);
/** Every export makes two files durable. */
vi.setConfig({ testTimeout: 60_000 + 500 * numRuns });

const definition = { settings: csvSettings, displayName: 'File/CSV' };
const table: TableRequest = { name: 'Hr', suffix: '', columns: [], formats: {} };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csv-copy-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Exports a file and gives all that is left of it: kinds of batches, the file's bytes, and the record without its times. */
async function exportFile(content: string | Uint8Array, takesLines: boolean, changes = {}) {
  const Path = join(folder, 'source.csv');
  await writeFile(Path, content);
  await using context = await createTestContext({ sourcesRootPaths: [] });
  const kinds = new Set<string>();
  const settings = readSettings<CsvSettings>(definition, { Path, ...changes });
  const written = await writeTables(
    (async function* () {
      const request = { connection: 'Hr', settings, mode: 'complete' as const, tables: [table] };
      for await (const batch of csvExporter.exportTables({ ...request, takesLines }, context)) {
        kinds.add(batch.kind);
        yield batch;
      }
    })(),
    {
      folder: join(folder, 'out'),
      connection: 'Hr',
      mode: 'complete',
      tables: [table],
      transformations: [],
      now: () => 0,
    },
  );
  const [exported] = written.manifest.tables;
  const bytes =
    written.status === 'written' ? await readFile(join(folder, 'out', exported?.file ?? '')) : null;
  const { failure } = written.manifest;
  const facts = { rows: exported?.rows, evidence: exported?.evidence, sha: exported?.sha256 };
  return {
    kinds,
    outcome: {
      bytes: bytes?.toString('latin1'),
      failure,
      // Rows that were written before the fault was met are not the same: nobody reads them.
      ...(failure === undefined ? facts : {}),
    },
  };
}

describe('copying lines', () => {
  it.each([
    ['plain lines', 'a,b\n1,2\n3,\n'],
    ['quotes that are needed', 'a,b\n"1,1","x ""y"""\n"two\nlines",z\n'],
    ['quotes that are not needed', 'a,b\n"1",2\n3,""\n4,5\n'],
    ['carriage returns', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['both kinds of line breaks', 'a,b\n1,2\r\n3,4\n'],
    ['a carriage return in a value', 'a,b\n1\r,2\n'],
    ['short and blank lines', '\n\na,b\n1\n\n2,3\n\n'],
    ['empty values beyond the header', 'a,b\n1,2,,\n'],
    ['a byte order mark', '\ufeffa,b\né,ü\n'],
    ['NUL characters', 'a,b\n1\u0000,\u0000\n'],
    ['one column', 'a\n1\n""\n\n2\n'],
    ['no line break at the end', 'a,b\n1,2\n3,4'],
    ['a carriage return for a last character', 'a,b\n1,2\n3,4\r'],
    ['a header only', 'a,b\n'],
  ])('gives what reading as text gives, with %s', async (_, content) => {
    const copied = await exportFile(content, true);
    const read = await exportFile(content, false);

    expect(copied.kinds).toEqual(new Set(['lines', 'end']));
    expect(read.kinds).toEqual(new Set(['rows', 'end']));
    expect(copied.outcome).toEqual(read.outcome);
  });

  it.each([
    ['lone carriage returns at the line ends', 'a,b\r1,2\r', {}],
    ['a column without a name', 'a,,b\n1,2,3\n', {}],
    ['equal columns', 'a,a\n1,2\n', {}],
    ['nothing', '', {}],
    ['blank lines only', '\n\n', {}],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), {}],
    ['another separator', 'a;b\n1;2\n', { Separator: ';' }],
    ['another encoding', 'a,b\n1,2\n', { Encoding: 'windows-1252' }],
    ['texts to cut off', '#a,b\n1,2\n', { ValuesToTrim: ['#'] }],
    ['lines to skip', 'x\na,b\n1,2\n', { NumberOfLinesToSkip: 1 }],
  ])('leaves to reading as text what has %s', async (_, content, changes) => {
    const { kinds, outcome } = await exportFile(content, true, changes);

    expect(kinds.has('lines')).toBe(false);
    expect(outcome).toEqual((await exportFile(content, false, changes)).outcome);
  });

  it.each([
    ['a stray quote', 'a,b\n1,x"y\n'],
    ['text behind a quote', 'a,b\n1,"x"y\n'],
    ['a quote that never closes', 'a,b\n1,"x\n2,3\n'],
    ['a value too many', 'a,b\n1,2\n1,2,3\n'],
    ['a last line cut off', 'a,b\n1,2\n3'],
    ['a byte that is not UTF-8', Buffer.from('a,b\n1,2\n1,\u00ff\n', 'latin1')],
  ])('refuses %s with the words of reading as text', async (_, content) => {
    const { outcome } = await exportFile(content, true);

    expect(outcome.failure?.message).toMatch(/\bline\b/i);
    expect(outcome).toEqual((await exportFile(content, false)).outcome);
  });

  it('gives what reading as text gives, whatever the bytes', async () => {
    const piece = fc.constantFrom(
      'a',
      'é',
      ',',
      ',',
      '\n',
      '\n',
      '\r\n',
      '\r',
      '"',
      '""',
      '\0',
      ' ',
    );
    const content = fc.array(piece, { maxLength: 24 }).map((pieces) => `a,b\n${pieces.join('')}`);

    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        // The one thing that copying refuses and csv-parse lets pass.
        fc.pre(!text.includes('"\0'));
        const copied = await exportFile(text, true);

        expect(copied.outcome).toEqual((await exportFile(text, false)).outcome);
      }),
      { numRuns },
    );
  });

  it('refuses a NUL character behind a quote', async () => {
    const { outcome } = await exportFile('a,b\n"1"\0,2\n', true);

    expect(outcome.failure).toMatchObject({ kind: 'invalid-value' });
  });

  it('finds lines across the pieces in which a file is read', async () => {
    const long = 'x'.repeat(700_000);
    const rows = Array.from(
      { length: 9_000 },
      (_, row) => `${row},"line\n${row}, ${'y'.repeat(90)}"\n`,
    );
    const content = `a,b\n${rows.join('')}1,${long}\n2,"${long}\n"\n${rows.join('')}`;

    const copied = await exportFile(content, true);

    expect(copied.kinds).toEqual(new Set(['lines', 'end']));
    expect(copied.outcome.bytes === content).toBe(true);
    expect(copied.outcome.rows).toBe(18_002);
  });
});
