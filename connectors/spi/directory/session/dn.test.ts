import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areSameDn,
  dnKey,
  escapeNameValue,
  firstNameValue,
  firstRelativeName,
  formatRelativeName,
  joinDn,
  parentOf,
  parseDn,
  respellDn,
} from './dn.ts';

const special = fc.constantFrom(
  ...' ,+"\\<>;=#\0\n\t*()é李'.split(''),
  '😀',
  '\u0301',
  'a',
  '2',
  'C',
);
const value = fc
  .oneof(fc.string({ unit: special, minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }))
  .filter((text) => text.isWellFormed());

describe('names of entries', () => {
  it('give back any value that was escaped', () => {
    fc.assert(
      fc.property(value, value, (first, second) => {
        const parent = joinDn(formatRelativeName('ou', second), 'dc=example,dc=test');
        const dn = joinDn(formatRelativeName('cn', first), parent);

        expect(parseDn(dn)).toEqual([
          [{ type: 'cn', value: first, isHex: false }],
          [{ type: 'ou', value: second, isHex: false }],
          [{ type: 'dc', value: 'example', isHex: false }],
          [{ type: 'dc', value: 'test', isHex: false }],
        ]);
        expect(firstNameValue(dn)).toBe(first);
        expect(firstRelativeName(dn)).toBe(formatRelativeName('cn', first));
        expect(parentOf(dn)).toBe(parent);
      }),
      { numRuns: 2000 },
    );
  });

  it('are the same however they are spelled', () => {
    fc.assert(
      fc.property(value, (text) => {
        const bytes = [...Buffer.from(text)].map(
          (byte) => `\\${byte.toString(16).padStart(2, '0')}`,
        );

        expect(areSameDn(`CN = ${bytes.join('')} , dc=x`, `cn=${escapeNameValue(text)},DC=X`)).toBe(
          true,
        );
      }),
    );
  });

  it.each([
    ['cn=Roy\\, Ana,ou=Staff', 'ou=Staff'],
    ['cn=x\\\\,ou=Staff', 'ou=Staff'],
    ['cn=x\\\\\\,y,ou=Staff', 'ou=Staff'],
    ['cn=x\\2C y , ou=Staff', 'ou=Staff'],
    ['cn=x,ou=ends with a space\\ ', 'ou=ends with a space\\ '],
    ['cn=alone', ''],
    ['', ''],
    ['not a name, but cut all the same', 'but cut all the same'],
  ])('%j has the parent %j', (dn, parent) => {
    expect(parentOf(dn)).toBe(parent);
  });

  it.each([
    ['cn=a  b,dc=x', 'CN=A b, DC=X', true],
    ['cn=a+uid=b,dc=x', 'uid=b+cn=a,dc=x', true],
    ['cn=#04024869', 'cn=\\#04024869', false],
    ['cn=e\u0301', 'cn=é', true],
    ['cn=a,dc=x', 'cn=a,dc=x,dc=x', false],
    ['cn=a\\,dc=x', 'cn=a,dc=x', false],
    ['no name', 'no name', true],
    ['no name', 'no  name', false],
  ])('%j and %j: the same is %j', (one, other, isSame) => {
    expect(areSameDn(one, other)).toBe(isSame);
  });

  it.each([
    ['cn=Roy\\2c Ana,dc=x', 'cn=Roy\\, Ana,dc=x'],
    ['cn=Roy\\, Ana , dc = x', 'cn=Roy\\, Ana,dc=x'],
    ['cn=\\c3\\a9\\3Db+uid=c', 'cn=é\\=b+uid=c'],
    ['cn=#0402,dc=\\20x\\20', 'cn=#0402,dc=\\ x\\ '],
    ['CN=As It Is,DC=X', 'CN=As It Is,DC=X'],
    ['no name \\', 'no name \\'],
  ])('%j is spelled %j', (dn, spelled) => {
    expect(respellDn(dn)).toBe(spelled);
    expect(respellDn(spelled)).toBe(spelled);
  });

  it.each([
    'x',
    '=x',
    'cn',
    'c n=x',
    'cn=a,,dc=x',
    'cn=a,',
    'cn="quoted",dc=x',
    'cn=a;dc=x',
    'cn=a\\',
    'cn=a\\zz',
    'cn=\\ff\\fe',
    'cn=#0',
    'cn=#xyz',
    'cn=nul\0',
  ])('refuse %j', (dn) => {
    expect(() => parseDn(dn)).toThrow(expect.objectContaining({ kind: 'invalid-value' }));
  });

  it('refuse values that cannot be a name', () => {
    expect(() => escapeNameValue('')).toThrow('empty');
    expect(() => escapeNameValue('\ud800')).toThrow('half');
    expect(() => formatRelativeName('cn=x,ou', 'y')).toThrow('attribute');
  });

  it('keep several parts of one relative name', () => {
    expect(parseDn('cn=a\\+b+uid=c,dc=x')[0]).toEqual([
      { type: 'cn', value: 'a+b', isHex: false },
      { type: 'uid', value: 'c', isHex: false },
    ]);
    expect(dnKey('')).toBe('');
  });
});
