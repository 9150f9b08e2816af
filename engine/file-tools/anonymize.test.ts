import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anonymizeCsv } from './anonymize-csv.ts';
import { createAnonymizers, parseAnonymizedColumns } from './anonymize-value.ts';

const key = Buffer.from('a key that only tests know');
const one = createAnonymizers(key);

/** Runs of letters and digits by their kind: what must stay of a text. */
function shapeOf(text: string): string {
  return [...text.normalize('NFC')]
    .map((character) => character.normalize('NFD').replaceAll(/\p{M}/gu, ''))
    .filter((base) => base !== '')
    .map((base) => {
      if (/^\p{L}/u.test(base)) return base === base.toLowerCase() ? 'a' : 'A';
      return /^\p{Nd}/u.test(base) ? '0' : base;
    })
    .join('');
}

describe('an anonymized value', () => {
  it('is the same for the same value and key, and another one for another key', () => {
    const other = createAnonymizers(Buffer.from('another key of the tests'));

    expect(createAnonymizers(key).string('Haddad')).toBe(one.string('Haddad'));
    expect(other.string('Haddad')).not.toBe(one.string('Haddad'));
    expect(one.string('Haddad')).not.toBe('Haddad');
  });

  it('keeps length, case, signs and places of digits, and loses accents', () => {
    expect(one.string('Élan-Noël 12/b')).toMatch(/^[A-Z][a-z]{3}-[A-Z][a-z]{3} \d\d\/[a-z]$/u);
    expect(one.string('José')).toBe(one.string('Jose'));
    expect(one.string('JOSE').toLowerCase()).toBe(one.string('Jose').toLowerCase());
    expect(one.string('')).toBe('');

    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(shapeOf(one.string(text))).toBe(shapeOf(text));
      }),
    );
  });

  it('is another one for every other value of the same make', () => {
    const codes = Array.from({ length: 2_600 }, (_, index) => {
      const letter = String.fromCharCode(97 + Math.floor(index / 100));
      return `${letter}${String(index % 100).padStart(2, '0')}`;
    });

    expect(new Set(codes.map(one.string)).size).toBe(codes.length);
    expect(new Set(Array.from({ length: 10 }, (_, digit) => one.string(`${digit}`))).size).toBe(10);
  });

  it('says nothing of letters of other scripts', () => {
    expect(one.string('Иванов 李 ß')).toMatch(/^[A-Z][a-z]{5} [a-z] [a-z]$/u);
    expect(one.string('Иванов')).not.toBe(one.string('Петров'));
  });

  it('stays a number of as many figures', () => {
    const numbers = Array.from({ length: 900 }, (_, index) => String(index + 100));

    const changed = numbers.map(one.number);

    expect(new Set(changed).size).toBe(900);
    expect(changed.filter((number) => !/^[1-9]\d\d$/u.test(number))).toEqual([]);
    expect(one.number('-00120.50')).toMatch(/^-00[1-9]\d\d\.\d\d$/u);
    expect(one.number('0')).toBe('0');
  });

  it('of an address keeps the domain', () => {
    expect(one.mail('ana.roy@example.test')).toBe(`${one.string('ana.roy')}@example.test`);
    expect(one.mail('"a@b"@example.test')).toMatch(/@example\.test$/u);
    expect(one.mail('nobody')).toBe(one.string('nobody'));
  });

  it('of a name keeps attributes, separators and escapes', () => {
    expect(one.rdn('CN=Ana Roy')).toBe(`CN=${one.string('Ana Roy')}`);
    expect(one.rdn('CN=Roy\\, Ana+UID=a1,OU=Staff')).toBe(
      `CN=${one.string('Roy, Ana').replace(',', '\\,')}+UID=${one.string('a1')},OU=${one.string('Staff')}`,
    );
    expect(one.rdn('CN=Jos\\C3\\A9\\\\,OU=x')).toBe(
      `CN=${one.string('José\\').replace('\\', '\\\\')},OU=${one.string('x')}`,
    );
    expect(one.rdn('no name')).toBe(one.string('no name'));

    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        // Nothing that would read as a name of the text comes through, and nothing throws.
        expect(typeof one.rdn(text)).toBe('string');
        expect(one.rdn(text)).toBe(one.rdn(text));
      }),
    );
  });
});

describe('columns to anonymize', () => {
  it('have a type, or are text', () => {
    expect(parseAnonymizedColumns(['mail:Email,Name', 'number:Phone'])).toEqual([
      { type: 'mail', name: 'Email' },
      { type: 'string', name: 'Name' },
      { type: 'number', name: 'Phone' },
    ]);
  });

  it.each([['male:Email'], ['mail:'], [''], ['Name,mail:Name']])('refuse %j', (text) => {
    expect(() => parseAnonymizedColumns([text])).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID' }),
    );
  });
});

describe('an anonymized file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-anonymize-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function anonymize(content: string, columns: readonly string[], name = 'out.csv') {
    const path = join(folder, 'in.csv');
    await writeFile(path, content);
    return anonymizeCsv({
      input: { path, encoding: 'UTF-8', separator: ';' },
      columns: parseAnonymizedColumns(columns),
      key,
      output: join(folder, name),
    });
  }

  it('has the same lines and columns, and joins as before', async () => {
    await anonymize('Id;Name;Note\n7;"Roy; Ana";"say ""hi"""\n8;;\n', ['number:Id', 'Name']);
    const people = await readFile(join(folder, 'out.csv'), 'utf8');

    expect(people).toBe(
      `Id;Name;Note\n${one.number('7')};"${one.string('Roy; Ana')}";"say ""hi"""\n${one.number('8')};;\n`,
    );
  });

  it('shows no column of the name twice, and nothing past the header', async () => {
    await anonymize('Name;Name\nRoy;Roy;Roy\n', ['Name']);

    const text = await readFile(join(folder, 'out.csv'), 'utf8');

    expect(text).not.toContain('Roy');
    expect(text.split('\n')).toHaveLength(3);
  });

  it('is not written when a column is missing or the input would be lost', async () => {
    await expect(anonymize('Name\nRoy\n', ['Nme'])).rejects.toMatchObject({
      code: 'CSV_COLUMN_UNKNOWN',
      hint: expect.stringContaining('Name'),
    });
    await expect(anonymize('Name\nRoy\n', ['Name'], 'in.csv')).rejects.toMatchObject({
      code: 'USAGE_OPTIONS_CONFLICT',
    });
    expect(await readdir(folder)).toEqual(['in.csv']);
  });
});
