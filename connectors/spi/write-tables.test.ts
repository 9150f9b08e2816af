import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError } from './errors.ts';
import { readExportManifest } from './export-manifest.ts';
import { appendBytes, writeFileAtomically } from './file-writing.ts';
import type { TableBatch, TableRequest } from './package.ts';
import { type WriteTablesOptions, writeTables } from './write-tables.ts';

describe('tables of an export', () => {
  let folder = '';
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'write-tables-')), 'ExportOutput');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  const table = (name: string, formats: Readonly<Record<string, string>> = {}): TableRequest => ({
    name,
    suffix: name.split('_')[1] ?? '',
    columns: [],
    formats,
  });
  const write = (
    batches: readonly (TableBatch | Error)[],
    options: Partial<WriteTablesOptions> = {},
  ) =>
    writeTables(replay(batches), {
      folder,
      connection: 'Ad',
      mode: 'complete',
      tables: [table('Ad_a')],
      transformations: [],
      now: () => Date.UTC(2024, 2, 5),
      ...options,
    });
  async function* replay(batches: readonly (TableBatch | Error)[]): AsyncGenerator<TableBatch> {
    for (const batch of batches) {
      if (batch instanceof Error) throw batch;
      yield batch;
    }
  }
  const rows = (name: string, ...values: readonly (string | null)[]): TableBatch => ({
    kind: 'rows',
    table: name,
    columns: ['id', 'v'],
    rows: values.map((v, index) => ({ id: String(index), v })),
  });
  const end = (name: string, count: number): TableBatch => ({
    kind: 'end',
    table: name,
    rows: count,
    evidence: 'all pages read',
  });
  const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');
  const files = async (): Promise<string[]> => (await readdir(folder)).sort();

  it('writes each table and a manifest that proves it', async () => {
    const written = await write([
      rows('Ad_a', 'x', null),
      rows('Ad_b', 'y'),
      rows('Ad_a', 'é,"'),
      end('Ad_a', 3),
      { ...end('Ad_b', 1), commandColumn: 'id' } as TableBatch,
      { kind: 'cookie', cookie: Uint8Array.of(1) },
    ]);

    expect(await files()).toEqual(['Ad.export.json', 'Ad_a.csv', 'Ad_b.csv']);
    const text = await read('Ad_a.csv');
    expect(text).toBe('id,v\n0,x\n1,\n0,"é,"""\n');
    expect(written).toMatchObject({ status: 'written', cookie: Uint8Array.of(1) });
    expect(await readExportManifest(folder, 'Ad')).toEqual(written.manifest);
    expect(written.manifest).toMatchObject({
      complete: true,
      startedAt: '2024-03-05T00:00:00.000Z',
      tables: [
        {
          name: 'Ad_a',
          file: 'Ad_a.csv',
          columns: ['id', 'v'],
          rows: 3,
          rowsRead: 3,
          complete: true,
          evidence: 'all pages read',
          bytes: Buffer.byteLength(text),
          sha256: createHash('sha256').update(text).digest('hex'),
        },
        { name: 'Ad_b', commandColumn: 'id' },
      ],
    });
  });

  it('keeps a table without an end apart, and moves no cookie', async () => {
    const written = await write([rows('Ad_a', 'x'), { kind: 'cookie', cookie: Uint8Array.of(1) }]);

    expect(written).toMatchObject({ status: 'partial', manifest: { complete: false } });
    expect(written).not.toHaveProperty('cookie');
    expect(await files()).toEqual(['Ad.export.json', 'Ad_a.partial.csv']);
    expect(written.manifest.tables).toMatchObject([
      { file: 'Ad_a.partial.csv', complete: false, rows: 1 },
    ]);
  });

  it('is partial when a table asked for never came', async () => {
    const written = await write([rows('Ad_b', 'x'), end('Ad_b', 1)]);

    expect(written).toMatchObject({ status: 'partial' });
    expect(written.manifest.tables).toMatchObject([
      { name: 'Ad_a', complete: false, rows: 0 },
      { name: 'Ad_b', complete: true },
    ]);
  });

  it('removes what an earlier export left, before anything is read', async () => {
    await write([rows('Ad_a', 'old'), end('Ad_a', 1), rows('Ad_old', 'x'), end('Ad_old', 1)]);
    await writeFile(join(folder, 'Ad_z.csv.part'), 'left by a crash');
    await writeFile(join(folder, 'Other.csv'), 'of another connection');
    await writeFile(join(folder, 'Address_z.csv.part'), 'of another connection');

    const written = await write([
      new ConnectorError('unreachable', 'The server is gone.', { hint: 'Start it.' }),
    ]);

    expect(written).toMatchObject({
      status: 'failed',
      error: { kind: 'unreachable' },
      manifest: {
        complete: false,
        failure: {
          kind: 'unreachable',
          code: 'CONNECTOR_UNREACHABLE',
          message: 'The server is gone.',
        },
      },
    });
    expect(await files()).toEqual(['Ad.export.json', 'Address_z.csv.part', 'Other.csv']);
    expect(await readExportManifest(folder, 'Ad')).toEqual(written.manifest);
  });

  it('keeps tables that had ended when the export broke off, and never more', async () => {
    const written = await write(
      [rows('Ad_a', 'x'), end('Ad_a', 1), rows('Ad_b', 'y'), new Error('password=hunter2')],
      { tables: [table('Ad_a'), table('Ad_b')] },
    );

    expect(written.status).toBe('failed');
    expect(await files()).toEqual(['Ad.export.json', 'Ad_a.csv', 'Ad_b.partial.csv']);
    expect(await read('Ad.export.json')).not.toContain('hunter2');
    expect(written.manifest.tables.map(({ complete }) => complete)).toEqual([true, false]);
  });

  it('writes the reason and no file when there is nothing to read', async () => {
    await write([rows('Ad_a', 'old'), end('Ad_a', 1)]);

    const written = await write([{ kind: 'nothing', reason: 'no PathIncremental' }]);

    expect(written).toMatchObject({ status: 'nothing', reason: 'no PathIncremental' });
    expect(written.manifest.tables).toEqual([]);
    expect(await files()).toEqual(['Ad.export.json']);
  });

  it('converts values, with flags taken from the number as the source gave it', async () => {
    const written = await write(
      [
        {
          kind: 'rows',
          table: 'Ad_a',
          columns: ['id', 'uac', 'expires', 'members'],
          rows: [
            { id: '1', uac: '514', expires: '0', members: 'b\na' },
            { id: '2', uac: null, expires: '133541334000000000', members: null },
          ],
        },
        end('Ad_a', 2),
      ],
      {
        tables: [
          table('Ad_a', {
            uac: 'int32',
            bit_uac_2: 'bit:UAC:2',
            expires: '1601date',
            members: 'multivaluedtext',
          }),
        ],
      },
    );

    expect(written.status).toBe('written');
    expect(await read('Ad_a.csv')).toBe(
      'id,uac,expires,members,bit_uac_2\n1,514,,"a\nb",1\n2,,20240305173000,,\n',
    );
  });

  it('names table, row, column and format of a wrong value, and not the value', async () => {
    const written = await write(
      [rows('Ad_a', '1', '2'), rows('Ad_a', '3', 'secret'), end('Ad_a', 4)],
      {
        tables: [table('Ad_a', { v: 'int32' })],
      },
    );

    expect(written).toMatchObject({
      status: 'failed',
      error: {
        kind: 'invalid-value',
        details: { table: 'Ad_a', row: 4, column: 'v', format: 'int32' },
      },
    });
    expect(JSON.stringify(written.manifest)).not.toContain('secret');
  });

  it('applies transformations before formats and counts rows read and kept', async () => {
    const at = { file: 'x.xml', line: 1, column: 1 };
    const base = {
      at,
      inputColumns: [],
      concatSeparator: '',
      removeEmpty: false,
      removeDuplicates: false,
      sortValues: false,
      addedDays: 0,
    };
    const written = await write(
      [rows('Ad_a', '2024-01-01', 'TEST', '2024-02-28'), end('Ad_a', 3)],
      {
        tables: [table('Ad_a', { v: 'datetime' })],
        transformations: [
          {
            ...base,
            type: 'WhereValue',
            column: 'v',
            whereOperator: 'NotEquals',
            whereValue: 'TEST',
          },
          { ...base, type: 'TransformDate', column: 'v', addedDays: 1 },
          {
            ...base,
            type: 'ConcatColumns',
            column: 'both',
            inputColumns: ['id', 'v'],
            concatSeparator: '/',
          },
        ],
      },
    );

    expect(written.manifest.tables).toMatchObject([{ rows: 2, rowsRead: 3, complete: true }]);
    expect(await read('Ad_a.csv')).toBe(
      'id,v,both\n0,20240102000000,0/20240102000000\n2,20240229000000,2/20240229000000\n',
    );
  });

  it.each([
    ['fewer rows than it announces', [rows('Ad_a', 'x'), end('Ad_a', 2)], 'incomplete'],
    ['rows after the end', [rows('Ad_a', 'x'), end('Ad_a', 1), rows('Ad_a', 'y')], 'unexpected'],
    ['an end twice', [rows('Ad_a', 'x'), end('Ad_a', 1), end('Ad_a', 1)], 'unexpected'],
    [
      'nothing and rows',
      [rows('Ad_a', 'x'), end('Ad_a', 1), { kind: 'nothing', reason: 'no' }],
      'unexpected',
    ],
    [
      'other columns on the way',
      [rows('Ad_a', 'x'), { kind: 'rows', table: 'Ad_a', columns: ['v', 'id'], rows: [] }],
      'unexpected',
    ],
    ['a table that leads out', [rows('Ad_../../x', 'x')], 'invalid-value'],
    ['a table of another connection', [rows('Hr_a', 'x')], 'invalid-value'],
    ['half of a surrogate pair', [rows('Ad_a', '\ud800'), end('Ad_a', 1)], 'invalid-value'],
  ] as const)('fails an export that gives %s', async (_, batches, kind) => {
    const written = await write(batches);

    expect(written).toMatchObject({
      status: 'failed',
      error: { kind },
      manifest: { complete: false },
    });
  });

  it('proves an empty table, with columns or without', async () => {
    const written = await write([rows('Ad_a'), end('Ad_a', 0), end('Ad_b', 0)]);

    expect(await read('Ad_a.csv')).toBe('id,v\n');
    expect(await read('Ad_b.csv')).toBe('');
    expect(written.manifest.tables).toMatchObject([
      { columns: ['id', 'v'], rows: 0, complete: true },
      { columns: [], rows: 0, complete: true },
    ]);
  });

  it('is not misled by columns that JavaScript knows', async () => {
    await write([
      {
        kind: 'rows',
        table: 'Ad_a',
        columns: ['id', 'constructor', '__proto__', 'toString'],
        rows: [{ id: '1' }],
      },
      end('Ad_a', 1),
    ]);

    expect(await read('Ad_a.csv')).toBe('id,constructor,__proto__,toString\n1,,,\n');
  });

  it('names the path where it cannot write', async () => {
    await writeFile(join(folder, '..', 'file'), '');
    const blocked = join(folder, '..', 'file', 'below');

    const written = await write([rows('Ad_a', 'x'), end('Ad_a', 1)], { folder: blocked });

    expect(written).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining(blocked) },
    });
  });

  it('closes the source when writing fails', async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<TableBatch> {
      try {
        yield rows('Hr_a', 'x');
        yield rows('Hr_a', 'y');
      } finally {
        isClosed = true;
      }
    }

    await writeTables(source(), {
      folder,
      connection: 'Ad',
      mode: 'complete',
      tables: [],
      transformations: [],
      now: () => 0,
    });

    expect(isClosed).toBe(true);
  });

  it('refuses a manifest it cannot understand', async () => {
    await mkdir(folder, { recursive: true });
    for (const text of ['', '{', '{}', '{"version":2}', 'null']) {
      await writeFile(join(folder, 'Ad.export.json'), text);
      await expect(readExportManifest(folder, 'Ad')).rejects.toMatchObject({ kind: 'incomplete' });
    }
    expect(await readExportManifest(folder, 'None')).toBeUndefined();
  });
});

describe('a full disk', () => {
  it('is named with the path', async () => {
    const { open } = await import('node:fs/promises');
    await using handle = await open('/dev/full', 'w');

    const writing = appendBytes(handle, Buffer.alloc(10), '/data/Ad_a.csv.part');

    await expect(writing).rejects.toMatchObject({
      message: 'The path /data/Ad_a.csv.part cannot be written: the disk is full.',
    });
  });

  it('leaves no half-written file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'atomic-'));
    const target = join(folder, 'folder');
    await mkdir(join(target, 'x'), { recursive: true });

    await expect(writeFileAtomically(target, 'text')).rejects.toBeInstanceOf(ConnectorError);

    expect(await readdir(folder)).toEqual(['folder']);
    await rm(folder, { recursive: true });
  });
});
