import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { openCredentials } from './credentials-file.ts';
import { ListingReader, type ListingResult } from './listing-reader.ts';
import { readPlainLine, readRightsText } from './listing-text.ts';
import { formatShareFolder, isNameable, parseSharePath } from './share-path.ts';
import { describeShareFailure } from './smb-failure.ts';

const base = { Interactive: false, TimeoutSeconds: 5 };

describe('paths of shares', () => {
  it.each([
    ['\\\\files\\sales', 'files', 'sales', []],
    ['//files.example.test/sales/2026/Q1/', 'files.example.test', 'sales', ['2026', 'Q1']],
    ['\\\\10.0.0.1\\c$\\Fo o\\bär', '10.0.0.1', 'c$', ['Fo o', 'bär']],
  ])('reads %s', (path, server, share, segments) => {
    expect(parseSharePath('InputDirectories', path)).toMatchObject({ server, share, segments });
  });

  it('leaves local paths alone', () => {
    expect(parseSharePath('InputDirectories', '/srv/files')).toBeUndefined();
    expect(parseSharePath('InputDirectories', 'files')).toBeUndefined();
  });

  const hostile = [
    ...['"', '*', '?', '<', '>', '|', ':', '\n', '\r', '\t', '\0', '\x1b', '\x7f'].flatMap(
      (each) => [
        `a${each}b`,
        `${each}`,
        `x${each}; rm -rf ~`,
        `${each}!touch /tmp/x`,
        `../${each}`,
      ],
    ),
    ...['..', '.', '', 'a/b', 'a\\b', '../..', '..\\..', 'a\0', 'a\n!id', 'x"\nput /etc/passwd'],
    ...Array.from({ length: 32 }, (_, code) => `name${String.fromCharCode(code)}end`),
  ];

  it.each(hostile)('puts no name into a command that could mean something else: %j', (name) => {
    expect(isNameable(name)).toBe(false);
    expect(formatShareFolder(['ok', name])).toBeUndefined();
  });

  it.each([
    ...hostile.filter((name) => !/[/\\]|^\.{0,1}$/.test(name)).map((name) => `//files/${name}`),
    ...[
      '//',
      '//files',
      '\\\\files\\',
      '//-oProxy/x',
      '//--help/x',
      '//fi les/x',
      '//a;b/x',
      '//$(id)/x',
      '//`id`/x',
    ],
    ...[
      '//files/x/../y',
      '//files/x/./y',
      '//files/../../etc',
      '\\\\files\\x\\..\\..',
      '//files/x/a"b',
    ],
  ])('refuses %j as a share', (path) => {
    expect(() => parseSharePath('InputDirectories', path)).toThrow(ConnectorError);
  });

  it('refuses a path that no command can hold', () => {
    expect(formatShareFolder(['x'.repeat(999)])).toBeDefined();
    expect(formatShareFolder(['x'.repeat(1_000)])).toBeUndefined();
  });
});

describe('credentials for programs', () => {
  it('are in an open file that has no name any more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
    const settings = { ...base, Login: 'DOM\\svc', Password: new Secret('s%e=c ret"') };

    const file = await openCredentials(settings, folder);

    const text = await readFile(`/proc/self/fd/${file?.fd}`, 'utf8');
    expect(text).toBe('username = svc\npassword = s%e=c ret"\ndomain = DOM\n');
    expect((await file?.stat())?.mode).toBe(0o100600);
    expect(await readdir(folder)).toEqual([]);
    await file?.close();
    await rm(folder, { recursive: true });
  });

  it('name the domain of the settings before the one of the login, and none for a principal name', async () => {
    const read = async (login: string, domain?: string): Promise<string> => {
      const settings = { ...base, Login: login, Password: new Secret('x') };
      const file = await openCredentials(
        domain === undefined ? settings : { ...settings, Domain: domain },
        tmpdir(),
      );
      const text = await readFile(`/proc/self/fd/${file?.fd}`, 'utf8');
      await file?.close();
      return text;
    };

    expect(await read('OLD\\svc', 'NEW')).toBe('username = svc\npassword = x\ndomain = NEW\n');
    expect(await read('svc@example.test')).toBe('username = svc@example.test\npassword = x\n');
  });

  it('are refused without a password, and with one that the form cannot hold', async () => {
    await expect(openCredentials({ ...base, Login: 'svc' }, tmpdir())).rejects.toThrow('Password');
    const settings = { ...base, Login: 'svc', Password: new Secret(' x') };
    await expect(openCredentials(settings, tmpdir())).rejects.toMatchObject({
      kind: 'invalid-value',
    });
    expect(await openCredentials(base, tmpdir())).toBeUndefined();
  });
});

/** What the client of Samba 4.17 prints of a folder with one file, then of the same folder without rights. */
const withRights = [
  'FILENAME:plan é.txt',
  'MODE:N',
  'SIZE:0',
  'MTIME:Sat Nov 21 20:44:57 2026',
  'revision: 1',
  'type: 0x9004: SEC_DESC_DACL_PRESENT SEC_DESC_DACL_PROTECTED SEC_DESC_SELF_RELATIVE ',
  'DACL',
  '\tACL\tNum ACEs:\t3\trevision:\t2',
  '\t---',
  ...entryText(0, '0x00', '0x1f019f', 'S-1-5-21-295485318-7610870-1837507361-1000'),
  ...entryText(1, '0x00', '0x120089', 'S-1-22-2-60'),
  ...entryText(0, '0x0b', '0x1f01ff', 'S-1-3-0'),
  '\tOwner SID:\tS-1-5-21-295485318-7610870-1837507361-1000',
  '\tGroup SID:\tS-1-22-2-60',
  '',
  '\t\t264212084 blocks of size 1024. 67980564 blocks available',
];
const plain = [
  '  .                                   D        0  Sat Nov 21 20:44:57 2026',
  '  ..                                  D        0  Sat Nov 21 20:44:31 2026',
  '  plan é.txt                          N        0  Sat Nov 21 20:44:57 2026',
  '',
  '\t\t264212084 blocks of size 1024. 67979384 blocks available',
];

function entryText(type: number, flags: string, mask: string, sid: string): readonly string[] {
  return [
    '\tACE',
    `\t\ttype: ACCESS ${type === 0 ? 'ALLOWED' : 'DENIED'} (${type}) flags: ${flags} `,
    '\t\tSpecific bits: 0x19f',
    `\t\tPermissions: ${mask}: SYNCHRONIZE_ACCESS `,
    `\t\tSID: ${sid}`,
    '',
  ];
}

const end = 'marker: command not found';

function readListing(lines: readonly string[], chunk = 1_000_000): readonly ListingResult[] {
  const reader = new ListingReader({ count: 1, withRights: true, marker: 'marker' });
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const results: ListingResult[] = [];
  for (let at = 0; at < bytes.length; at += chunk) {
    results.push(...reader.take(bytes.subarray(at, at + chunk)));
  }
  return results;
}

describe('listings', () => {
  const whole = [...withRights, end, ...plain, end];

  it.each([1, 7, 1_000_000])('gives entries with their rights, in pieces of %i bytes', (chunk) => {
    expect(readListing(whole, chunk)).toEqual([
      {
        kind: 'entries',
        folder: 0,
        entries: [
          {
            name: 'plan é.txt',
            isFolder: false,
            rights: {
              blocksInheritance: true,
              entries: [
                {
                  sid: 'S-1-5-21-295485318-7610870-1837507361-1000',
                  isDenied: false,
                  mask: 0x1f019f,
                },
                { sid: 'S-1-22-2-60', isDenied: true, mask: 0x120089 },
              ],
            },
          },
        ],
      },
      { kind: 'end', folder: 0 },
    ]);
  });

  it('has no end for a folder whose listing was cut off, wherever', () => {
    for (let count = 0; count < whole.length; count += 1) {
      const results = readListing(whole.slice(0, count));
      expect(results.filter(({ kind }) => kind === 'end')).toEqual([]);
    }
  });

  it('tells what the server answers instead', () => {
    const answer = 'NT_STATUS_ACCESS_DENIED listing \\Sales\\*';

    expect(readListing([answer, end, answer, end])).toEqual([
      { kind: 'end', folder: 0, trouble: 'ACCESS_DENIED' },
    ]);
  });

  it('is not taken in by a name that pretends to be entries', () => {
    // A file whose name holds a whole entry, then the beginning of another one.
    const name = ['a', ...withRights.slice(1, -2), 'FILENAME:b'].join('\n');
    const forged = [`FILENAME:${name}`, 'MODE:N', 'SIZE:0', 'MTIME:x', '', withRights.at(-1) ?? ''];
    const forgedPlain = [...plain.slice(0, 2), `  ${name}    N        0  Sat Nov 21 20:44:57 2026`];

    const results = readListing([...forged, end, ...forgedPlain, end]);

    expect(results.at(-1)).toEqual({ kind: 'end', folder: 0, trouble: 'GARBLED' });
  });

  it('is not taken in by any name with line breaks', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        '  a',
        'FILENAME:x',
        'MODE:D',
        'SIZE:0',
        'MTIME:x',
        'revision: 1',
        '',
        end.replace('marker', 'mark'),
      ],
      ...[plain[2] ?? '', withRights[5] ?? '', '\t\t1 blocks of size 1. 1 blocks available'],
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 2, maxLength: 8 }), (pieces) => {
        const name = pieces.join('\n');
        const facts = ['MODE:N', 'SIZE:0', 'MTIME:x'];
        const plainLine = `  ${name.padEnd(30)}      N        0  Sat Nov 21 20:44:57 2026`;
        const last = readListing([`FILENAME:${name}`, ...facts, '', end, plainLine, '', end]).at(
          -1,
        );

        expect(last).toMatchObject({ kind: 'end', trouble: 'GARBLED' });
      }),
    );
  });

  it('gives no rights where the list is not all there, or of a kind that is not known', () => {
    const short = withRights.filter((line) => line !== '\t\tSID: S-1-22-2-60');
    const unknown = withRights.map((line) => line.replace('ALLOWED (0)', 'SYSTEM AUDIT (19)'));

    for (const lines of [short, unknown]) {
      const [entries] = readListing([...lines, end, ...plain, end]);
      expect(entries).toMatchObject({ entries: [{ name: 'plan é.txt' }] });
      expect(entries).not.toHaveProperty('entries.0.rights');
    }
  });

  it('notes bytes that are not UTF-8, and lines without end', () => {
    const reader = new ListingReader({ count: 1, withRights: false, marker: 'marker' });

    const results = [
      ...reader.take(Buffer.from([0x20, 0x20, 0xff, 10])),
      ...reader.take(Buffer.alloc(100_000, 'x')),
      ...reader.take(Buffer.from(`\n${end}\n`)),
    ];

    expect(results).toEqual([{ kind: 'end', folder: 0, trouble: 'GARBLED' }]);
  });

  it.each([
    ['  Sales                               D        0  Sat Nov 21 20:44:57 2026', 'Sales', true],
    ['  a D 5                              DH        7  Sat Nov 21 20:44:57 2026', 'a D 5', true],
    [`  ${'x'.repeat(80)}       N 12345678901  Sat Nov  1 20:44:57 2026`, 'x'.repeat(80), false],
    [
      '  .profile                            H       10  Sat Nov 21 20:44:57 2026',
      '.profile',
      false,
    ],
  ])('reads the line %j', (line, name, isFolder) => {
    expect(readPlainLine(line)).toEqual({ kind: 'entry', entry: { name, isFolder } });
  });
});

describe('rights of one object as text', () => {
  const head = 'REVISION:1\nCONTROL:0x9004\nOWNER:S-1-5-32-544\nGROUP:S-1-5-32-544\n';

  it('gives allowing and denying entries of the object itself', () => {
    const text = `${head}ACL:S-1-5-11:0/0x3/0x001200a9\nACL:S-1-5-7:1/0x0/0x10000000\nACL:S-1-3-0:0/0xb/0x001f01ff\n`;

    expect(readRightsText(text)).toEqual({
      blocksInheritance: true,
      entries: [
        { sid: 'S-1-5-11', isDenied: false, mask: 0x1200a9 },
        { sid: 'S-1-5-7', isDenied: true, mask: 0x1f01ff },
      ],
    });
  });

  it('gives everything to everybody without a list, and nothing where an empty one may be meant', () => {
    expect(readRightsText('REVISION:1\nCONTROL:0x8000\n')).toMatchObject({
      entries: [{ sid: 'S-1-1-0' }],
    });
    expect(readRightsText(head)).toBeUndefined();
    expect(readRightsText('')).toBeUndefined();
    expect(readRightsText(`${head}ACL:nobody:0/0x0/0x1\n`)).toBeUndefined();
    expect(readRightsText(`${head}ACL:S-1-1-0:77/0x0/0x1\n`)).toBeUndefined();
  });
});

describe('answers of file servers', () => {
  it.each([
    ['session setup failed: NT_STATUS_LOGON_FAILURE', 'unauthenticated'],
    ['session setup failed: NT_STATUS_ACCOUNT_LOCKED_OUT', 'unauthenticated'],
    ['tree connect failed: NT_STATUS_BAD_NETWORK_NAME', 'not-found'],
    ['tree connect failed: NT_STATUS_ACCESS_DENIED', 'forbidden'],
    ['do_connect: Connection to x failed (Error NT_STATUS_CONNECTION_REFUSED)', 'unreachable'],
    ['do_connect: Connection to x failed (Error NT_STATUS_IO_TIMEOUT)', 'timeout'],
    ['NT_STATUS_QUOTA_EXCEEDED', 'unexpected'],
    ['', 'unreachable'],
  ])('understands %j', (line, kind) => {
    expect(describeShareFailure('//files/x', [line])).toMatchObject({
      kind,
      hint: expect.stringMatching(/\S/),
    });
  });
});
