import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ExportRequest, TableBatch } from '../spi/package.ts';
import { contract, createContract } from './contract.ts';
import { jsonFileExporter } from './export.ts';
import { type JsonFileSettings, jsonFileSettings } from './settings.ts';

const definition = { settings: jsonFileSettings, displayName: 'File/JSON' };
describeConnectorContract(contract);
describeConnectorContract(createContract('JsonLines'));

describe('JSON export', () => {
  let folder = '';
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'json-export-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function put(content: string | Uint8Array, ending = 'json'): Promise<string> {
    files += 1;
    const path = join(folder, `file-${files}.${ending}`);
    await writeFile(path, content);
    return path;
  }

  async function run(
    settings: Readonly<Record<string, unknown>>,
    options: {
      readonly mode?: ExportRequest<unknown>['mode'];
      readonly tables?: readonly (readonly [suffix: string, columns: readonly string[]])[];
      readonly onBatch?: () => Promise<void>;
    } = {},
  ): Promise<readonly TableBatch[]> {
    await using context = await createTestContext();
    const tables = (options.tables ?? [['', []]]).map(([suffix, columns]) => ({
      name: suffix === '' ? 'Crm' : `Crm_${suffix}`,
      suffix,
      columns,
      formats: {},
    }));
    const batches: TableBatch[] = [];
    const source = jsonFileExporter.exportTables(
      {
        connection: 'Crm',
        settings: readSettings<JsonFileSettings>(definition, settings),
        mode: options.mode ?? 'complete',
        tables,
      },
      context,
    );
    for await (const batch of source) {
      batches.push(batch);
      await options.onBatch?.();
    }
    return batches;
  }

  const rowsOf = (batches: readonly TableBatch[], table = 'Crm') =>
    batches.flatMap((batch) => (batch.kind === 'rows' && batch.table === table ? batch.rows : []));

  async function readRows(
    value: unknown,
    columns: readonly string[],
    table: Readonly<Record<string, unknown>> = {},
  ) {
    const Path = await put(typeof value === 'string' ? value : JSON.stringify(value));
    return rowsOf(await run({ Path, Tables: [table] }, { tables: [['', columns]] }));
  }

  describe('values', () => {
    it('are found by paths: members, lists, members of the elements of lists', async () => {
      const person = {
        id: 7,
        contact: { mail: 'a@x.test', phones: [{ n: '1' }, { x: 0 }, { n: '3' }] },
        tags: ['b', null, 'a', ''],
        'dotted.name': true,
      };
      const columns = [
        'id',
        'contact.mail',
        'contact.phones.*.n',
        'tags',
        'dotted\\.name',
        'tags.*',
      ];

      expect(await readRows([person], columns)).toEqual([
        {
          id: '7',
          'contact.mail': 'a@x.test',
          'contact.phones.*.n': '1\n3',
          tags: 'b\na',
          'dotted\\.name': 'true',
          'tags.*': 'b\na',
        },
      ]);
    });

    it('missing, null and empty are no value; a column of which one row says so much is there', async () => {
      const rows = [{ id: '1', a: null, b: '' }, { id: '2' }, { id: '3', a: [], b: 'x' }];

      expect(await readRows(rows, ['id', 'a', 'b'])).toEqual([
        { id: '1', a: null, b: null },
        { id: '2', a: null, b: null },
        { id: '3', a: null, b: 'x' },
      ]);
    });

    it('keep the digits of numbers, and are JSON where they are objects', async () => {
      const text =
        '[{"n": 12345678901234567890.10, "o": {"b": [1e2, {"c": "\\u00e9"}]}, "l": [[1], {"d": 2}]}]';

      expect(await readRows(text, ['n', 'o', 'l'])).toEqual([
        { n: '12345678901234567890.10', o: '{"b":[1e2,{"c":"é"}]}', l: '[1]\n{"d":2}' },
      ]);
    });

    it('may stand under names that JavaScript uses itself', async () => {
      const text = '[{"__proto__": {"constructor": "x"}, "toString": "y", "hasOwnProperty": 1}]';
      const columns = ['__proto__.constructor', '__proto__', 'toString'];

      const [row] = await readRows(text, columns);

      expect(Object.entries(row ?? {})).toEqual([
        ['__proto__.constructor', 'x'],
        ['__proto__', '{"constructor":"x"}'],
        ['toString', 'y'],
      ]);
    });

    it('get other names, and need not be there, where the settings say so', async () => {
      const table = {
        Columns: [{ Column: 'mail', Path: 'contact.mail' }],
        OptionalColumns: ['phone'],
      };

      expect(await readRows([{ contact: { mail: 'm' } }], ['mail', 'phone'], table)).toEqual([
        { mail: 'm', phone: null },
      ]);
    });

    it('that no row has fail the export, with the nearest name', async () => {
      await expect(readRows([{ email: 'm' }, { email: 'n' }], ['emial'])).rejects.toMatchObject({
        kind: 'invalid-value',
        hint: expect.stringMatching(/"email"[\s\S]*OptionalColumns/),
      });
    });
  });

  describe('tables', () => {
    const company = {
      version: 3,
      people: [
        {
          id: 'a',
          groups: [
            { code: 'x', roles: ['r1', 'r2'] },
            { code: 'y', roles: [] },
          ],
        },
        { id: 'b' },
        { id: 'c', groups: null },
      ],
      sites: [{ code: 's1' }],
    };
    const Tables = [
      { Table: 'people', Rows: 'people.*' },
      {
        Table: 'groups',
        Rows: 'people.*.groups.*',
        Columns: [{ Column: 'person', Path: '^.id' }],
      },
      {
        Table: 'roles',
        Rows: 'people.*.groups.*.roles.*',
        Columns: [
          { Column: 'person', Path: '^.^.id' },
          { Column: 'group', Path: '^.code' },
          { Column: 'role', Path: '' },
        ],
      },
      { Table: 'sites', Rows: 'sites.*' },
    ];

    it('are lists of one file, inner lists with what is above them', async () => {
      const Path = await put(JSON.stringify(company, null, 2));

      const batches = await run(
        { Path, Tables },
        {
          tables: [
            ['people', ['id']],
            ['groups', ['person', 'code']],
            ['roles', ['person', 'group', 'role']],
            ['sites', ['code']],
          ],
        },
      );

      expect(rowsOf(batches, 'Crm_people')).toEqual([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
      expect(rowsOf(batches, 'Crm_groups')).toEqual([
        { person: 'a', code: 'x' },
        { person: 'a', code: 'y' },
      ]);
      expect(rowsOf(batches, 'Crm_roles')).toEqual([
        { person: 'a', group: 'x', role: 'r1' },
        { person: 'a', group: 'x', role: 'r2' },
      ]);
      expect(rowsOf(batches, 'Crm_sites')).toEqual([{ code: 's1' }]);
      expect(batches.filter(({ kind }) => kind === 'end').length).toBe(4);
    });

    it('are described with the paths of their plain values', async () => {
      const Path = await put(JSON.stringify(company));
      await using context = await createTestContext();
      const settings = readSettings<JsonFileSettings>(definition, { Path, Tables });

      const described = await jsonFileExporter.describeTables?.(settings, context);

      expect(
        described?.map(({ name, columns }) => [name, columns.map((each) => each.name)]),
      ).toEqual([
        ['people', ['id', 'groups']],
        ['groups', ['person', 'code', 'roles']],
        ['roles', ['person', 'group', 'role']],
        ['sites', ['code']],
      ]);
    });

    it('that stand elsewhere are told, those of another kind too', async () => {
      const columns = ['id'];

      await expect(readRows(company, columns, { Rows: 'persons.*' })).rejects.toThrow(
        'has no "persons.*"',
      );
      await expect(readRows(company, columns, { Rows: 'version.*' })).rejects.toThrow('no list');
      await expect(readRows(company, columns, { Rows: 'people.*.id.*' })).rejects.toThrow(
        'something else than a list',
      );
      await expect(readRows(company, ['^.^.id'], { Rows: 'people.*' })).rejects.toThrow(
        'so far above',
      );
    });
  });

  describe('lines', () => {
    it('are texts of their own, empty ones left out, told by the ending of the file or by setting', async () => {
      const text = '{"id":1}\r\n\n{"id":2}\n';

      for (const [ending, more] of [
        ['jsonl', {}],
        ['NDJSON', {}],
        ['json', { Format: 'JsonLines' }],
      ] as const) {
        const Path = await put(text, ending);
        const batches = await run({ Path, ...more }, { tables: [['', ['id']]] });
        expect(rowsOf(batches)).toEqual([{ id: '1' }, { id: '2' }]);
        expect(batches.at(-1)).toMatchObject({ kind: 'end', isTerminated: true });
      }
    });

    it('are refused with their number when they are no JSON, or two texts', async () => {
      for (const wrong of ['{"id":}', '{"id":1}{"id":2}', '{"id":', '[1', 'nope']) {
        const Path = await put(`{"id":1}\n{"id":2}\n${wrong}\n{"id":3}\n`, 'jsonl');
        await expect(run({ Path }, { tables: [['', ['id']]] })).rejects.toMatchObject({
          details: { line: 3 },
        });
      }
    });

    it('are incomplete when the last is cut off, and told when it has no line break', async () => {
      const cut = await put('{"id":1}\n{"id":2', 'jsonl');
      await expect(run({ Path: cut }, { tables: [['', ['id']]] })).rejects.toMatchObject({
        kind: 'incomplete',
      });
      const Path = await put('{"id":1}\n{"id":2}', 'jsonl');
      const batches = await run({ Path }, { tables: [['', ['id']]] });
      expect(batches.at(-1)).toMatchObject({ rows: 2, isTerminated: false });
    });

    it('hold inner lists, too', async () => {
      const Path = await put('{"id":1,"g":["x","y"]}\n{"id":2,"g":["z"]}\n', 'jsonl');
      const Columns = [
        { Column: 'id', Path: '^.id' },
        { Column: 'g', Path: '' },
      ];

      const batches = await run(
        { Path, Tables: [{ Rows: '*.g.*', Columns }] },
        { tables: [['', ['id', 'g']]] },
      );

      expect(rowsOf(batches)).toEqual([
        { id: '1', g: 'x' },
        { id: '1', g: 'y' },
        { id: '2', g: 'z' },
      ]);
    });
  });

  describe('files', () => {
    it('in other encodings are read by their byte order mark; bytes that are no text are refused', async () => {
      const Path = await put(Buffer.from('\ufeff[{"id":"é"}]', 'utf16le'));
      expect(rowsOf(await run({ Path }, { tables: [['', ['id']]] }))).toEqual([{ id: 'é' }]);

      const latin = await put(Buffer.from('[{"id":"\xe9"}]', 'latin1'));
      await expect(run({ Path: latin }, { tables: [['', ['id']]] })).rejects.toThrow('not UTF-8');
    });

    it('of changes give the command of each row', async () => {
      const PathIncremental = await put('[{"op":"delete","id":1},{"op":"add","id":2}]');
      const Tables = [{ CommandPath: 'op' }];

      const batches = await run(
        { PathIncremental, Tables },
        { mode: 'incremental', tables: [['', ['id']]] },
      );

      expect(rowsOf(batches)).toEqual([
        { Command: 'delete', id: '1' },
        { Command: 'add', id: '2' },
      ]);
      expect(batches.at(-1)).toMatchObject({ commandColumn: 'Command' });
    });

    it('prove nothing when they change while they are read', async () => {
      const Path = await put(JSON.stringify(Array.from({ length: 3_000 }, (_, id) => ({ id }))));
      let times = 0;
      const onBatch = async (): Promise<void> => {
        times += 1;
        if (times === 1) await appendFile(Path, ' ');
      };

      await expect(run({ Path }, { tables: [['', ['id']]], onBatch })).rejects.toMatchObject({
        kind: 'incomplete',
      });
    });

    it('with an element past the limit are refused, before it fills the memory', async () => {
      const big = `[{"id":"${'x'.repeat(200_000)}"}]`;

      for (const [text, ending] of [
        [big, 'json'],
        [big.slice(1, -1), 'jsonl'],
      ] as const) {
        const Path = await put(text, ending);
        await expect(
          run({ Path, MaxRecordMegabytes: 0.1 }, { tables: [['', ['id']]] }),
        ).rejects.toMatchObject({ kind: 'invalid-value' });
      }
    });

    it('without rows have their columns, and an empty file is not whole', async () => {
      const Path = await put('[]');
      const batches = await run({ Path }, { tables: [['', ['id']]] });
      expect(batches).toMatchObject([
        { kind: 'rows', columns: ['id'], rows: [] },
        { kind: 'end', rows: 0 },
      ]);

      const empty = await put('');
      await expect(run({ Path: empty }, { tables: [['', ['id']]] })).rejects.toMatchObject({
        kind: 'incomplete',
      });
    });
  });
});
