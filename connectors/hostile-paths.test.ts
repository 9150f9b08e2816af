/** Paths that lead out of the folders that may be read, through every connection that reads files. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext } from '../test/contract/contract-context.ts';
import { formatFileName } from './json/file-name.ts';
import { findPackage } from './registry.ts';
import { ConnectorError } from './spi/errors.ts';
import { loadMailer } from './spi/mail/load-mailer.ts';
import { checkMailSettings } from './spi/mail/mail-settings.ts';
import type { ProvisioningOrder } from './spi/order.ts';
import type { TableBatch } from './spi/package.ts';
import { checkSettings } from './spi/settings.ts';
import { formatRows, makeWorkbook } from './spi/workbook/make-workbook.ts';
import { writeTables } from './spi/write-tables.ts';

const secret = 'CANARY_7f3a';
const allowed = 'ALLOWED_19c2';
const ldif = { FilterAttribute: 'objectClass', FilterValues: 'person', Attributes: ['cn'] };

interface Reader {
  readonly id: string;
  /** Where a package has two settings with paths. */
  readonly setting?: string;
  readonly suffix: string;
  readonly column: string;
  readonly settings: (path: string) => Readonly<Record<string, unknown>>;
  /** The path may be a pattern. */
  readonly mayBePattern: boolean;
  /** Makes what a path leads to: something that shows the value when it is read. */
  readonly make: (path: string, value: string) => Promise<unknown>;
}

const makeFolder = (path: string, value: string) => mkdir(join(path, value), { recursive: true });
const makeFile =
  (format: (value: string) => string | Uint8Array): Reader['make'] =>
  (path, value) =>
    writeFile(path, format(value));
const folders = (path: string) => ({ InputDirectories: [path] });

const readers: readonly Reader[] = [
  {
    id: 'Usercube.CSV',
    suffix: '',
    column: 'cn',
    settings: (path) => ({ Path: path }),
    mayBePattern: true,
    make: makeFile((value) => `cn\n${value}\n`),
  },
  {
    id: 'Usercube.Excel',
    suffix: '0',
    column: 'cn',
    settings: (path) => ({ Path: path }),
    mayBePattern: true,
    make: makeFile((value) =>
      makeWorkbook({ sheets: [{ name: 'One', data: formatRows([['cn'], [value]]) }] }),
    ),
  },
  {
    id: 'Usercube.LDIF',
    suffix: '',
    column: 'cn',
    settings: (path) => ({ ...ldif, LDIFFile: path }),
    mayBePattern: false,
    make: makeFile((value) => `dn: cn=a\nobjectClass: person\ncn: ${value}\n\n`),
  },
  {
    id: 'Lockstep.JSON',
    suffix: '',
    column: 'cn',
    settings: (path) => ({ Path: path }),
    mayBePattern: true,
    make: makeFile((value) => JSON.stringify([{ cn: value }])),
  },
  {
    id: 'Usercube.RACF',
    suffix: '0500',
    column: 'GRBD_NAME',
    settings: (path) => ({ Path: path }),
    mayBePattern: false,
    make: makeFile((value) => `0100 SYS1\n0500 ${value.padEnd(246)} FACILITY\n`),
  },
  {
    id: 'Usercube.TSS',
    suffix: '0100',
    column: 'NAME',
    settings: (path) => ({ Path: path }),
    mayBePattern: false,
    make: makeFile((value) => `    0100      ACID0001          ${value}\n`),
  },
  {
    id: 'Usercube.TSS',
    setting: 'LayoutFile',
    suffix: '0777',
    column: 'NAME',
    settings: (path) => ({ Path: 'inner/records.txt', LayoutFile: path }),
    mayBePattern: false,
    // Only a layout of this name shows the field.
    make: makeFile((value) =>
      JSON.stringify({ '0777': { fields: [{ name: value, start: 33, end: 40 }] } }),
    ),
  },
  {
    id: 'Usercube.HomeFolder',
    suffix: '',
    column: 'Name',
    settings: folders,
    mayBePattern: false,
    make: makeFolder,
  },
  {
    id: 'Usercube.SharedFolder',
    suffix: 'PathInformations',
    column: 'Path',
    settings: folders,
    mayBePattern: false,
    make: makeFolder,
  },
];
const named = readers.map(
  (reader) => [`${reader.id} ${reader.setting ?? ''}`.trim(), reader] as const,
);
const keyOf = ({ id, setting = '' }: Reader) => `${id}${setting}`;

let base = '';
let root = '';
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'hostile-paths-')));
  root = join(base, 'hr');
  await mkdir(join(root, 'inner'), { recursive: true });
  await mkdir(join(base, 'hr-old'));
  await writeFile(join(root, 'inner', 'records.txt'), '    0777      ACID0001          x\n');
  for (const reader of readers) {
    const { make } = reader;
    const id = keyOf(reader);
    await make(join(base, 'hr-old', id), secret);
    await make(join(base, id), secret);
    await make(join(root, 'inner', id), allowed);
    await symlink(join(base, 'hr-old', id), join(root, `link-${id}`));
    await symlink(`../../hr-old/${id}`, join(root, 'inner', `relative-${id}`));
  }
  await symlink(join(base, 'hr-old'), join(root, 'linked-folder'));
  await symlink(join(root, 'chain-2'), join(root, 'chain-1'));
  await symlink(base, join(root, 'chain-2'));
});
afterAll(() => rm(base, { recursive: true }));

/** Ways to a file of the name that lies outside; `%` is the name. */
function listPaths(): readonly string[] {
  const ups = [
    '..',
    '.../..',
    '....//',
    '..;',
    '%2e%2e',
    '%252e%252e',
    '..%00',
    '．．',
    '..\\..',
    '.. ',
  ];
  const slashes = ['/', '//', '/./', '\\', '%2f', '%5c', '%c0%af', '／', '∕'];
  const places = ['%', 'hr-old/%'];
  const climbing = ups.flatMap((up) =>
    slashes.flatMap((slash) =>
      places.flatMap((place) => [
        `${up}${slash}${place}`,
        `inner/${up}${slash}${up}${slash}${place}`,
      ]),
    ),
  );
  const others = [
    ...['link-%', 'inner/relative-%', 'linked-folder/%', 'chain-1/%', 'chain-1/hr-old/%'],
    ...['inner/../../%', './../%', 'inner/./.././../%', '//../%', 'linked-folder/../%'],
    ...[
      '%\0.csv',
      '../%\0',
      '\0',
      `file://${base}/%`,
      `${base}/%`,
      `${base}/hr/../%`,
      `/${base}/%`,
    ],
    ...[`${base}/hr-old/%`, `${base}/HR/../%`, '/proc/self/cwd/%', `/proc/self/root${base}/%`],
    ...['C:\\%', 'C:/%', '\\\\host\\share\\%', '\\\\?\\C:\\%', '//host/share/%', 'CON', 'NUL'],
    ...[
      '~/%',
      '$HOME/%',
      '`pwd`/%',
      '$(pwd)/%',
      'inner/%/../../../%',
      '',
      '.',
      '/',
      'a'.repeat(5_000),
    ],
  ];
  return [...climbing, ...others];
}

/** All that a connection says of a file: its check, its tables, its rows. */
async function readWith(reader: Reader, path: string, isPattern: boolean): Promise<string> {
  const found = findPackage(reader.id);
  if (found.status !== 'found') throw new Error(reader.id);
  const raw = { ...reader.settings(path), ...(isPattern ? { IsFileNameRegex: true } : {}) };
  const check = checkSettings(found.package, raw);
  if (check.status !== 'valid') return JSON.stringify(check.findings);
  const exporter = await found.package.exporter?.();
  if (exporter === undefined) throw new Error(reader.id);
  await using test = await createTestContext({ sourcesRootPaths: [root] });
  const context = { ...test, projectFolder: root };
  const name = reader.suffix === '' ? 'X' : `X_${reader.suffix}`;
  const seen: string[] = [];
  const attempts = [
    () => exporter.checkConnection(check.settings, context),
    () => exporter.describeTables?.(check.settings, context) ?? Promise.resolve(),
    async () => {
      const batches = exporter.exportTables(
        {
          connection: 'X',
          settings: check.settings,
          mode: 'complete',
          tables: [{ name, suffix: reader.suffix, columns: [reader.column], formats: {} }],
        },
        context,
      );
      for await (const batch of batches) seen.push(JSON.stringify(batch));
    },
  ];
  for (const attempt of attempts) {
    const told = await attempt().catch((error: unknown) => {
      expect(error).toBeInstanceOf(ConnectorError);
      return error instanceof Error ? error.message : '';
    });
    seen.push(JSON.stringify(told ?? ''));
  }
  return `${seen.join('\n')}\n${test.log.join('\n')}`;
}

describe('paths out of the folders that may be read', () => {
  it('are more than a hundred here', () => {
    expect(new Set(listPaths()).size).toBeGreaterThan(100);
  });

  it.each(named)('lead nowhere: %s', async (_, reader) => {
    for (const template of listPaths()) {
      const path = template.replaceAll('%', (mark, at) =>
        // Escapes of addresses keep their mark.
        /^[0-9a-f]{2}/i.test(template.slice(at + 1)) ? mark : keyOf(reader),
      );
      for (const isPattern of reader.mayBePattern ? [false, true] : [false]) {
        expect(await readWith(reader, path, isPattern), path).not.toContain(secret);
      }
    }
  });

  it.each(named)('may be those of pipes, which nobody waits for: %s', async (_, reader) => {
    const pipe = join(root, `pipe-${keyOf(reader)}`);
    execFileSync('/usr/bin/mkfifo', [pipe]);

    expect(await readWith(reader, pipe, false)).toMatch(/is no file|is no folder|not a folder/);
  });

  it.each(named)('are no reason to refuse the way inside: %s', async (_, reader) => {
    const told = await readWith(reader, `inner/../inner/${keyOf(reader)}`, false);

    expect(told).toContain(allowed);
    expect(told).not.toMatch(/outside the folders/);
  });
});

describe('names of order files', () => {
  const folder = '/orders/out';

  it('stay in their folder, whatever orders and connections are called', () => {
    const texts = listPaths().flatMap((path) => [path, path.replaceAll('/', '\\')]);
    for (const text of texts) {
      const order: ProvisioningOrder = {
        id: text,
        assignedResourceTypeId: text,
        changeType: 'added',
        owner: { id: '1', displayName: text, identifier: text, values: {} },
        resourceType: { identifier: text, sourceEntityType: text, targetEntityType: text },
        changes: [],
      };
      const facts = { connection: text, time: 0, sequence: 1 };
      for (const template of [
        '{connection}',
        '{resourceType}.json',
        '{assignedResourceTypeId}..',
      ]) {
        const name = formatFileName(template, order, facts);
        expect(name).not.toMatch(/[/\\:*?"<>|\0]|^\.|[. ]$/);
        expect(join(folder, name)).toBe(`${folder}/${name}`);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      }
    }
  });
});

describe('names of tables', () => {
  it('are those of files in the folder of exports, or are refused', async () => {
    const folder = join(base, 'exports', 'inner');
    await mkdir(folder, { recursive: true });
    // Others are refused for not beginning with their connection.
    const names = ['../X', ...listPaths().map((path) => `X_${path}`)];
    for (const name of names) {
      const written = await writeTables(giveTable(name), {
        ...{ folder, connection: 'X', mode: 'complete', transformations: [], now: () => 0 },
        tables: [{ name, suffix: '', columns: ['a'], formats: {} }],
      });
      const isWritten = written.status === 'written';
      const files = await readdir(folder);

      expect(files.includes(`${name}.csv`), name).toBe(isWritten);
      if (!isWritten) expect(written.status, name).toBe('failed');
    }
    expect(await readdir(join(base, 'exports'))).toEqual(['inner']);
  });
});

async function* giveTable(table: string): AsyncGenerator<TableBatch, void, undefined> {
  yield { kind: 'rows', table, columns: ['a'], rows: [{ a: '1' }] };
  yield { kind: 'end', table, rows: 1, evidence: 'all' };
}

describe('names of mails in a folder', () => {
  it('stay in it, whatever their identifiers are', async () => {
    const folder = join(base, 'mails', 'inner');
    await mkdir(folder, { recursive: true });
    const raw = { FromAddress: 'it@example.com', UseSpecifiedPickupDirectory: 'true' };
    const check = checkMailSettings({ ...raw, PickupDirectory: folder });
    if (check.status === 'invalid') throw new Error(JSON.stringify(check.findings));
    await using mailer = await loadMailer(check.settings, { signal: AbortSignal.timeout(60_000) });
    let sent = 0;
    for (const messageId of listPaths()) {
      const mail = { messageId, date: 0, to: [{ address: 'kim@example.com' }], cc: [] };
      const sending = mailer.send({ ...mail, subject: 's', text: 't', html: 'h', language: 'en' });
      // Too long for a file.
      await sending.then(
        () => sent++,
        (error: unknown) => expect(error).toBeInstanceOf(ConnectorError),
      );
    }

    const names = await readdir(folder);
    expect(sent).toBeGreaterThan(100);
    expect(names.filter((name) => !/^[\w.-]*\.eml$/.test(name))).toEqual([]);
    expect(await readdir(join(base, 'mails'))).toEqual(['inner']);
  });
});
