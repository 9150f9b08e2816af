import { BerWriter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { formatKey, packKey } from '../spi/directory/entries/export-state.ts';
import { MalformedMessageError } from '../spi/directory/session/malformed-message.ts';
import { readSyncDone, readSyncInfo, readSyncState } from '../spi/directory/sync/sync-messages.ts';
import { checkSettings } from '../spi/settings.ts';
import {
  type OpenLdapSettings,
  openLdapSettings,
  readSuffix,
  toDirectorySettings,
} from './settings.ts';

/*
 * Settings and messages. The contract suites, both kinds of refresh and everything else run against slapd:
 * test/integration/connectors/openldap-*.test.ts.
 */

const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const oid = (last: number) => `1.3.6.1.4.1.4203.1.9.1.${last}`;

function write(body: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  body(writer);
  return writer.buffer;
}

const state = (code: number, id = uuid) => [
  {
    oid: oid(2),
    value: write((writer) => {
      writer.startSequence();
      writer.writeEnumeration(code);
      writer.writeBuffer(id, 0x04);
      writer.endSequence();
    }),
  },
];

describe('messages about changes', () => {
  it.each([
    [0, 'present'],
    [1, 'add'],
    [2, 'modify'],
    [3, 'delete'],
  ])('tell the state %i of an entry as %s', (code, name) => {
    expect(readSyncState(state(code))).toEqual({ state: name, uuid });
  });

  it('that are missing, unknown or damaged are refused', () => {
    const damaged = [
      [],
      [{ oid: oid(2) }],
      state(4),
      state(1, uuid.subarray(1)),
      [{ oid: oid(2), value: Buffer.from('3003', 'hex') }],
    ];

    for (const controls of damaged) {
      expect(() => readSyncState(controls)).toThrow(MalformedMessageError);
    }
  });

  it('tell at the end where to go on, and whether what is gone was named', () => {
    const done = (body: (writer: BerWriter) => void) => [
      {
        oid: oid(3),
        value: write((writer) => {
          writer.startSequence();
          body(writer);
          writer.endSequence();
        }),
      },
    ];

    expect(readSyncDone(done(() => undefined))).toEqual({ refreshDeletes: false });
    expect(
      readSyncDone(
        done((writer) => {
          writer.writeString('rid=0');
          writer.writeBoolean(true);
        }),
      ),
    ).toEqual({ cookie: Buffer.from('rid=0'), refreshDeletes: true });
    expect(readSyncDone([])).toBeUndefined();
  });

  it('name many entries at once', () => {
    const set = (isDeleted: boolean | undefined) =>
      write((writer) => {
        writer.startSequence(0xa3);
        if (isDeleted !== undefined) writer.writeBoolean(isDeleted);
        writer.startSequence(0x31);
        writer.writeBuffer(uuid, 0x04);
        writer.writeBuffer(uuid, 0x04);
        writer.endSequence();
        writer.endSequence();
      });

    expect(readSyncInfo(oid(4), set(true))).toEqual({
      kind: 'id-set',
      isDeleted: true,
      uuids: [uuid, uuid],
    });
    expect(readSyncInfo(oid(4), set(undefined))).toMatchObject({ isDeleted: false });
    expect(readSyncInfo('1.2.3', set(true))).toBeUndefined();
    expect(() => readSyncInfo(oid(4), Buffer.from([0x99, 0]))).toThrow(MalformedMessageError);
  });
});

describe('keys', () => {
  it.each([
    ['entryUUID', '00112233-4455-6677-8899-aabbccddeeff'],
    ['nsUniqueId', '00112233-44556677-8899aabb-ccddeeff'],
    ['orclGUID', '00112233445566778899AABBCCDDEEFF'],
  ])('are spelled as %s spells them', (attribute, text) => {
    expect(packKey(text)).toEqual(uuid);
    expect(formatKey(attribute, uuid)).toBe(text);
  });

  it('of another shape are none', () => {
    for (const text of ['', '0011', 'x'.repeat(32)]) expect(packKey(text)).toBeUndefined();
  });
});

describe('settings of OpenLDAP', () => {
  const read = (raw: unknown): OpenLdapSettings => {
    const definition = { settings: openLdapSettings, displayName: 'OpenLDAP' };
    const check = checkSettings<OpenLdapSettings>(definition, raw);
    if (check.status === 'valid') return check.settings;
    throw new Error(JSON.stringify(check.findings));
  };
  const least = { Server: 'x', DistinguishedName: 'dc=x' };

  it('take TimeFormat for TimeLimit, which goes before it', () => {
    const limit = (rest: object) => toDirectorySettings(read({ ...least, ...rest }), []).TimeLimit;

    expect(limit({})).toBe(60);
    expect(limit({ TimeFormat: '7' })).toBe(7);
    expect(limit({ TimeFormat: 7, TimeLimit: 8 })).toBe(8);
  });

  it('give every list a table of its own, once, whatever its file is called', () => {
    const settings = toDirectorySettings(read(least), [
      'entry',
      'Entry.csv',
      'member',
      'member.csv',
    ]);

    expect(settings.Tables.map(({ Table }) => Table)).toEqual(['entries', 'member']);
    expect(readSuffix('entry.CSV')).toBe('entries');
    expect(readSuffix('uniqueMember.csv')).toBe('uniqueMember');
  });
});
