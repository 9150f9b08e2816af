import { describe, expect, it } from 'vitest';
import type { AccessEntry } from '../spi/acl/access-rights.ts';
import type { TableBatch } from '../spi/package.ts';
import { readAttributeText } from './local-rights.ts';
import { RightsTables } from './rights-tables.ts';
import type { FoundObject } from './scan.ts';

const names = { ace: 'Files_ACE', paths: 'Files_PathInformations' };

function objectWith(...entries: readonly AccessEntry[]): FoundObject {
  const rights = { entries, blocksInheritance: false };
  return { path: '/x', parentPath: null, level: 0, isFolder: true, rights };
}

function acesOf(batches: Iterable<TableBatch>): readonly (readonly (string | null)[])[] {
  return [...batches].flatMap((batch) =>
    batch.kind === 'rows' && batch.table === names.ace
      ? batch.rows.map((row) => Object.values(row))
      : [],
  );
}

function readAces(objects: readonly FoundObject[], avoided: readonly string[] = []) {
  const tables = new RightsTables(names, avoided);
  return acesOf([...tables.take(objects), ...tables.finish()]);
}

describe('tables of rights', () => {
  it('tell a right that is denied from the same right that is given, by the end of the key', () => {
    const entry = { sid: 'S-1-5-7', mask: 0x1 };

    const aces = readAces([
      objectWith({ ...entry, isDenied: true }, { ...entry, isDenied: false, mask: 0x3 }),
    ]);

    expect(aces).toEqual([
      ['ListDirectory/xS-1-5-7', '/x', 'ListDirectory', '0', 'S-1-5-7'],
      ['CreateFiles/xS-1-5-7', '/x', 'CreateFiles', '0', 'S-1-5-7'],
      ['ListDirectory/xS-1-5-71', '/x', 'ListDirectory', '1', 'S-1-5-7'],
    ]);
    expect(readAces([objectWith({ ...entry, isDenied: true })])[0]?.[0]).toBe(
      'ListDirectory/xS-1-5-7',
    );
  });

  it('take entries of one holder together', () => {
    const read = { sid: 'S-1-5-11', isDenied: false, mask: 0x120089 };

    const aces = readAces([objectWith(read, { ...read, mask: 0x20 }, read)]);

    expect(aces.map((ace) => ace[2])).toEqual(['ReadAndExecute']);
  });

  it('leave out holders that are to be left out, whatever their letters', () => {
    const entry = { isDenied: false, mask: 0x1 };

    const aces = readAces(
      [objectWith({ ...entry, sid: 'S-1-1-0' }, { ...entry, sid: 'ana@example.test' })],
      [' s-1-1-0 ', 'ANA@EXAMPLE.TEST'],
    );

    expect(aces).toEqual([]);
  });

  it('come in batches of at most 1,000 rows, and at least once', () => {
    const tables = new RightsTables(names, []);
    const entries = Array.from({ length: 2_500 }, (_, at) => ({
      sid: `S-1-22-1-${at}`,
      isDenied: false,
      mask: 0x1,
    }));

    const batches = [...tables.take([objectWith(...entries)]), ...tables.finish()];

    const sizes = batches.map((batch) => (batch.kind === 'rows' ? batch.rows.length : -1));
    expect(Math.max(...sizes)).toBe(1_000);
    expect([tables.aceRows, tables.pathRows, tables.sids.length]).toEqual([2_500, 1, 2_500]);
    expect([...new RightsTables(names, []).finish()]).toHaveLength(2);
  });
});

describe('what getfattr prints', () => {
  it('is given by position of the object', () => {
    const text =
      '# file: /proc/self/fd/4\nsecurity.NTACL=0x0102\nsystem.posix_acl_access=0x\n\n# file: /proc/self/fd/3\nsystem.nfs4_acl=0xff\n\n';

    const [first, second, third] = readAttributeText(text, 3);

    expect(first?.get('system.nfs4_acl')).toEqual(Buffer.from([0xff]));
    expect(second?.get('security.NTACL')).toEqual(Buffer.from([1, 2]));
    expect(second?.get('system.posix_acl_access')).toEqual(Buffer.alloc(0));
    expect(third?.size).toBe(0);
  });

  it.each([
    'security.NTACL=0x01\n',
    '# file: /etc/passwd\nsecurity.NTACL=0x01\n',
    '# file: /proc/self/fd/9\nsecurity.NTACL=0x01\n',
    '# file: /proc/self/fd/3\nsecurity.NTACL=0x0\n',
    '# file: /proc/self/fd/3\nanything else\n',
  ])('is refused when it is not that: %j', (text) => {
    expect(() => readAttributeText(text, 1)).toThrow('getfattr');
  });
});
