/**
 * Workbooks of other programs, and workbooks that no program would write. `staff-*.xlsx` were written by LibreOffice 7.4 and
 * Gnumeric 1.12; `staff-people.csv` and `staff-rooms.csv` are what LibreOffice shows of them.
 */
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import writeExcelFile from 'write-excel-file/node';
import { archiveLimits } from './archive.ts';
import { formatRows, formatTypes, makeWorkbook, type WorkbookParts } from './make-workbook.ts';
import { makeZip } from './make-zip.ts';
import type { CellTrouble } from './sheet-rows.ts';
import { openWorkbook, type WorkbookOptions, type WorkbookSheet } from './workbook.ts';

const fixtures = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'workbooks');
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workbook-'));
});
afterAll(() => rm(folder, { recursive: true }));

interface ReadSheet extends WorkbookSheet {
  /** By the number of the row. */
  readonly rows: ReadonlyMap<number, readonly string[]>;
  readonly troubles: readonly CellTrouble[];
}

async function readFileOf(
  path: string,
  options: Partial<WorkbookOptions> = {},
): Promise<readonly ReadSheet[]> {
  await using file = await open(path);
  await using workbook = await openWorkbook(file, path, {
    folder,
    signal: new AbortController().signal,
    ...options,
  });
  const sheets: ReadSheet[] = [];
  for (const sheet of workbook.sheets) {
    const rows = new Map<number, readonly string[]>();
    const troubles: CellTrouble[] = [];
    for await (const batch of workbook.readRows(sheet)) {
      expect(batch.rows.length).toBeLessThanOrEqual(1_000);
      for (const row of batch.rows) rows.set(row.number, row.cells);
      troubles.push(...batch.troubles);
    }
    sheets.push({ ...sheet, rows, troubles });
  }
  return sheets;
}

let files = 0;
async function readBytes(
  bytes: Uint8Array,
  options: Partial<WorkbookOptions> = {},
): Promise<readonly ReadSheet[]> {
  files += 1;
  const path = join(folder, `book-${files}.xlsx`);
  await writeFile(path, bytes);
  return readFileOf(path, options);
}

const read = (parts: WorkbookParts, options: Partial<WorkbookOptions> = {}) =>
  readBytes(makeWorkbook(parts), options);

async function readCells(
  data: string,
  more: Partial<WorkbookParts> = {},
): Promise<readonly (readonly string[])[]> {
  const [sheet] = await read({ sheets: [{ name: 'One', data }], ...more });
  return [...(sheet?.rows.values() ?? [])];
}

describe('workbooks of other programs', () => {
  const whiteEnd = (cells: readonly string[]): readonly string[] => {
    const last = cells.findLastIndex((cell) => cell !== '');
    return cells.slice(0, last + 1);
  };

  it('are read as LibreOffice shows them', async () => {
    const shown: string[][] = parse(await readFile(join(fixtures, 'staff-people.csv')), {
      relax_column_count: true,
    });
    const expected = shown.map((cells, row) => cells.map((cell) => (row > 2 ? plain(cell) : cell)));
    for (const cells of expected.slice(3)) cells[0] = (cells[0] ?? '').padStart(5, '0');

    const [people, , rooms] = await readFileOf(join(fixtures, 'staff-libreoffice.xlsx'));

    for (const [number, cells] of people?.rows ?? []) {
      expect(whiteEnd(cells)).toEqual(whiteEnd(expected[number - 1] ?? []));
    }
    expect([...(people?.rows.keys() ?? [])]).toEqual([1, 3, 4, 5, 8, 9, 10]);
    const desks: string[][] = parse(await readFile(join(fixtures, 'staff-rooms.csv')));
    expect([...(rooms?.rows.values() ?? [])]).toEqual(desks);
  });

  /** What a person sees to what stands there: percentages, midnight, the words of booleans, hours of the afternoon. */
  function plain(cell: string): string {
    if (/^\d+%$/.test(cell)) return String(Number(cell.slice(0, -1)) / 100);
    if (/^(TRUE|FALSE)$/.test(cell)) return cell.toLowerCase();
    const clock = /^(\d\d)(:\d\d:\d\d) ([AP])M$/.exec(cell);
    if (clock !== null) {
      const hour = (Number(clock[1]) % 12) + (clock[3] === 'P' ? 12 : 0);
      return `${String(hour).padStart(2, '0')}${clock[2]}`;
    }
    return cell.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/, '$1T$2').replace('T00:00:00', '');
  }

  it.each(['staff-1904-libreoffice.xlsx', 'staff-gnumeric.xlsx'])(
    'hold the same, whoever wrote them and wherever days begin: %s',
    async (name) => {
      const one = await readFileOf(join(fixtures, 'staff-libreoffice.xlsx'));
      const other = await readFileOf(join(fixtures, name));

      for (const [index, sheet] of one.entries()) {
        for (const [number, cells] of sheet.rows) {
          // Gnumeric does not say that spaces around a text are to be kept.
          const trim = (each: readonly string[]) => whiteEnd(each.map((cell) => cell.trim()));
          expect(trim(other[index]?.rows.get(number) ?? [])).toEqual(trim(cells));
        }
      }
    },
  );

  it('know their hidden sheets', async () => {
    const sheets = await readFileOf(join(fixtures, 'staff-libreoffice.xlsx'));

    expect(sheets.map(({ name, isHidden }) => [name, isHidden])).toEqual([
      ['People', false],
      ['Hidden', true],
      ['Rooms', false],
    ]);
  });

  it('give back any table that another library has written', async () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      // XML cannot hold these; a lone return is read as a line feed; the library leaves U+FFFD out.
      .filter((value) => !/[^\t\n\u0020-\ud7ff\ue000-\ufffc\u{10000}-\u{10ffff}]/u.test(value))
      .filter((value) => !/_x[0-9a-f]{4}_/i.test(value))
      // The library finds these in its own list of texts before it has put them there.
      .filter((value) => !(value in Object.prototype));
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    // A number of days cannot tell half a second from a little less in late years: which second it is stays open.
    const day = fc
      .date({
        min: new Date('1900-03-01'),
        max: new Date('9999-12-31'),
        noInvalidDate: true,
      })
      .filter((value) => Math.abs(value.getUTCMilliseconds() - 500) > 2);
    const cell = fc.oneof(text, number, fc.boolean(), day, fc.constant(null));
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const bytes = await writeExcelFile([
          {
            sheet: 'One',
            data: rows.map((cells) =>
              cells.map((value) =>
                value instanceof Date
                  ? { value, type: Date, format: 'yyyy-mm-dd hh:mm:ss' }
                  : value,
              ),
            ),
          },
        ]).toBuffer();

        const [sheet] = await readBytes(bytes);

        for (const [index, cells] of rows.entries()) {
          expect(whiteEnd(sheet?.rows.get(index + 1) ?? [])).toEqual(whiteEnd(cells.map(toText)));
        }
      }),
      { numRuns: Number(process.env['LOCKSTEP_WORKBOOKS'] ?? 60) },
    );
  });

  function toText(value: string | number | boolean | Date | null): string {
    if (value instanceof Date) {
      const text = new Date(Math.round(value.getTime() / 1_000) * 1_000).toISOString().slice(0, 19);
      return text.replace('T00:00:00', '');
    }
    if (typeof value !== 'number') return String(value ?? '');
    const digits = BigInt(Number.isInteger(value) ? value : 0).toString();
    if (Number.isInteger(value)) return shortest(value, digits);
    return String(value).includes('e') ? expand(value) : String(value);
  }

  /** Digits past those a number has are zeros. */
  function shortest(value: number, digits: string): string {
    if (Math.abs(value) < 1e21) return String(value);
    const kept = String(value).replace(/e.*$/, '').replace(/[-.]/g, '');
    const sign = value < 0 ? '-' : '';
    return `${sign}${kept.padEnd(digits.replace('-', '').length, '0')}`;
  }

  function expand(value: number): string {
    const [mantissa = '', power = '0'] = String(Math.abs(value)).split('e');
    const digits = mantissa.replace('.', '');
    return `${value < 0 ? '-' : ''}0.${'0'.repeat(-Number(power) - 1)}${digits}`;
  }
});

describe('cells', () => {
  it('are shared, their own, results of formulas, booleans, dates or numbers', async () => {
    const data =
      '<row r="2"><c r="B2" t="s"><v>1</v></c><c r="C2" t="inlineStr"><is><t>own</t></is></c>' +
      '<c r="E2" t="str"><f>A1&amp;"x"</f><v>computed</v></c><c r="F2" t="b"><v>1</v></c>' +
      '<c r="G2" t="d"><v>2024-03-05T00:00:00</v></c><c r="H2"><f>1+1</f><v>2</v></c></row>';

    const rows = await readCells(data, {
      shared: ['<si><t>zero</t></si>', '<si><t>shared</t></si>'],
    });

    expect(rows).toEqual([['', 'shared', 'own', '', 'computed', 'true', '2024-03-05', '2']]);
  });

  it('join the runs of rich text, without what is only said aloud', async () => {
    const rich =
      '<si><r><rPr><b/></rPr><t>Tō</t></r><r><t xml:space="preserve"> kyō </t></r><r><t>eki</t></r>' +
      '<rPh sb="0" eb="1"><t>aloud</t></rPh><phoneticPr fontId="1"/></si>';

    const [row] = await readCells('<row r="1"><c t="s"><v>0</v></c></row>', { shared: [rich] });

    expect(row).toEqual(['Tō kyō eki']);
  });

  it('keep white space around a text only where the workbook says so', async () => {
    const shared = ['<si><t>  a b\n</t></si>', '<si><t xml:space="preserve">  a b\n</t></si>'];

    const rows = await readCells('<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>', {
      shared,
    });

    expect(rows).toEqual([['a b', '  a b\n']]);
  });

  it('stand after the one before where they bear no reference', async () => {
    const rows = await readCells(
      '<row><c t="str"><v>a</v></c><c r="D1" t="str"><v>d</v></c><c t="str"><v>e</v></c></row><row><c><v>2</v></c></row>',
    );

    expect(rows).toEqual([['a', '', '', 'd', 'e'], ['2']]);
  });

  it('with errors or without a stored result are empty, and told', async () => {
    const [sheet] = await read({
      sheets: [
        {
          name: 'One',
          data: '<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><f>NOW()</f></c><c r="C3" t="str"><f>""</f><v></v></c></row>',
        },
      ],
    });

    expect(sheet?.rows.get(3)).toEqual(['', '', '']);
    expect(sheet?.troubles).toEqual([
      { kind: 'error', row: 3, column: 0 },
      { kind: 'formula', row: 3, column: 1 },
    ]);
  });

  it('are dates or padded numbers by their own style, not by that of others', async () => {
    const rows = await readCells(
      '<row><c s="1"><v>45356</v></c><c s="2"><v>42</v></c><c s="3"><v>45356.5</v></c><c s="0"><v>45356</v></c><c s="99"><v>1</v></c></row>',
      { formats: [14, '000000', 'yyyy/mm/dd hh:mm'] },
    );

    expect(rows).toEqual([['2024-03-05', '000042', '2024-03-05T12:00:00', '45356', '1']]);
  });
});

describe('sheets', () => {
  it('come in the order of the workbook; charts keep their number and have no rows', async () => {
    const sheets = await read({
      sheets: [
        { name: 'First', data: formatRows([['a']]) },
        { name: 'Chart', kind: 'chartsheet', xml: '<chartsheet/>' },
        { name: 'Very hidden', state: 'veryHidden', data: formatRows([['b']]) },
      ],
    });

    expect(sheets.map(({ name, hasRows, isHidden }) => [name, hasRows, isHidden])).toEqual([
      ['First', true, false],
      ['Chart', false, false],
      ['Very hidden', true, true],
    ]);
    expect(sheets[1]?.rows.size).toBe(0);
    expect(sheets[2]?.rows.get(1)).toEqual(['b']);
  });

  it('are found wherever their parts lie in the file, in both families of namespaces, with any prefix', async () => {
    const shared = ['<si><t>text</t></si>'];
    const data = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>1</v></c></row>';
    const expected = [['text', '1900-01-01']];

    expect(await readCells(data, { shared, formats: [14], order: 'reverse' })).toEqual(expected);
    expect(await readCells(data, { shared, formats: [14], isStrict: true })).toEqual(expected);
    const xml = `<x:worksheet xmlns:x="urn:x"><x:sheetData>${data.replace(/<(\/?)/g, '<$1x:')}</x:sheetData></x:worksheet>`;
    const [sheet] = await read({ sheets: [{ name: 'One', xml }], shared, formats: [14] });
    expect([...(sheet?.rows.values() ?? [])]).toEqual(expected);
  });

  it('may be more than a hundred', async () => {
    const sheets = Array.from({ length: 130 }, (_, index) => ({
      name: `S${index}`,
      data: formatRows([[`value ${index}`]]),
    }));

    const found = await read({ sheets });

    expect(found.map(({ rows }) => rows.get(1)?.[0])).toEqual(
      sheets.map((_, index) => `value ${index}`),
    );
  });

  it('are read in workbooks with macros and in templates', async () => {
    for (const kind of ['template.main', 'sheet.macroEnabled.main']) {
      const parts = [{ name: '[Content_Types].xml', content: formatTypes(kind) }];
      expect(await readCells(formatRows([['x']]), { parts })).toEqual([['x']]);
    }
  });

  it('give the same from texts on the disk as from texts in memory, and leave no file', async () => {
    const shared = Array.from({ length: 2_000 }, (_, index) => `<si><t>text ${index}</t></si>`);
    const order = shared.map((_, index) => (index * 7_919) % shared.length);
    const data = order.map((at) => `<row><c t="s"><v>${at}</v></c></row>`).join('');
    const parts = { sheets: [{ name: 'One', data }], shared };

    const [held] = await read(parts);
    const [spilled] = await read(parts, { sharedBytesInMemory: 4_000 });

    expect(spilled?.rows).toEqual(held?.rows);
    expect(spilled?.rows.get(2)).toEqual([`text ${order[1]}`]);
    expect((await readdir(folder)).filter((name) => !name.startsWith('book-'))).toEqual([]);
  });
});

describe('files that are no workbooks', () => {
  const compound = Buffer.alloc(4_096);
  compound.write('d0cf11e0a1b11ae1', 0, 'hex');
  compound.writeUInt16LE(9, 30);
  compound.write('EncryptedPackage', 700, 'utf16le');

  it.each([
    ['an old workbook', () => readFile(join(fixtures, 'staff.xls')), '(.xls)'],
    ['an encrypted workbook', async () => compound, 'encrypted by a password'],
    ['plain text', async () => Buffer.from('id;name\n1;Ana\n'), 'plain text, such as CSV'],
    ['a web page', async () => Buffer.from('<html><table>'), 'a web page'],
    ['XML', async () => Buffer.from('\ufeff<?xml version="1.0"?><Workbook/>'), 'XML file'],
    ['nothing', async () => Buffer.alloc(0), 'is empty (0 bytes)'],
    ['bytes', async () => Buffer.alloc(100), 'something else'],
    [
      'an OpenDocument file',
      async () =>
        makeZip([{ name: 'mimetype', content: 'application/vnd.oasis.opendocument.spreadsheet' }]),
      '(.ods)',
    ],
    [
      'another archive',
      async () => makeZip([{ name: 'a.txt', content: 'a' }]),
      'without a workbook',
    ],
    [
      'a binary workbook',
      async () =>
        makeWorkbook({
          sheets: [],
          parts: [
            {
              name: '[Content_Types].xml',
              content:
                '<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
            },
          ],
        }),
      '(.xlsb)',
    ],
  ])('are named: %s', async (_, make, text) => {
    await expect(readBytes(await make())).rejects.toThrow(text);
  });
});

describe('workbooks that are damaged or hostile', () => {
  const good = makeWorkbook({ sheets: [{ name: 'One', data: formatRows([['a', 'b']]) }] });

  it('are never read as whole when cut off, wherever the cut falls', async () => {
    for (let length = 1; length < good.length; length += 37) {
      await expect(readBytes(good.subarray(0, length))).rejects.toMatchObject({
        code: expect.stringMatching(/^CONNECTOR_(INCOMPLETE|INVALID_VALUE)$/),
      });
    }
  });

  it('never give other rows when a bit is turned', async () => {
    const expected = [...((await readBytes(good))[0]?.rows.values() ?? [])];
    for (let at = 0; at < good.length; at += 23) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      const rows = await readBytes(bytes).then(
        ([sheet]) => [...(sheet?.rows.values() ?? [])],
        (error: unknown) => {
          expect(error).toMatchObject({ code: expect.stringMatching(/^CONNECTOR_/) });
          return expected;
        },
      );
      expect(rows).toEqual(expected);
    }
  });

  it('are refused when they would unfold to far more than they are', async () => {
    const bomb = { name: 'xl/bomb.xml', content: Buffer.alloc(40 * 2 ** 20, 'a') };
    const opened = read({ sheets: [{ name: 'One', data: '' }], parts: [bomb] });

    await expect(opened).rejects.toThrow('would unfold to far more');
  });

  it('are refused when many parts make up what one may not', async () => {
    const limits = { ...archiveLimits, ratioFrom: 1_000_000 };
    const parts = Array.from({ length: 40 }, (_, index) => ({
      name: `xl/media/${index}.bin`,
      content: Buffer.alloc(200_000, index),
    }));

    await expect(read({ sheets: [], parts }, { limits })).rejects.toThrow('far more');
    await expect(
      read({ sheets: [], parts }, { limits: { ...archiveLimits, parts: 10 } }),
    ).rejects.toThrow('far more');
  });

  it('are refused when a part is longer than the archive says', async () => {
    const content = `<worksheet><sheetData>${formatRows([['a'.repeat(5_000)]])}</sheetData></worksheet>`;
    const part = { name: 'xl/worksheets/part1.xml', content, claims: { size: 100 } };

    await expect(read({ sheets: [{ name: 'One' }], parts: [part] })).rejects.toThrow(
      'damaged part xl/worksheets/part1.xml',
    );
  });

  it.each([
    ['a document type', '<!DOCTYPE w [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'],
    [
      'an unknown entity',
      '<worksheet><sheetData><row><c t="str"><v>&lol;</v></c></row></sheetData></worksheet>',
    ],
    ['an element left open', '<worksheet><sheetData><row>'],
    ['no cells at all', '<worksheet/>'],
    ['a thousand levels', '<a>'.repeat(1_000)],
    [
      'a text that is not there',
      '<worksheet><sheetData><row><c t="s"><v>9</v></c></row></sheetData></worksheet>',
    ],
    [
      'a text numbered below nothing',
      '<worksheet><sheetData><row><c t="s"><v>-1</v></c></row></sheetData></worksheet>',
    ],
    [
      'a number that is none',
      '<worksheet><sheetData><row><c><v>abc</v></c></row></sheetData></worksheet>',
    ],
    [
      'a column past the last',
      '<worksheet><sheetData><row><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>',
    ],
    ['a row past the last', '<worksheet><sheetData><row r="9999999"/></sheetData></worksheet>'],
    ['rows that go back', '<worksheet><sheetData><row r="5"/><row r="4"/></sheetData></worksheet>'],
    [
      'one cell twice',
      '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData></worksheet>',
    ],
    [
      'a cell outside of rows',
      '<worksheet><sheetData><c r="A1"><v>1</v></c></sheetData></worksheet>',
    ],
    [
      'bytes that are no text',
      Buffer.from('<worksheet><sheetData>\xff</sheetData></worksheet>', 'latin1'),
    ],
  ])('are refused for %s', async (_, content) => {
    const part = { name: 'xl/worksheets/part1.xml', content };

    await expect(read({ sheets: [{ name: 'One' }], parts: [part] })).rejects.toMatchObject({
      code: 'CONNECTOR_INVALID_VALUE',
    });
  });

  it.each([
    'file:///etc/passwd',
    '../../../../../../etc/passwd',
    '/etc/passwd',
    'http://127.0.0.1:9/x.xml',
    '\\\\host\\share\\x.xml',
  ])('never lead out of the archive: %s', async (target) => {
    for (const mode of ['', ' TargetMode="External"']) {
      const relations = `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="${target}"${mode}/></Relationships>`;
      const parts = [{ name: 'xl/_rels/workbook.xml.rels', content: relations }];
      await expect(read({ sheets: [{ name: 'One' }], parts })).rejects.toThrow('does not have it');
    }
  });

  it('are refused when names of parts lead out, or are there twice', async () => {
    for (const name of ['../evil.xml', '/etc/evil.xml', 'C:/evil.xml', 'xl\\..\\..\\evil.xml']) {
      await expect(read({ sheets: [], parts: [{ name, content: 'x' }] })).rejects.toMatchObject({
        code: 'CONNECTOR_INVALID_VALUE',
      });
    }
    const twice = [
      { name: 'xl/a.xml', content: 'x' },
      { name: 'XL/A.xml', content: 'y' },
    ];
    await expect(read({ sheets: [], parts: twice })).rejects.toThrow('two parts');
  });

  it('are refused when two sheets share one part', async () => {
    const relations =
      '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/part1.xml"/><Relationship Id="rId2" Type="x/worksheet" Target="worksheets/part1.xml"/></Relationships>';
    const parts = [{ name: 'xl/_rels/workbook.xml.rels', content: relations }];

    await expect(read({ sheets: [{ name: 'One' }, { name: 'Two' }], parts })).rejects.toThrow(
      'one sheet under two names',
    );
  });

  it('with an encrypted part are refused by name', async () => {
    const content = '<worksheet><sheetData/></worksheet>';
    const part = { name: 'xl/worksheets/part1.xml', content, claims: { flags: 1 } };

    await expect(read({ sheets: [{ name: 'One' }], parts: [part] })).rejects.toThrow(
      'encrypted part',
    );
  });
});
