/** Paths that lead out of the folders that may be read, through every connection that reads files. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestContext } from '../test/contract/contract-context.ts';
import { formatFileName } from './json/file-name.ts';
import { findPackage } from './registry.ts';
import { ConnectorError } from './spi/errors.ts';
import type { ProvisioningOrder } from './spi/order.ts';
import { checkSettings } from './spi/settings.ts';
import { formatRows, makeWorkbook } from './spi/workbook/make-workbook.ts';

const secret = 'CANARY-7f3a';
const allowed = 'ALLOWED-19c2';
const ldif = { FilterAttribute: 'objectClass', FilterValues: 'person', Attributes: ['cn'] };
const readers = [
  {
    id: 'Usercube.CSV',
    suffix: '',
    settings: (path: string) => ({ Path: path }),
    content: (value: string) => `cn\n${value}\n`,
  },
  {
    id: 'Usercube.Excel',
    suffix: '0',
    settings: (path: string) => ({ Path: path }),
    content: (value: string) =>
      makeWorkbook({ sheets: [{ name: 'One', data: formatRows([['cn'], [value]]) }] }),
  },
  {
    id: 'Usercube.LDIF',
    suffix: '',
    settings: (path: string) => ({ ...ldif, LDIFFile: path }),
    content: (value: string) => `dn: cn=a\nobjectClass: person\ncn: ${value}\n\n`,
  },
  {
    id: 'Lockstep.JSON',
    suffix: '',
    settings: (path: string) => ({ Path: path }),
    content: (value: string) => JSON.stringify([{ cn: value }]),
  },
] as const;

let base = '';
let root = '';
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'hostile-paths-')));
  root = join(base, 'hr');
  await mkdir(join(root, 'inner'), { recursive: true });
  await mkdir(join(base, 'hr-old'));
  for (const { id, content } of readers) {
    await writeFile(join(base, 'hr-old', id), content(secret));
    await writeFile(join(base, id), content(secret));
    await writeFile(join(root, 'inner', id), content(allowed));
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
async function readWith(
  reader: (typeof readers)[number],
  path: string,
  isPattern: boolean,
): Promise<string> {
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
          tables: [{ name, suffix: reader.suffix, columns: ['cn'], formats: {} }],
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

  it.each(readers.map((reader) => [reader.id, reader] as const))(
    'lead nowhere: %s',
    async (id, reader) => {
      for (const template of listPaths()) {
        const path = template.replaceAll('%', (mark, at) =>
          // Escapes of addresses keep their mark.
          /^[0-9a-f]{2}/i.test(template.slice(at + 1)) ? mark : id,
        );
        for (const isPattern of id === 'Usercube.LDIF' ? [false] : [false, true]) {
          expect(await readWith(reader, path, isPattern), path).not.toContain(secret);
        }
      }
    },
  );

  it.each(readers.map((reader) => [reader.id, reader] as const))(
    'may be those of pipes, which nobody waits for: %s',
    async (id, reader) => {
      const pipe = join(root, `pipe-${id}`);
      execFileSync('/usr/bin/mkfifo', [pipe]);

      expect(await readWith(reader, pipe, false)).toContain('is no file');
    },
  );

  it.each(readers.map((reader) => [reader.id, reader] as const))(
    'are no reason to refuse the way inside: %s',
    async (id, reader) => {
      const told = await readWith(reader, `inner/../inner/${id}`, false);

      expect(told).toContain(allowed);
      expect(told).not.toMatch(/outside the folders/);
    },
  );
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
