import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../errors.ts';
import type { AccessRights } from './access-rights.ts';
import { maskOfPermissions, nameRights, resolveGenericRights } from './file-rights.ts';
import { readNfs4Rights } from './nfs4-rights.ts';
import { readPermissionBits, readPosixRights } from './posix-rights.ts';
import { readSambaRights } from './samba-rights.ts';
import { readSecurityDescriptor } from './security-descriptor.ts';
import { findWellKnownName } from './well-known-names.ts';

/**
 * Written by Samba's own library from O:S-1-5-21-1-2-3-1000G:BAD:PAI(A;OICI;0x1ff;;;BA)(A;OICIIO;GA;;;CO)(D;;FW;;;S-1-5-21-1-2-3-1001)
 * (A;OICIID;0x1200a9;;;WD): from the owner on, the same in all envelopes.
 */
const body =
  '010500000000000515000000010000000200000003000000e80300000102000000000005200000002002000004006c00' +
  '0400000000031800ff01000001020000000000052000000020020000000b1400000000100101000000000003000000000' +
  '100240016011200010500000000000515000000010000000200000003000000e903000000131400a9001200010100000' +
  '000000100000000';
const hash = '07'.repeat(64);
const descriptor = hex('0100049414000000300000000000000040000000', body);
const envelopes: Readonly<Record<string, Buffer>> = {
  '1': hex('0100010000000200', '010004941c000000380000000000000048000000', body),
  '2': hex(
    '020002000000020004000200',
    '07'.repeat(16),
    '0100049430000000',
    '4c000000000000005c000000',
    body,
  ),
  '3': hex(
    '0300030000000200040002000100',
    hash,
    '0000',
    '010004946400000080000000000000009000',
    '0000',
    body,
  ),
  '4': hex(
    '0400040000000200040002000100',
    hash,
    '706f7369785f61636c00',
    '0080209bcb82d801',
    '09'.repeat(64),
    '01000494b4000000d000000000000000e0000000',
    body,
  ),
};
const rightsOfThat: AccessRights = {
  blocksInheritance: true,
  entries: [
    { sid: 'S-1-5-32-544', isDenied: false, mask: 0x1ff },
    { sid: 'S-1-5-21-1-2-3-1001', isDenied: true, mask: 0x120116 },
    { sid: 'S-1-1-0', isDenied: false, mask: 0x1200a9 },
  ],
};
/** What acl_xattr of Samba 4.17 wrote for a folder whose rights were changed over SMB. */
const fromServer = hex(
  '0400040000000200040002000100d1b9b43d40ac9e078951b7c0a4a9875e3220fbd191b7463da7a7d971bf75074600000000',
  '00000000000000000000000000000000000000000000000000000000706f7369785f61636c00f6cf2580f979dd01167e6d9d',
  '6b20e73f07a1612681530c352c201fa64ec269df12f1d62705887ebb00000000000000000000000000000000000000000000',
  '0000000000000000000001000480b4000000d000000000000000e00000000105000000000005150000000cc9343167053d75',
  '0ec07184e80300000102000000000016020000003c0000000200ac000700000000001400a900120001010000000000010000',
  '0000000b1400a9001200010100000000000100000000000b1400ff011f00010100000000000300000000000b1400a9001200',
  '01010000000000030100000000001800a90012000102000000000016020000003c00000000031800a9001200010200000000',
  '0005200000002102000000002400ff011f000105000000000005150000000cc9343167053d750ec07184e8030000',
);
const object = { uid: 1000, gid: 100, mode: 0o100640 };

function hex(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(''), 'hex');
}

/** A descriptor with the entries given: type, flags, mask, identifier as bytes. */
function describeEntries(control: number, entries: readonly Buffer[]): Buffer {
  const size = 8 + entries.reduce((sum, entry) => sum + entry.length, 0);
  const head = Buffer.alloc(28);
  head.writeUInt8(1, 0);
  head.writeUInt16LE(control, 2);
  head.writeUInt32LE(20, 16);
  head.writeUInt8(2, 20);
  head.writeUInt16LE(size, 22);
  head.writeUInt16LE(entries.length, 24);
  return Buffer.concat([head, ...entries]);
}

function entryOf(type: number, flags: number, mask: number, rest: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt8(type, 0);
  head.writeUInt8(flags, 1);
  head.writeUInt16LE(8 + rest.length, 2);
  head.writeUInt32LE(mask, 4);
  return Buffer.concat([head, rest]);
}

const world = hex('010100000000000100000000');

/** Every beginning of the bytes, and every byte of them changed: read, or refused as an error of ours, at once. */
function expectSturdy(bytes: Buffer, read: (bytes: Buffer) => unknown): void {
  const attempt = (broken: Buffer): void => {
    try {
      read(broken);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
    }
  };
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => read(bytes.subarray(0, length)), `the first ${length} bytes`).toThrow(
      ConnectorError,
    );
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const changed = Buffer.from(bytes);
      changed[length] = value;
      attempt(changed);
    }
  }
}

describe('security descriptors', () => {
  it('gives entries of the object itself, with generic rights resolved, and whether inheritance is cut', () => {
    expect(readSecurityDescriptor(descriptor)).toEqual(rightsOfThat);
  });

  it('tells no list, which gives everybody everything, from an empty one, which gives nobody anything', () => {
    const none = hex('0100048000000000000000000000000000000000');

    expect(readSecurityDescriptor(none).entries).toEqual([
      { sid: 'S-1-1-0', isDenied: false, mask: 0x1f01ff },
    ]);
    expect(readSecurityDescriptor(describeEntries(0x8004, [])).entries).toEqual([]);
    expect(readSecurityDescriptor(describeEntries(0x8000, [])).entries).toHaveLength(1);
  });

  it('reads entries of objects and with conditions, and leaves out those that only pass rights on', () => {
    const guids = hex('03000000', '11'.repeat(32));
    const oneGuid = hex('02000000', '22'.repeat(16));
    const entries = [
      entryOf(5, 0, 0x20, Buffer.concat([guids, world])),
      entryOf(6, 0, 0x40, Buffer.concat([oneGuid, world])),
      entryOf(9, 0, 0x1, Buffer.concat([world, Buffer.from('artx\0')])),
      entryOf(0, 0x8, 0x1, world),
    ];

    const { entries: read } = readSecurityDescriptor(describeEntries(0x8004, entries));

    expect(read.map(({ isDenied, mask }) => [isDenied, mask])).toEqual([
      [false, 0x20],
      [true, 0x40],
      [false, 0x1],
    ]);
  });

  it('refuses entries whose meaning is not known', () => {
    const unknown = describeEntries(0x8004, [entryOf(0x33, 0, 1, world)]);

    expect(() => readSecurityDescriptor(unknown)).toThrow('type 51');
  });

  it('reads authorities of six bytes and fifteen parts', () => {
    const parts = Array.from(
      { length: 15 },
      (_, at) => `${(at + 1).toString(16).padStart(2, '0')}000000`,
    );
    const large = hex('010f', 'ffeeddccbbaa', ...parts);

    const { entries } = readSecurityDescriptor(describeEntries(0x8004, [entryOf(0, 0, 1, large)]));

    expect(entries[0]?.sid).toBe('S-1-0xffeeddccbbaa-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15');
  });

  it('reads the largest list there can be', () => {
    const entries = Array.from({ length: 3_276 }, () => entryOf(0, 0, 1, world));

    expect(readSecurityDescriptor(describeEntries(0x8004, entries)).entries).toHaveLength(3_276);
  });

  it('refuses them wherever they are cut off, and never fails otherwise', () => {
    expectSturdy(descriptor, (bytes) => readSecurityDescriptor(bytes));
  });
});

describe('rights that Samba keeps', () => {
  it.each(Object.entries(envelopes))('reads version %s', (_, bytes) => {
    expect(readSambaRights(bytes)).toEqual(rightsOfThat);
  });

  it('reads what a server wrote', () => {
    expect(readSambaRights(fromServer)).toEqual({
      blocksInheritance: false,
      entries: [
        { sid: 'S-1-1-0', isDenied: false, mask: 0x1200a9 },
        { sid: 'S-1-22-2-60', isDenied: false, mask: 0x1200a9 },
        { sid: 'S-1-5-32-545', isDenied: false, mask: 0x1200a9 },
        { sid: 'S-1-5-21-825542924-1966933351-2222047246-1000', isDenied: false, mask: 0x1f01ff },
      ],
    });
  });

  it.each(Object.entries({ ...envelopes, server: fromServer }))(
    'refuses version %s wherever it is cut off, and never fails otherwise',
    (_, bytes) => {
      expectSturdy(bytes, readSambaRights);
    },
  );

  it('refuses versions that are not known', () => {
    expect(() => readSambaRights(hex('0900090000000200', body))).toThrow('version');
    expect(() => readSambaRights(hex('0400030000000200', body))).toThrow('cut off or damaged');
  });
});

describe('POSIX rights', () => {
  /** user::rwx user:1:rw- group::rwx group:33:-wx mask::r-x other::--x */
  const list = hex(
    '02000000',
    '01000700ffffffff',
    '0200060001000000',
    '04000700ffffffff',
    '0800030021000000',
    '10000500ffffffff',
    '20000100ffffffff',
  );

  it('limits named users, the owning group and named groups by the mask, never owner and others', () => {
    const { entries, blocksInheritance } = readPosixRights(list, object);

    expect(blocksInheritance).toBe(false);
    expect(entries.map(({ sid, mask }) => [sid, nameRights(mask, true).join()])).toEqual([
      ['S-1-22-1-1000', 'ReadAndExecute,Write'],
      ['S-1-22-1-1', 'Read'],
      ['S-1-22-2-100', 'ReadAndExecute'],
      ['S-1-22-2-33', 'Traverse'],
      ['S-1-1-0', 'Traverse'],
    ]);
  });

  it('gives what the permission bits say where there is no list', () => {
    const { entries } = readPermissionBits(object);

    expect(entries.map(({ sid, mask }) => [sid, nameRights(mask, false).join()])).toEqual([
      ['S-1-22-1-1000', 'Read,Write'],
      ['S-1-22-2-100', 'Read'],
    ]);
  });

  it('reads a list of 10,000 entries', () => {
    const named = Buffer.alloc(8 * 10_000);
    for (let at = 0; at < 10_000; at += 1) {
      named.writeUInt16LE(0x2, 8 * at);
      named.writeUInt16LE(0x4, 8 * at + 2);
      named.writeUInt32LE(20_000 + at, 8 * at + 4);
    }
    const bytes = Buffer.concat([list.subarray(0, 12), named, list.subarray(20)]);

    expect(readPosixRights(bytes, object).entries).toHaveLength(10_004);
  });

  it('refuses them wherever they are cut off, and never fails otherwise', () => {
    expectSturdy(list, (bytes) => readPosixRights(bytes, object));
  });
});

describe('NFSv4 rights', () => {
  const entry = (type: number, flag: number, mask: number, who: string): Buffer => {
    const head = Buffer.alloc(16);
    for (const [at, value] of [type, flag, mask, Buffer.byteLength(who)].entries()) {
      head.writeUInt32BE(value, 4 * at);
    }
    const padding = Buffer.alloc((4 - (Buffer.byteLength(who) % 4)) % 4);
    return Buffer.concat([head, Buffer.from(who), padding]);
  };
  const count = (entries: readonly Buffer[]): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(entries.length);
    return Buffer.concat([head, ...entries]);
  };
  const list = count([
    entry(1, 0, 0x2, 'OWNER@'),
    entry(0, 0, 0x1601ff, 'OWNER@'),
    entry(0, 0x40, 0x120089, 'GROUP@'),
    entry(0, 0x40, 0x20, '4711'),
    entry(0, 0, 0x1200a9, 'ana@example.test'),
    entry(0, 0xb, 0x1f01ff, 'ben@example.test'),
    entry(2, 0x10, 0x1, 'EVERYONE@'),
    entry(0, 0, 0x120080, 'EVERYONE@'),
  ]);

  it('gives special, numbered and named holders, without audit entries and those for what is below', () => {
    const { entries } = readNfs4Rights(list, object);

    expect(entries.map(({ sid, isDenied, mask }) => [sid, isDenied, mask])).toEqual([
      ['S-1-22-1-1000', true, 0x2],
      ['S-1-22-1-1000', false, 0x1601ff],
      ['S-1-22-2-100', false, 0x120089],
      ['S-1-22-2-4711', false, 0x20],
      ['ana@example.test', false, 0x1200a9],
      ['S-1-1-0', false, 0x120080],
    ]);
  });

  it('reads a list of 10,000 entries', () => {
    const many = Array.from({ length: 10_000 }, (_, at) =>
      entry(0, 0, 1, `user${at}@example.test`),
    );

    expect(readNfs4Rights(count(many), object).entries).toHaveLength(10_000);
  });

  it('refuses them wherever they are cut off, and never fails otherwise', () => {
    expectSturdy(list, (bytes) => readNfs4Rights(bytes, object));
  });

  it('refuses counts and names that nothing can hold', () => {
    expect(() => readNfs4Rights(hex('ffffffff'), object)).toThrow(ConnectorError);
    expect(() => readNfs4Rights(hex('00000001', '00000000'.repeat(3), '7fffffff'), object)).toThrow(
      ConnectorError,
    );
  });
});

describe('names of rights', () => {
  it.each([
    [0x1f01ff, 'FullControl', 'FullControl'],
    [0xf01ff, 'FullControl', 'FullControl'],
    [0x1301bf, 'Modify', 'Modify'],
    [0x301ff, 'Modify DeleteSubdirectoriesAndFiles', 'Modify DeleteSubdirectoriesAndFiles'],
    [0x1200a9, 'ReadAndExecute', 'ReadAndExecute'],
    [0x1201bf, 'ReadAndExecute Write', 'ReadAndExecute Write'],
    [0x120089, 'Read', 'Read'],
    [0x1, 'ReadData', 'ListDirectory'],
    [0x26, 'WriteData AppendData ExecuteFile', 'CreateFiles CreateDirectories Traverse'],
    [0xc0000, 'ChangePermissions TakeOwnership', 'ChangePermissions TakeOwnership'],
    [
      0x10098,
      'ReadExtendedAttributes WriteExtendedAttributes ReadAttributes Delete',
      'ReadExtendedAttributes WriteExtendedAttributes ReadAttributes Delete',
    ],
    [0x100000, 'Synchronize', 'Synchronize'],
    [0x100001, 'ReadData', 'ListDirectory'],
    [0, '', ''],
    [0x1000000, '', ''],
  ])('names the mask %i', (mask, ofFile, ofFolder) => {
    expect(nameRights(mask, false).join(' ')).toBe(ofFile);
    expect(nameRights(mask, true).join(' ')).toBe(ofFolder);
  });

  it('names every combination of bits without losing any', () => {
    const bits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19].map((bit) => 1 << bit);
    const masks = new Map(bits.map((bit) => [nameRights(bit, false)[0], bit]));
    const composites = {
      FullControl: 0xf01ff,
      Modify: 0x301bf,
      ReadAndExecute: 0x200a9,
      Read: 0x20089,
      Write: 0x116,
    };

    for (let chosen = 1; chosen < 2 ** bits.length; chosen += 1) {
      const mask = bits.reduce((sum, bit, at) => sum | ((chosen >> at) & 1 ? bit : 0), 0);
      const named = nameRights(mask, false).map(
        (name) => masks.get(name) ?? composites[name as keyof typeof composites],
      );
      expect(named.reduce((sum: number, each) => sum | (each ?? -1), 0)).toBe(mask);
    }
  });

  it('resolves generic rights and permissions', () => {
    expect(resolveGenericRights(0x10000000)).toBe(0x1f01ff);
    expect(resolveGenericRights(0xa0000000)).toBe(0x1200a9);
    expect(resolveGenericRights(0x40000000)).toBe(0x120116);
    expect([4, 2, 1, 7].map((each) => nameRights(maskOfPermissions(each), true).join())).toEqual([
      'Read',
      'Write',
      'Traverse',
      'ReadAndExecute,Write',
    ]);
  });

  it('knows holders that every system has', () => {
    expect(findWellKnownName('S-1-5-11')).toBe('Authenticated Users');
    expect(findWellKnownName('constructor')).toBeUndefined();
  });
});
