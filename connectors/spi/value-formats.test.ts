import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueFormatNames } from '../../config/index.ts';
import { formatInternalDate, parseDate } from './date-formats.ts';
import {
  compareOrdinalIgnoreCase,
  formatGuidBytes,
  formatSidBytes,
  parseFormat,
  readBit,
  requireFormat,
  toExternalValue,
  writeBit,
} from './value-formats.ts';

function toInternal(format: string, text: string): string | null | undefined {
  return requireFormat(format, 'column').toInternal(text);
}

function toExternal(format: string, text: string, style: 'ldap' | 'plain' = 'plain') {
  return requireFormat(format, 'column').toExternal(text, style);
}

describe('formats', () => {
  it.each(valueFormatNames)('that a configuration may name are known: %s', (name) => {
    const written = name
      .replace('<property>', 'flags')
      .replace('<n>', '2')
      .replace('<separator>', ';');

    expect(parseFormat(written)?.written).toBe(written);
  });
});

describe('formats, from a system to the internal form', () => {
  it.each([
    ['bool', 'TRUE', 'true'],
    ['Bool', '0', 'false'],
    ['bool', 'maybe', undefined],
    ['byte', '255', '255'],
    ['byte', '256', undefined],
    ['byte', '-1', undefined],
    ['int16', '-32768', '-32768'],
    ['int16', '32768', undefined],
    ['int32', '+007', '7'],
    ['int32', '2147483648', undefined],
    ['int32', '1.0', undefined],
    ['int32', '0x10', undefined],
    ['int64', '9223372036854775807', '9223372036854775807'],
    ['int64', '9223372036854775808', undefined],
    ['int64', '-0', '0'],
    ['double', '1.50', '1.5'],
    ['double', '-0.0', '0'],
    ['double', '1,5', undefined],
    ['double', 'Infinity', undefined],
    ['double', '1e400', undefined],
    ['bytes', 'AQI', 'AQI='],
    ['binary', 'AQI=\n', 'AQI='],
    ['binary', 'A$I=', undefined],
    ['datetime', '20240305173000Z', '20240305173000'],
    ['datetime', '20240305173000.0Z', '20240305173000'],
    ['datetime', '20240305173000,123+0130', '20240305160000'],
    ['datetime', '2024030517Z', '20240305170000'],
    ['datetime', '20240305173000', '20240305173000'],
    ['datetime', '2024-03-05', '20240305000000'],
    ['datetime', '2024-03-05 17:30', '20240305173000'],
    ['datetime', '2024-03-05T17:30:00.999Z', '20240305173000'],
    ['datetime', '2024-03-05T01:30:00+02:00', '20240304233000'],
    ['datetime', '2024-02-29', '20240229000000'],
    ['datetime', '2023-02-29', undefined],
    ['datetime', '2024-13-01', undefined],
    ['datetime', '05/03/2024', undefined],
    ['datetime', '2016-12-31T23:59:60Z', '20170101000000'],
    ['datetime', '0000-01-01', undefined],
    ['date', '2024-03-05 17:30', '20240305000000'],
    ['1601date', '0', null],
    ['1601date', '9223372036854775807', null],
    ['1601date', '133541334000000000', '20240305173000'],
    ['1601Date', '-1', undefined],
    ['guid', '{B8C1F0AA-1111-2222-3333-444455556666}', 'b8c1f0aa111122223333444455556666'],
    ['guid', 'qvDBuBERIiIzM0REVVVmZg==', 'b8c1f0aa111122223333444455556666'],
    ['guid', 'b8c1f0aa', undefined],
    ['sid', 's-1-5-21-1-2-3-500', 'S-1-5-21-1-2-3-500'],
    ['sid', 'AQEAAAAAAAUSAAAA', 'S-1-5-18'],
    ['sid', 'x', undefined],
    ['rdn', 'CN=Roy\\, Ana,OU=People,DC=x', 'Roy, Ana'],
    ['RDN', 'cn=Zo\\C3\\AB +uid=1,dc=x', 'Zoë'],
    ['rdn', 'CN=a\\ ,DC=x', 'a '],
    ['rdn', 'cn=\\😀,dc=x', '😀'],
    ['rdn', 'no name', 'no name'],
    ['multivaluedtext', 'b\na\nC\nB', 'a\nB\nb\nC'],
    ['concat:;', 'b;a', 'b\na'],
    ['Concat:, ', 'b, a', 'b\na'],
    ['bit:userAccountControl:2', '514', '1'],
    ['bit:userAccountControl:2', '512', '0'],
    ['Bit:flags:32', '-2147483646', '1'],
    ['bit:flags:1', 'x', undefined],
  ])('%s reads %j as %j', (format, text, internal) => {
    expect(toInternal(format, text)).toBe(internal);
  });
});

describe('formats, from the internal form to a system', () => {
  it.each([
    ['bool', 'true', 'ldap', 'TRUE'],
    ['bool', 'true', 'plain', 'true'],
    ['datetime', '20240305173000', 'ldap', '20240305173000Z'],
    ['datetime', '20240305173000', 'plain', '2024-03-05T17:30:00Z'],
    ['date', '20240305173000', 'plain', '2024-03-05'],
    ['1601date', '20240305173000', 'ldap', '133541334000000000'],
    ['guid', 'b8c1f0aa111122223333444455556666', 'ldap', 'b8c1f0aa-1111-2222-3333-444455556666'],
    ['concat:;', 'b\na', 'ldap', 'b;a'],
    ['concat:;', 'b;c\na', 'ldap', undefined],
    ['multivaluedtext', 'b\na', 'ldap', 'a\nb'],
    ['int32', 'twelve', 'ldap', undefined],
    ['datetime', 'tomorrow', 'ldap', undefined],
  ] as const)('%s writes %j for %s systems as %j', (format, text, style, external) => {
    expect(toExternal(format, text, style)).toBe(external);
  });

  it('refuses a value without repeating it', () => {
    const write = () => toExternalValue('expires', 'datetime', 'my secret', 'ldap');

    expect(write).toThrow('column "expires"');
    expect(write).not.toThrow('my secret');
    expect(toExternalValue('expires', 'datetime', null, 'ldap')).toBeNull();
    expect(toExternalValue('note', undefined, 'text', 'ldap')).toBe('text');
  });
});

describe('formats both ways', () => {
  const time = fc
    .integer({ min: Date.UTC(1601, 0, 2) / 1_000, max: Date.UTC(9999, 11, 31) / 1_000 })
    .map((seconds) => formatInternalDate(seconds * 1_000) ?? '');

  it.each(['datetime', '1601date'])('%s gives every second back', (format) => {
    fc.assert(
      fc.property(time, fc.constantFrom('ldap', 'plain'), (text, style) => {
        const external = toExternal(format, text, style as 'ldap');
        expect(toInternal(format, external ?? '')).toBe(text);
      }),
    );
  });

  it('int64 gives every number back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
        expect(toInternal('int64', String(number))).toBe(String(number));
      }),
    );
  });

  it('concat gives back what a system held', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', ';', ' ') });
    fc.assert(
      fc.property(text, (value) => {
        expect(toExternal('concat:;', toInternal('concat:;', value) ?? '')).toBe(value);
      }),
    );
  });

  it('never takes text for a format it is not, whatever the text', () => {
    const names = [
      'bool',
      'int32',
      'double',
      'binary',
      'datetime',
      '1601date',
      'guid',
      'sid',
      'rdn',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ unit: 'binary' }), (format, text) => {
        const internal = toInternal(format, text);
        // What was read is in the internal form already: reading it again changes nothing.
        if (typeof internal !== 'string' || format === '1601date' || format === 'rdn') return;
        expect(toInternal(format, internal)).toBe(internal);
      }),
    );
  });
});

describe('bit formats', () => {
  it('changes one flag and keeps the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.integer({ min: 1, max: 32 }),
        fc.boolean(),
        (mask, position, value) => {
          const bit = { property: 'flags', position };
          const written = writeBit(String(mask), bit, String(value)) ?? '';

          expect(readBit(written, bit)).toBe(value ? '1' : '0');
          expect(Number(written) | 0).toBe(Number(written));
          for (let other = 1; other <= 32; other += 1) {
            if (other === position) continue;
            const before = readBit(String(mask), { property: 'flags', position: other });
            expect(readBit(written, { property: 'flags', position: other })).toBe(before);
          }
        },
      ),
    );
  });

  it('starts from nothing where there is no number yet', () => {
    expect(writeBit(null, { property: 'f', position: 2 }, '1')).toBe('2');
    expect(writeBit('512', { property: 'f', position: 2 }, null)).toBe('512');
    expect(writeBit('x', { property: 'f', position: 2 }, '1')).toBeUndefined();
  });

  it.each(['bit:flags', 'bit:flags:0', 'bit:flags:65', 'bit::1', 'bit:flags:x', 'concat:'])(
    'does not know %s',
    (format) => {
      expect(parseFormat(format)).toBeUndefined();
    },
  );
});

describe('format names', () => {
  it('names the nearest format for one that is not known', () => {
    expect(() => requireFormat('datetim', 'start')).toThrow(
      expect.objectContaining({ hint: 'Did you mean "datetime"?' }),
    );
    expect(parseFormat('constructor')).toBeUndefined();
    expect(parseFormat('__proto__')).toBeUndefined();
  });
});

describe('binary identifiers', () => {
  it('refuses bytes of a wrong length', () => {
    expect(formatGuidBytes(new Uint8Array(15))).toBeUndefined();
    expect(formatSidBytes(new Uint8Array(9))).toBeUndefined();
    expect(formatSidBytes(Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 5, 1, 0, 0, 0))).toBeUndefined();
  });
});

describe('ordinal order that ignores case', () => {
  it('puts letters in order of their upper case, code unit by code unit', () => {
    const sorted = ['b', 'a_', 'aB', 'ß', 'é', 'A', 'a'].sort(compareOrdinalIgnoreCase);

    expect(sorted).toEqual(
      ['A', 'a', 'aB', 'a_', 'b', 'É'.toLowerCase(), 'ß'].sort(compareOrdinalIgnoreCase),
    );
    expect(sorted.slice(0, 5)).toEqual(['A', 'a', 'aB', 'a_', 'b']);
  });

  it('is an order', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(compareOrdinalIgnoreCase(a, b)).toBe(-compareOrdinalIgnoreCase(b, a) || 0);
        expect(compareOrdinalIgnoreCase(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe('dates', () => {
  it('cannot be in a zone further than a day away', () => {
    expect(parseDate('2024-03-05T00:00:00+24:00')).toBeUndefined();
    expect(parseDate('0001-01-01T00:00:00+02:00')).toBeUndefined();
  });
});
