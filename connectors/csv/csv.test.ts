import { appendFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { collect, createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ExportRequest, TableBatch, TableRequest } from '../spi/package.ts';
import { contract } from './contract.ts';
import { csvExporter } from './export.ts';
import { type CsvSettings, csvSettings } from './settings.ts';

const definition = { settings: csvSettings, displayName: 'File/CSV' };

describeConnectorContract(contract);

describe('CSV export', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'csv-export-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function put(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  async function run(
    settings: Readonly<Record<string, unknown>>,
    options: {
      readonly mode?: ExportRequest<unknown>['mode'];
      readonly columns?: readonly string[];
      readonly roots?: readonly string[];
      readonly tables?: readonly TableRequest[];
      readonly onBatch?: () => Promise<void>;
    } = {},
  ): Promise<{ readonly batches: readonly TableBatch[]; readonly log: readonly string[] }> {
    await using context = await createTestContext({ sourcesRootPaths: options.roots ?? [] });
    const table = { name: 'Hr', suffix: '', columns: options.columns ?? [], formats: {} };
    const batches: TableBatch[] = [];
    const source = csvExporter.exportTables(
      {
        connection: 'Hr',
        settings: readSettings<CsvSettings>(definition, settings),
        mode: options.mode ?? 'complete',
        tables: options.tables ?? [table],
      },
      context,
    );
    for await (const batch of source) {
      batches.push(batch);
      await options.onBatch?.();
    }
    return { batches, log: context.log };
  }

  async function readRows(
    settings: Readonly<Record<string, unknown>>,
    options: Parameters<typeof run>[1] = {},
  ): Promise<readonly Readonly<Record<string, string | null>>[]> {
    const { batches } = await run(settings, options);
    return batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
  }

  describe('lines and columns', () => {
    it('fills short lines up and takes lines whose surplus is empty', async () => {
      const Path = await put('ragged.csv', 'a,b,c\n1\n1,2,3,,\n');

      expect(await readRows({ Path })).toEqual([
        { a: '1', b: null, c: null },
        { a: '1', b: '2', c: '3' },
      ]);
    });

    it('refuses a line with too many values, with its number', async () => {
      const Path = await put('long.csv', 'Title "of\nthe file\na,b\n1,2\n1,2,3\n');

      await expect(readRows({ Path, NumberOfLinesToSkip: 2 })).rejects.toMatchObject({
        kind: 'invalid-value',
        details: { line: 5, found: 3, expected: 2 },
      });
    });

    it('drops columns without a header and keeps empty ones', async () => {
      const Path = await put('nameless.csv', 'a,,c\n1,2,\n');

      expect(await readRows({ Path })).toEqual([{ a: '1', c: null }]);
    });

    it('warns of a column named twice, and refuses it where a mapping uses it', async () => {
      const Path = await put('twice.csv', 'a,b,a\n1,2,3\n');

      const { batches, log } = await run({ Path });

      expect(batches[0]).toMatchObject({ columns: ['a', 'b'], rows: [{ a: '1', b: '2' }] });
      expect(log.join('\n')).toContain('twice');
      await expect(readRows({ Path }, { columns: ['a'] })).rejects.toThrow('two columns named "a"');
    });

    it('names the nearest column when a mapped one is missing', async () => {
      const Path = await put('renamed.csv', 'EmployeID,Name\n1,2\n');

      await expect(readRows({ Path }, { columns: ['EmployeeId'] })).rejects.toMatchObject({
        kind: 'invalid-value',
        hint: expect.stringContaining('EmployeID'),
      });
    });

    it.each([
      ['\r\n', 'a,b\r\n1,2\r\n3,4\r\n'],
      ['\\r\\n and \\n mixed', 'a,b\r\n1,2\n3,4\r\n'],
      ['a lone \\r', 'a,b\r1,2\r3,4\r'],
      ['no line break at the end', 'a,b\n1,2\n3,4'],
      ['blank lines', '\na,b\n\n1,2\n\n3,4\n\n'],
    ])('reads lines that end in %s', async (name, content) => {
      const Path = await put(`ends-${name.length}.csv`, content);

      expect(await readRows({ Path })).toEqual([
        { a: '1', b: '2' },
        { a: '3', b: '4' },
      ]);
    });

    it('reads other separators, and names that JavaScript uses itself', async () => {
      const Path = await put('names.csv', '__proto__;constructor;"a;b"\nx;y;z\n');

      const [row] = await readRows({ Path, Separator: ';' });

      expect(Object.entries(row ?? {})).toEqual([
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['a;b', 'z'],
      ]);
    });

    it('skips physical lines, stray quotes included, before it parses', async () => {
      const Path = await put('title.csv', 'The "title\r\nline 2\ra,b\n1,2\n');

      expect(await readRows({ Path, NumberOfLinesToSkip: '2' })).toEqual([{ a: '1', b: '2' }]);
    });

    it('trims headers and values, each text after the one before', async () => {
      const Path = await put('trim.csv', '#!note#!,##b##\n#!x#!,$y\n');

      expect(await readRows({ Path, ValuesToTrim: ['#', '!'] })).toEqual([
        { 'note#': 'x#', b: '$y' },
      ]);
    });

    it('passes the command column through and names it', async () => {
      const PathIncremental = await put('delta.csv', 'Command,code\ninsert,B-03\ndelete,B-01\n');

      const { batches } = await run({ PathIncremental }, { mode: 'incremental' });

      expect(batches.at(-1)).toMatchObject({ kind: 'end', rows: 2, commandColumn: 'Command' });
    });
  });

  describe('encodings', () => {
    const text = 'id,name\n1,Zoë Čapek\n';
    const latin = 'id,name\n1,Zoë\n';

    it.each([
      ['UTF-8', Buffer.from(text)],
      ['utf-16', iconv.encode(text, 'utf-16le')],
      ['utf-16BE', iconv.encode(text, 'utf-16be')],
      ['1200', iconv.encode(text, 'utf-16le')],
      ['windows-1250', iconv.encode(text, 'windows-1250')],
      ['28592', iconv.encode(text, 'iso-8859-2')],
    ])('reads %s', async (Encoding, bytes) => {
      const Path = await put('encoded.csv', bytes);

      expect(await readRows({ Path, Encoding })).toEqual([{ id: '1', name: 'Zoë Čapek' }]);
    });

    it.each(['utf-8', 'utf-16le', 'utf-16be', 'utf-32le', 'utf-32be'])(
      'believes the byte order mark of %s rather than the setting',
      async (encoding) => {
        const Path = await put('marked.csv', iconv.encode(`\ufeff${text}`, encoding));

        expect(await readRows({ Path, Encoding: 'iso-8859-1' })).toEqual([
          { id: '1', name: 'Zoë Čapek' },
        ]);
      },
    );

    it('reads iso-8859-1 as that and not as windows-1252', async () => {
      const Path = await put('c1.csv', Buffer.from([0x61, 0x0a, 0x80, 0x0a]));

      expect(await readRows({ Path, Encoding: 'iso-8859-1' })).toEqual([{ a: '\u0080' }]);
      expect(await readRows({ Path, Encoding: 'windows-1252' })).toEqual([{ a: '€' }]);
    });

    it('refuses bytes that are not in the encoding, with the line', async () => {
      const Path = await put('latin.csv', iconv.encode(latin, 'iso-8859-1'));

      for (const Encoding of ['UTF-8', 'us-ascii']) {
        await expect(readRows({ Path, Encoding })).rejects.toMatchObject({
          kind: 'invalid-value',
          details: { line: 2 },
        });
      }
    });

    it('refuses an encoding it does not know', async () => {
      const Path = await put('latin.csv', latin);

      await expect(readRows({ Path, Encoding: 'klingon' })).rejects.toThrow('"klingon"');
    });

    it('finds UTF-16 cut inside a character', async () => {
      const bytes = iconv.encode(text, 'utf-16le');
      const Path = await put('cut16.csv', bytes.subarray(0, bytes.length - 1));

      await expect(readRows({ Path, Encoding: 'utf-16' })).rejects.toMatchObject({
        kind: 'incomplete',
      });
    });
  });

  describe('modes', () => {
    it.each([
      ['complete', { PathIncremental: '/x.csv' }],
      ['incremental', { Path: '/x.csv' }],
    ] as const)('exports nothing, and says why, in %s mode without its path', async (mode, raw) => {
      const { batches } = await run(raw, { mode });

      expect(batches).toEqual([{ kind: 'nothing', reason: expect.stringContaining('no Path') }]);
    });

    it('reads the only path there is in initial mode', async () => {
      const PathIncremental = await put('only.csv', 'a\n1\n');

      expect(await readRows({ PathIncremental }, { mode: 'initial' })).toEqual([{ a: '1' }]);
    });

    it('waits for changes without an error, but not for a complete file', async () => {
      const path = join(folder, 'not-there.csv');

      const { batches } = await run({ PathIncremental: path }, { mode: 'incremental' });

      expect(batches).toMatchObject([{ kind: 'nothing' }]);
      await expect(run({ Path: path })).rejects.toMatchObject({ kind: 'not-found' });
    });
  });

  describe('file names', () => {
    it('reads the last created of the files whose whole name fits', async () => {
      await mkdir(join(folder, 'drop'), { recursive: true });
      await put('drop/hr-2.csv', 'a\nfirst\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await put('drop/hr-1.csv', 'a\nsecond\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await put('drop/hr-10.csv.bak', 'a\nno\n');
      await put('drop/old-hr-1.csv', 'a\nno\n');
      const Path = `${join(folder, 'drop')}/hr-\\d+\\.csv`;

      expect(await readRows({ Path, IsFileNameRegex: 'true' })).toEqual([{ a: 'second' }]);
    });

    it('fails when no name fits, except for changes', async () => {
      const pattern = `${folder}/nothing-[a-z]+`;

      await expect(run({ Path: pattern, IsFileNameRegex: true })).rejects.toMatchObject({
        kind: 'not-found',
      });
      const { batches } = await run(
        { PathIncremental: pattern, IsFileNameRegex: true },
        { mode: 'incremental' },
      );
      expect(batches).toMatchObject([{ kind: 'nothing' }]);
    });

    it('refuses a name that is no regular expression', async () => {
      const settings = { Path: `${folder}/(`, IsFileNameRegex: true };

      await expect(run(settings)).rejects.toMatchObject({ kind: 'invalid-value' });
    });
  });

  describe('allowed folders', () => {
    it.each([
      ['a folder that only starts the same', 'hr-old/x.csv'],
      ['a way out and back', 'hr/../hr-old/x.csv'],
      ['a symbolic link that leads out', 'hr/link.csv'],
    ])('refuses %s', async (_, path) => {
      await mkdir(join(folder, 'hr'), { recursive: true });
      await mkdir(join(folder, 'hr-old'), { recursive: true });
      await put('hr-old/x.csv', 'a\n1\n');
      const link = join(folder, 'hr', 'link.csv');
      await symlink(join(folder, 'hr-old', 'x.csv'), link).catch(() => undefined);

      const reading = run({ Path: join(folder, path) }, { roots: [join(folder, 'hr')] });

      await expect(reading).rejects.toMatchObject({ kind: 'forbidden' });
    });

    it('reads below an allowed folder that is itself a symbolic link', async () => {
      await mkdir(join(folder, 'real'), { recursive: true });
      await put('real/x.csv', 'a\n1\n');
      await symlink(join(folder, 'real'), join(folder, 'alias'));

      const rows = await readRows(
        { Path: join(folder, 'real', 'x.csv') },
        { roots: [join(folder, 'missing'), join(folder, 'alias')] },
      );

      expect(rows).toEqual([{ a: '1' }]);
    });

    it.each(['../../etc/passwd', 'x\0.csv', 'relative.csv'])(
      'refuses the path %j where nothing says what it is relative to',
      async (Path) => {
        await expect(run({ Path })).rejects.toMatchObject({ kind: 'invalid-value' });
      },
    );
  });

  describe('a mapped column that is missing', () => {
    it.each([
      ['under another name', 'id,dept\n1,2\n', 'Known names: dept.'],
      ['and nothing is left of it', 'id\n1\n', 'this one is gone'],
      ['as the separator is another', 'id;department\n1;2\n', 'set Separator of the connection'],
    ])('is looked for %s', async (_, content, hint) => {
      const Path = await put('missing.csv', content);

      await expect(run({ Path }, { columns: ['id', 'department'] })).rejects.toMatchObject({
        kind: 'invalid-value',
        hint: expect.stringContaining(hint),
      });
    });
  });

  describe('files that are not whole', () => {
    it.each([
      ['an empty file', '', 'empty'],
      ['a header line only', 'a,b\n', 'header line only'],
      ['blank lines only', '\n\n', 'no header line'],
    ])('says in its proof that it read %s', async (_, content, evidence) => {
      const Path = await put('bare.csv', content);

      const { batches } = await run({ Path }, { columns: content === 'a,b\n' ? ['a'] : [] });

      expect(batches.at(-1)).toMatchObject({
        kind: 'end',
        rows: 0,
        evidence: expect.stringContaining(evidence),
      });
    });

    it('never proves a file complete that was cut inside a line', async () => {
      const whole = 'id,name,note\n1,Ana,"x\ny"\n2,Omar,z\n';

      for (let length = 14; length < whole.length; length += 1) {
        const Path = await put('cut.csv', whole.slice(0, length));
        const outcome = await run({ Path }).then(
          ({ batches }) => batches.at(-1),
          (error: unknown) => error,
        );
        const text = JSON.stringify(whole.slice(0, length));
        const isRowEnd = whole[length - 1] === '\n' && !text.endsWith('"x\\n"');
        if (isRowEnd) expect(outcome, text).toMatchObject({ kind: 'end' });
        else if (isWholeLastLine(whole.slice(0, length))) {
          expect(outcome, text).toMatchObject({
            kind: 'end',
            evidence: expect.stringContaining('last line has no line break'),
          });
        } else expect(outcome, text).toMatchObject({ kind: 'incomplete' });
      }
    });

    it('refuses a file that grows while it is read', async () => {
      const lines = Array.from({ length: 5_000 }, (_, index) => `${index},x`).join('\n');
      const Path = await put('growing.csv', `a,b\n${lines}\n`);

      const reading = run({ Path }, { onBatch: () => appendFile(Path, '9,9\n') });

      await expect(reading).rejects.toMatchObject({ kind: 'incomplete' });
    });

    it('refuses a file still written to within the time to settle', async () => {
      const Path = await put('settling.csv', 'a\n1\n');

      const reading = run({ Path, SecondsToSettle: 0.2 });
      setTimeout(() => void appendFile(Path, '2\n'), 50);

      await expect(reading).rejects.toMatchObject({ kind: 'incomplete' });
    });

    it('reads a file with its marker only', async () => {
      const Path = await put('marked-done.csv', 'a\n1\n');
      const settings = { Path, DoneFileSuffix: '.done' };

      await expect(run(settings)).rejects.toMatchObject({ kind: 'incomplete' });
      await put('marked-done.csv.done', '');
      expect(await readRows(settings)).toEqual([{ a: '1' }]);
    });

    it('names the line on which an open quote began to swallow the file', async () => {
      const Path = await put('open-quote.csv', 'a,b\n1,"2\n3,4\n');

      await expect(run({ Path })).rejects.toMatchObject({ kind: 'incomplete' });
    });
  });

  it('describes the columns of the file', async () => {
    const Path = await put('described.csv', 'a,b\n1,2\n');
    await using context = await createTestContext();

    const tables = await csvExporter.describeTables?.(
      readSettings<CsvSettings>(definition, { Path }),
      context,
    );

    expect(tables).toEqual([{ name: '', columns: [{ name: 'a' }, { name: 'b' }] }]);
  });

  it('finds relative paths from the folder of the project', async () => {
    await put('relative.csv', 'a\n1\n');
    await using context = await createTestContext();

    const source = csvExporter.exportTables(
      {
        connection: 'Hr',
        settings: readSettings<CsvSettings>(definition, { Path: 'relative.csv' }),
        mode: 'complete',
        tables: [],
      },
      { ...context, projectFolder: folder },
    );

    expect((await collect(source))[0]).toMatchObject({ table: 'Hr', rows: [{ a: '1' }] });
  });
});

/** The last line has its three values, though no line break: no file can tell that it was to be longer. */
function isWholeLastLine(text: string): boolean {
  const quotes = text.split('"').length - 1;
  if (quotes % 2 === 1) return false;
  const line = text.replaceAll('x\ny', '').split('\n').at(-1) ?? '';
  return line.split(',').length === 3;
}

describe('a folder of CSV files', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'csv-folder-'));
    await writeFile(join(folder, 'HR_Person.csv'), 'No,Name\n1,Ana\n2,Bo\n');
    await writeFile(join(folder, 'Tag.csv'), 'Command,Word\ninsert,new\n');
    await writeFile(join(folder, 'notes.txt'), 'nothing');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const tables: readonly TableRequest[] = ['Person', 'Tag'].map((suffix) => ({
    name: `HR_${suffix}`,
    suffix,
    columns: [],
    formats: {},
  }));

  function settingsOf(): CsvSettings {
    return readSettings(definition, { Path: folder });
  }

  it('gives each table from the file of its name, the connection’s name left out where need be', async () => {
    await using context = await createTestContext();
    const batches: TableBatch[] = [];
    const request = { connection: 'HR', settings: settingsOf(), mode: 'complete', tables } as const;
    for await (const batch of csvExporter.exportTables(request, context)) {
      batches.push(batch);
    }

    expect(batches).toMatchObject([
      { kind: 'rows', table: 'HR_Person', columns: ['No', 'Name'] },
      { kind: 'end', table: 'HR_Person', rows: 2 },
      { kind: 'rows', table: 'HR_Tag' },
      { kind: 'end', table: 'HR_Tag', rows: 1, commandColumn: 'Command' },
    ]);
  });

  it('lacks a table when the file is not there', async () => {
    await using context = await createTestContext();
    const request: ExportRequest<CsvSettings> = {
      connection: 'HR',
      settings: settingsOf(),
      mode: 'complete',
      tables: [{ name: 'HR_Site', suffix: 'Site', columns: [], formats: {} }],
    };

    await expect(collect(csvExporter.exportTables(request, context))).rejects.toThrow(
      'There is no file HR_Site.csv',
    );
  });

  it('says what it holds', async () => {
    await using context = await createTestContext();
    const described = await csvExporter.describeTables?.(settingsOf(), context);

    expect(described?.map(({ name }) => name)).toEqual(['HR_Person', 'Tag']);
    expect(await csvExporter.checkConnection(settingsOf(), context)).toContain(
      'a folder with 2 CSV files',
    );
  });
});
