import { describe, expect, it } from 'vitest';
import {
  canDeleteByValue,
  findExactRule,
  isBinaryAttribute,
  isWritableList,
  nameType,
  parseSchema,
} from './schema.ts';

const schema = parseSchema([
  "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
  "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: (common) name' SUP name )",
  "( 2.5.4.31 NAME 'member' SUP distinguishedName )",
  "( 2.5.4.49 NAME 'distinguishedName' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
  "( 1.2.840.113556.1.2.102 NAME 'memberOf' SYNTAX '1.3.6.1.4.1.1466.115.121.1.12' NO-USER-MODIFICATION )",
  "( 0.9.2342.19200300.100.1.60 NAME 'jpegPhoto' SYNTAX 1.3.6.1.4.1.1466.115.121.1.28 )",
  "( 2.5.4.20 NAME 'telephoneNumber' EQUALITY telephoneNumberMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.50{32} )",
  "( 9.1 NAME 'circle' SUP circle )",
  'nonsense',
  '',
]);

describe('the schema of a directory', () => {
  it('is found under every name, with what is inherited', () => {
    for (const name of ['cn', 'commonname', '2.5.4.3']) {
      expect(schema.get(name)).toEqual({
        name: 'cn',
        syntax: '1.3.6.1.4.1.1466.115.121.1.15',
        isSingleValued: false,
        hasEquality: true,
        equality: 'caseIgnoreMatch',
        isReadOnly: false,
      });
    }
    expect(schema.get('circle')).toMatchObject({ hasEquality: false });
  });

  it('says which attributes hold bytes, names, and what can be deleted by value', () => {
    expect(isBinaryAttribute(schema, 'jpegPhoto')).toBe(true);
    expect(isBinaryAttribute(schema, 'cn')).toBe(false);
    expect(isBinaryAttribute(schema, 'cn;binary')).toBe(true);
    expect(isBinaryAttribute(new Map(), 'objectGUID')).toBe(true);
    expect(canDeleteByValue(schema, 'cn')).toBe(true);
    expect(canDeleteByValue(schema, 'jpegPhoto')).toBe(false);
    expect(canDeleteByValue(new Map(), 'jpegPhoto')).toBe(false);
    expect(nameType(schema, 'member')).toBe('dn');
    expect(nameType(schema, 'jpegPhoto')).toBe('binary');
    expect(nameType(schema, 'unknown')).toBeUndefined();
  });

  it('says by which rule values differ by every letter, and where there is none', () => {
    expect(findExactRule(schema, 'commonName')).toBe('2.5.13.5');
    expect(findExactRule(schema, 'member')).toBe('2.5.13.1');
    for (const name of ['telephoneNumber', 'jpegPhoto', 'circle', 'unknown', 'constructor'])
      expect(findExactRule(schema, name), name).toBeUndefined();
  });

  it('says which lists of names can be written', () => {
    expect(isWritableList(schema, 'member')).toBe(true);
    expect(isWritableList(schema, 'memberOf')).toBe(false);
    expect(isWritableList(schema, 'cn')).toBe(false);
    expect(isWritableList(new Map(), 'uniqueMember')).toBe(true);
  });
});
