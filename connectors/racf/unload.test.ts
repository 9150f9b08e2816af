import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ConnectorError } from '../spi/errors.ts';
import { findEbcdicPage } from '../spi/mainframe/ebcdic.ts';
import type { TableBatch, TableRequest } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { racfExporter } from './export.ts';
import { layouts } from './layouts.ts';
import { type RacfSettings, racfSettings } from './settings.ts';

const definition = { settings: racfSettings, displayName: 'Mainframe/RACF' };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'racf-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** One record: values at their columns, by the number of the first one. */
function record(type: string, values: Readonly<Record<number, string>>): string {
  let text = type;
  for (const [start, value] of Object.entries(values))
    text = text.padEnd(Number(start) - 1) + value;
  return text;
}

const group = record('0100', {
  6: 'SALES',
  15: 'SYS1',
  24: '2026-01-05',
  35: 'IBMUSER',
  44: 'NONE',
  53: 'NO',
  359: 'NO',
});
const user = record('0200', {
  6: 'AROY',
  15: '2026-01-05',
  26: 'SALES',
  35: 'NO',
  40: 'YES',
  45: 'NO',
  50: 'NO',
  75: 'ANA ROY',
  96: 'SALES',
  480: 'YES',
  510: 'NO',
  639: 'NO',
});
const member = record('0102', { 6: 'SALES', 15: 'AROY', 24: 'CONNECT' });
const userGroup = record('0203', { 6: 'AROY', 15: 'SALES' });
const resource = record('0500', {
  6: 'BPX.SUPERUSER',
  253: 'FACILITY',
  262: 'NO',
  267: '2',
  271: '2026-01-05',
  282: 'IBMUSER',
  337: 'NONE',
  754: 'x',
});
const resourceMember = record('0503', { 6: 'IMSGRP', 253: 'GIMS', 262: 'TRAN1' });
const connection = record('0205', {
  6: 'AROY',
  15: 'SALES',
  24: '2026-01-05',
  35: 'IBMUSER',
  84: 'YES',
});
const all = [group, member, user, userGroup, connection, resource, resourceMember];

function request(type: string, columns: readonly string[] = []): TableRequest {
  return { name: `Racf_${type}`, suffix: type, columns, formats: {} };
}

interface Outcome {
  readonly batches: readonly TableBatch[];
  readonly error: ConnectorError | undefined;
  readonly log: readonly string[];
}

async function run(
  content: string | Uint8Array,
  settings: Readonly<Record<string, unknown>> = {},
  tables: readonly TableRequest[] = [],
  roots: readonly string[] = [],
): Promise<Outcome> {
  const Path = join(folder, 'unload.txt');
  await writeFile(Path, content);
  await using context = await createTestContext({ sourcesRootPaths: roots });
  const batches: TableBatch[] = [];
  let error: ConnectorError | undefined;
  try {
    const read = racfExporter.exportTables(
      {
        connection: 'Racf',
        settings: readSettings<RacfSettings>(definition, { Path, ...settings }),
        mode: 'complete',
        tables,
      },
      context,
    );
    for await (const batch of read) batches.push(batch);
  } catch (thrown) {
    error = thrown as ConnectorError;
  }
  return { batches, error, log: context.log };
}

function rowsOf({ batches, error }: Outcome, type: string): readonly Row[] {
  if (error !== undefined) throw error;
  return batches.flatMap((batch) =>
    batch.kind === 'rows' && batch.table === `Racf_${type}` ? batch.rows : [],
  );
}

function endsOf({ batches }: Outcome): readonly string[] {
  return batches.flatMap((batch) =>
    batch.kind === 'end' ? [`${batch.table}: ${batch.rows}`] : [],
  );
}

describe('layouts', () => {
  it('have fields one behind the other, with a blank before each, and a key', () => {
    for (const { type, fields, keys } of layouts) {
      let before = 4;
      for (const { name, start, end } of fields) {
        expect(start, `${type} ${name}`).toBe(before + 2);
        expect(end, `${type} ${name}`).toBeGreaterThanOrEqual(start);
        before = end;
      }
      expect(keys.length, type).toBeGreaterThan(0);
      expect(new Set(fields.map(({ name }) => name)).size, type).toBe(fields.length);
    }
  });
});

describe('unloads', () => {
  it('become a table per record type there is, with the names that IBM has for fields', async () => {
    const outcome = await run(`${all.join('\n')}\n`);

    expect(endsOf(outcome)).toEqual([
      ...[
        'Racf_0100: 1',
        'Racf_0102: 1',
        'Racf_0200: 1',
        'Racf_0203: 1',
        'Racf_0500: 1',
        'Racf_0503: 1',
      ],
    ]);
    expect(rowsOf(outcome, '0100')).toMatchObject([
      {
        GPBD_NAME: 'SALES',
        GPBD_SUPGRP_ID: 'SYS1',
        GPBD_CREATE_DATE: '2026-01-05',
        GPBD_INSTALL_DATA: null,
        GPBD_UNIVERSAL: 'NO',
      },
    ]);
    expect(rowsOf(outcome, '0200')).toMatchObject([
      {
        USBD_NAME: 'AROY',
        USBD_SPECIAL: 'YES',
        USBD_PROGRAMMER: 'ANA ROY',
        USBD_ACCESS_SUN: 'YES',
        USBD_ACCESS_SAT: 'NO',
        USBD_MFA_FALLBACK: 'NO',
        USBD_PHR_INTERVAL: null,
      },
    ]);
    expect(rowsOf(outcome, '0102')).toEqual([
      { GPMEM_NAME: 'SALES', GPMEM_MEMBER_ID: 'AROY', GPMEM_AUTH: 'CONNECT' },
    ]);
    expect(rowsOf(outcome, '0500')).toMatchObject([
      { GRBD_NAME: 'BPX.SUPERUSER', GRBD_CLASS_NAME: 'FACILITY', GRBD_APPL_DATA: 'x' },
    ]);
    expect(outcome.log.join()).toContain('0205: 1');
  });

  it('give further record types where mappings name them, and empty tables for what is not there', async () => {
    const tables = [request('0205', ['USCON_GRP_SPECIAL']), request('0404')];

    const outcome = await run(`${all.join('\n')}\n`, {}, tables);

    expect(rowsOf(outcome, '0205')).toMatchObject([
      { USCON_GRP_SPECIAL: 'YES', USCON_OWNER_ID: 'IBMUSER' },
    ]);
    expect(endsOf(outcome)).toEqual(expect.arrayContaining(['Racf_0404: 0', 'Racf_0205: 1']));
  });

  it('are read alike without blanks at the ends of lines, with longer lines and in other encodings', async () => {
    const long = all.map((line) => `${line.padEnd(4_092)}\r\n`).join('');
    const page = findEbcdicPage('IBM1047') ?? [];
    const ebcdic = Buffer.from(
      [...`${all.join('\n')}\n`].map((each) => (each === '\n' ? 0x15 : page.indexOf(each))),
    );
    const expected = (await run(`${all.join('\n')}\n`)).batches.filter(
      ({ kind }) => kind === 'rows',
    );

    for (const outcome of [await run(long), await run(ebcdic, { Encoding: 'IBM1047' })]) {
      expect(outcome.batches.filter(({ kind }) => kind === 'rows')).toEqual(expected);
    }
  });

  it('count bytes of the mainframe as characters, whatever the transfer made of them', async () => {
    const line = `${record('0500', { 6: 'CAFÉ.§', 253: 'FACILITY' })}\n`;
    const tables = [request('0500')];

    for (const [content, settings] of [
      [Buffer.from(line, 'latin1'), { Encoding: 'iso-8859-1' }],
      [Buffer.from(line), {}],
    ] as const) {
      expect(rowsOf(await run(content, settings, tables), '0500')).toMatchObject([
        { GRBD_NAME: 'CAFÉ.§', GRBD_CLASS_NAME: 'FACILITY' },
      ]);
    }
    // One character of the mainframe that became two.
    const { error } = await run(Buffer.from(line), { Encoding: 'iso-8859-1' }, tables);
    expect(error).toMatchObject({
      kind: 'invalid-value',
      details: { line: 1, column: 'GRBD_GENERIC' },
    });
  });

  it('cut off anywhere but at the end of a line are refused', async () => {
    const content = `${[group, member, userGroup].join('\n')}\n`;
    for (let length = 0; length < content.length; length += 1) {
      const { error, batches } = await run(content.slice(0, length), { ChecksMembers: false });
      const isLineEnd = content[length - 1] === '\n';
      const proofs = batches.filter(({ kind }) => kind === 'end').length;
      expect(proofs > 0, `the first ${length} characters`).toBe(isLineEnd);
      if (!isLineEnd) expect(error).toMatchObject({ kind: 'incomplete' });
    }
  });

  it('that name more members than groups of users are refused, unless settings say otherwise', async () => {
    const cut = `${[group, member, member.replace('AROY', 'BDOE'), user, userGroup].join('\n')}\n`;

    expect((await run(cut)).error).toMatchObject({
      kind: 'incomplete',
      details: { members: 2, groups: 1 },
    });
    expect((await run(cut)).batches.filter(({ kind }) => kind === 'end')).toEqual([]);
    expect((await run(cut, { ChecksMembers: false })).error).toBeUndefined();
    const withoutUsers = `${[group, member].join('\n')}\n`;
    expect((await run(withoutUsers)).error).toBeUndefined();
    expect((await run(withoutUsers, {}, [request('0203')])).error).toMatchObject({
      kind: 'incomplete',
    });
  });

  it.each([
    ['nothing', '', 'incomplete'],
    ['blank lines only', '\n  \n\n', 'incomplete'],
    ['text that is no unload', 'Name,Group\nAROY,SALES\n', 'invalid-value'],
    ['a line broken in two', `${user.slice(0, 300)}\n${user.slice(300)}\n`, 'invalid-value'],
    [
      'a record without its name',
      `${record('0200', { 15: '2026-01-05' })}\n${group}\n`,
      'invalid-value',
    ],
    ['a member of nothing', `${record('0102', { 15: 'AROY' })}\n${group}\n`, 'invalid-value'],
    ['tabs in place of blanks', '0102\tSALES\tAROY\n', 'invalid-value'],
    ['a last line cut off in its type', `${group}\n02`, 'incomplete'],
    ['an endless line', 'x'.repeat(100_000), 'invalid-value'],
  ])('refuse %s', async (_, content, kind) => {
    const { error, batches } = await run(content);

    expect(error).toMatchObject({ kind, hint: expect.stringMatching(/\S/) });
    expect(batches.filter(({ kind: each }) => each === 'end')).toEqual([]);
  });

  it('with record types nobody knows are read, and those types counted', async () => {
    const outcome = await run(`${group}\n02A0 SOMETHING\nFFFF NEW\nFFFF NEW\n`);

    expect(endsOf(outcome)).toEqual(['Racf_0100: 1']);
    expect(outcome.log.join()).toContain('FFFF: 2');
  });

  it('refuse tables and columns that are not there, with the nearest name', async () => {
    expect((await run(`${group}\n`, {}, [request('0300')])).error).toMatchObject({
      kind: 'not-found',
    });
    expect((await run(`${group}\n`, {}, [request('0100', ['GPBD_NAMES'])])).error).toMatchObject({
      kind: 'invalid-value',
      hint: expect.stringContaining('GPBD_NAME'),
    });
  });

  it('that change while they are read prove nothing', async () => {
    const Path = join(folder, 'growing.txt');
    await writeFile(Path, `${group}\n`.repeat(5_000));
    await using context = await createTestContext();
    const settings = readSettings<RacfSettings>(definition, { Path });
    const reading = (async () => {
      const source = { connection: 'Racf', settings, mode: 'complete' as const, tables: [] };
      const kinds: string[] = [];
      for await (const batch of racfExporter.exportTables(source, context)) {
        kinds.push(batch.kind);
        if (kinds.length === 1) await writeFile(Path, `${group}\n`.repeat(6_000));
      }
      return kinds;
    })();

    await expect(reading).rejects.toMatchObject({ kind: 'incomplete' });
  });

  it('outside of the folders that may be read are not opened, not through links either', async () => {
    const inside = join(folder, 'inside');
    await rm(inside, { recursive: true, force: true });
    await symlink(tmpdir(), inside);
    await writeFile(join(folder, 'secret.txt'), group);
    const paths = hostilePaths(join(folder, 'secret.txt'));
    expect(paths.length).toBeGreaterThanOrEqual(100);

    for (const Path of paths) {
      const { error, batches } = await run(group, { Path }, [], [join(folder, 'allowed')]);
      expect(error?.kind, Path).toMatch(/^(forbidden|not-found|invalid-value|unexpected)$/);
      expect(batches, Path).toEqual([]);
    }
  });

  it('of an encoding nobody knows are refused before they are opened', async () => {
    const { error } = await run(group, { Encoding: 'klingon' });

    expect(error).toMatchObject({
      kind: 'invalid-value',
      message: expect.stringContaining('klingon'),
    });
  });

  it('are described, with keys', async () => {
    await using context = await createTestContext();
    const settings = readSettings<RacfSettings>(definition, { Path: '/x' });
    const tables = (await racfExporter.describeTables?.(settings, context)) ?? [];

    const resources = tables.find(({ name }) => name === '0500');
    expect(resources?.columns.filter(({ isKey }) => isKey).map(({ name }) => name)).toEqual([
      'GRBD_NAME',
      'GRBD_CLASS_NAME',
    ]);
  });
});

/** Ways to write a path that lies outside, made of the parts that such tricks are made of. */
function hostilePaths(outside: string): readonly string[] {
  const ups = [
    '../',
    '..\\',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%2f',
    '....//',
    '..;/',
    '.%00./',
    '\u2025/',
    '..\u2215',
  ];
  const targets = ['secret.txt', 'etc/passwd', 'proc/self/environ', 'etc/shadow'];
  const absolute = [
    outside,
    '/etc/passwd',
    '/proc/self/environ',
    '/proc/self/root/etc/passwd',
    '//etc/passwd',
    '/./etc/passwd',
    '/etc/../etc/passwd',
    `${outside}\0.txt`,
    '\0',
    'C:\\Windows\\win.ini',
    '\\\\server\\share\\x',
    '\\\\?\\C:\\x',
    'file:///etc/passwd',
    join(outside, '..', 'inside', 'secret.txt'),
    '~/x',
    '$HOME/x',
  ];
  const climbing = ups.flatMap((up) =>
    targets.flatMap((target) => [1, 3, 9].map((times) => `/allowed/${up.repeat(times)}${target}`)),
  );
  return [...absolute, ...climbing];
}
