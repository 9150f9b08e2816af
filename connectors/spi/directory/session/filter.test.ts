import fc from 'fast-check';
import { BerReader, BerWriter, type Filter, FilterParser } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { allOf, equals, parseFilter, requireAttribute } from './filter.ts';

/** What the server would read of a filter. */
function asSent(filter: Filter): Filter {
  const writer = new BerWriter();
  filter.write(writer);
  return FilterParser.parse(new BerReader(writer.buffer));
}

describe('filters', () => {
  it('hold any value literally', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(text, (value) => {
        const sent = asSent(allOf([parseFilter('(objectClass=person)'), equals('cn', value)]));

        expect(sent).toMatchObject({ filters: [{}, { attribute: 'cn', value }] });
      }),
    );
  });

  it.each([
    ['(cn=Zo\\c3\\ab)', 'Zoë'],
    ['(cn=\\f0\\9f\\98\\80\\28)', '😀('],
    ['(cn=Zoë\\2a)', 'Zoë*'],
    ['(cn=\\5cc3)', '\\c3'],
  ])('of the configuration may escape letters: %s', (text, value) => {
    expect(asSent(parseFilter(text))).toMatchObject({ value });
  });

  it.each(['', '(', '(cn=x', '(cn=x))', '(&)', 'cn', '(cn=\\zz)', '(cn=\\ff\\fe)', '(=x)'])(
    'that are malformed are refused: %j',
    (text) => {
      expect(() => parseFilter(text)).toThrow(expect.objectContaining({ kind: 'invalid-value' }));
    },
  );

  it.each(['cn)(uid=*', 'cn=', 'c n', '', '*', 'cn;', '1.2.', 'é', 'cn\0', '1.1;range=0-*'])(
    'never get an attribute that is none: %j',
    (name) => {
      expect(() => requireAttribute(name)).toThrow('not the name');
    },
  );

  it.each(['cn', 'userCertificate;binary', 'cn;lang-fr', '2.5.4.3', 'msDS-User'])(
    'take attributes as they are: %s',
    (name) => {
      expect(requireAttribute(name)).toBe(name);
    },
  );
});
