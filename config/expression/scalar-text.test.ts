import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeScalar, readDouble, writeDouble } from './scalar-text.ts';

describe('normalizeScalar', () => {
  it.each([
    ['Int32', ' +007 ', '7'],
    ['Int32', '2147483648', undefined],
    ['Int32', '1.0', undefined],
    ['Int64', '9223372036854775807', '9223372036854775807'],
    ['Int64', '9223372036854775808', undefined],
    ['Int16', '-32768', '-32768'],
    ['Byte', '-1', undefined],
    ['Bool', '1', 'true'],
    ['Bool', 'FALSE', 'false'],
    ['Bool', 'yes', undefined],
    ['Double', '1e3', '1000'],
    ['Double', '1e999', undefined],
    ['Double', 'NaN', undefined],
    ['Double', '1,5', undefined],
    ['Guid', '{3F2504E0-4F89-11D3-9A0C-0305E82C3301}', '3f2504e0-4f89-11d3-9a0c-0305e82c3301'],
    ['DateTime', '2024-01-31', '20240131000000'],
    ['DateTime', '20241399000000', undefined],
    ['Bytes', 'AAA=', 'AAA='],
    ['Bytes', '=', undefined],
    ['String', ' as it is ', ' as it is '],
  ] as const)('%s: %j gives %j', (type, text, value) => {
    expect(normalizeScalar(type, text)).toBe(value);
  });

  it('is stable: what it gives stays as it is', () => {
    const types = ['Int32', 'Int64', 'Bool', 'Double', 'DateTime', 'Guid'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String)),
        (type, text) => {
          const once = normalizeScalar(type, text);
          if (once !== undefined) expect(normalizeScalar(type, once)).toBe(once);
        },
      ),
    );
  });
});

describe('writeDouble', () => {
  it.each([
    [0, '0'],
    [1.5, '1.5'],
    [1e14, '100000000000000'],
    [1e15, '1E+15'],
    [0.00001, '1E-05'],
    [0.0001, '0.0001'],
    [-2.5e-7, '-2.5E-07'],
  ])('writes %d as %s', (value, text) => {
    expect(writeDouble(value)).toBe(text);
  });

  it('writes what reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(readDouble(writeDouble(value))).toBe(value);
      }),
    );
  });
});
