import { describe, expect, it } from 'vitest';
import { removeDiacritics, simplify } from './diacritics.ts';
import { toDoubleMetaphone } from './double-metaphone.ts';
import { toFormattedDn } from './formatted-dn.ts';
import { toFirstName, toLowerInvariant, toTitle, toUpperInvariant } from './letter-case.ts';
import { toSoundex } from './soundex.ts';
import { buildUsername, buildUsernameWithInitials } from './user-name.ts';

describe('removeDiacritics', () => {
  it.each([
    ['éèçàù ÉÈÇÀÙ', 'eecau EECAU'],
    ['äöü ÄÖÜ', 'aeoeue AEOEUE'],
    ['ß æ œ Æ Œ', 'ss ae oe AE OE'],
    ['č ø ł Č Ø Ł', 'c o l C O L'],
    ['š Š', 'sh SH'],
    ['ñ å ý Đ', 'n a y D'],
    ['plain 42', 'plain 42'],
    ['a\u0308', 'ae'],
    ['日本', '日本'],
  ])('%s gives %s', (text, plain) => {
    expect(removeDiacritics(text)).toBe(plain);
  });
});

describe('simplify', () => {
  it('keeps letters and digits in upper case', () => {
    expect(simplify(" Jean-René d'Öl 2 ")).toBe('JEANRENEDOEL2');
    expect(simplify('--')).toBe('');
  });
});

describe('case conversion', () => {
  it('is invariant and never changes the length', () => {
    expect(toUpperInvariant('straße ıi ﬁ é')).toBe('STRAßE ıI ﬁ É');
    expect(toLowerInvariant('İI É')).toBe('İi é');
    expect(toTitle('élan vital')).toBe('Élan vital');
    expect(toTitle('')).toBe('');
  });

  it('writes first names', () => {
    expect(toFirstName('jean paul')).toBe('Jean-Paul');
    expect(toFirstName(' MARIE-ÉLISE ')).toBe('Marie-Élise');
  });
});

describe('toSoundex', () => {
  it.each([
    ['Robert', 'R163'],
    ['Rupert', 'R163'],
    ['Ashcraft', 'A261'],
    ['Tymczak', 'T522'],
    ['Pfister', 'P236'],
    ['Honeyman', 'H555'],
    ['Lee', 'L000'],
    ['42', ''],
  ])('%s gives %s', (name, code) => {
    expect(toSoundex(name)).toBe(code);
  });
});

describe('toDoubleMetaphone', () => {
  it.each([
    ['Smith', 'SM0'],
    ['Schmidt', 'XMT'],
    ['Thomas', 'TMS'],
    ['Knight', 'NT'],
    ['Wright', 'RT'],
    ['Caesar', 'SSR'],
    ['Philips', 'FLPS'],
    ['Xavier', 'SF'],
    ['Michael', 'MKL'],
    ['Church', 'XRX'],
    ['Rough', 'RF'],
    ['Müller', 'MLR'],
    ['', ''],
    ['42', ''],
  ])('%s gives %s', (name, code) => {
    expect(toDoubleMetaphone(name)).toBe(code);
  });

  it('ends for every pair of letters', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    for (const a of letters) {
      for (const b of letters) expect(toDoubleMetaphone(a + b + a).length).toBeLessThanOrEqual(4);
    }
  });
});

describe('toFormattedDn', () => {
  it('writes the canonical form', () => {
    expect(toFormattedDn('CN=Ann Lee,OU=Staff,DC=acme,DC=org')).toBe('acme.org/Staff/Ann Lee');
    expect(toFormattedDn('CN=Lee\\, Ann, OU=A\\C3\\A9 ,DC=x')).toBe('x/Aé/Lee, Ann');
    expect(toFormattedDn('no name')).toBe('no name');
  });
});

describe('user names', () => {
  const ann = {
    firstName: 'Jean-Marc',
    lastName: 'Le Gall',
    separator: '.',
    suffix: '@x',
    iteration: 0,
  };

  it('joins simplified names in lower case', () => {
    expect(buildUsername(ann)).toBe('jeanmarc.legall@x');
    expect(buildUsername({ ...ann, iteration: 2 })).toBe('jeanmarc.legall2@x');
    expect(buildUsername({ ...ann, firstName: null })).toBe('legall@x');
    expect(buildUsername({ ...ann, firstName: null, lastName: ' ' })).toBeNull();
  });

  it('takes more letters of the first name before a number', () => {
    const parts = { ...ann, maxLength: null };
    expect(buildUsernameWithInitials(parts)).toBe('jm.legall@x');
    expect(buildUsernameWithInitials({ ...parts, iteration: 2 })).toBe('jmar.legall@x');
    expect(buildUsernameWithInitials({ ...parts, iteration: 5 })).toBe('jmarc.legall2@x');
  });

  it('cuts to the length, keeping suffix and number', () => {
    const parts = { ...ann, maxLength: 8, iteration: 5 };
    expect(buildUsernameWithInitials(parts)).toBe('jmarc2@x');
  });
});
