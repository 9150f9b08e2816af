import { describe, expect, it } from 'vitest';
import { readCoverage } from './change-numbers.ts';

const number = (time: string, server = '000', count = '000000') =>
  `20261122${time}.000000Z#${count}#${server}#000000`;

const read = (cookie: string) => readCoverage(Buffer.from(cookie, 'latin1'));

describe('what a cookie covers', () => {
  it('is every change up to its number', () => {
    const coverage = read(`rid=000,csn=${number('120000', '000', '000001')}`);

    expect(coverage?.covers(number('115959'))).toBe(true);
    expect(coverage?.covers(number('120000', '000', '000001'))).toBe(true);
    expect(coverage?.covers(number('120000', '000', '000002'))).toBe(false);
    expect(coverage?.covers(number('120001'))).toBe(false);
  });

  it('is told for each server by itself', () => {
    const coverage = read(
      `rid=001,sid=002,csn=${number('110000', '001')};${number('120000', '00a')}`,
    );

    expect(coverage?.covers(number('113000', '001'))).toBe(false);
    expect(coverage?.covers(number('113000', '00A'))).toBe(true);
    expect(coverage?.covers(number('113000', '003'))).toBe(false);
  });

  it('is looked for above the number of one server, and among the last minutes of several', () => {
    const filterOf = (cookie: string) => read(cookie)?.filter.toString();

    expect(filterOf(`rid=000,csn=${number('120000')}`)).toContain(number('120000'));
    const years = `csn=${number('000000', '001').replace('2026', '2019')};${number('120000', '002')}`;
    expect(filterOf(years)).toContain('20261122115000');
    const minutes = `csn=${number('115900', '001')};${number('120000', '002')}`;
    expect(filterOf(minutes)).toContain(number('115900', '001'));
  });

  it.each(['', 'rid=000', 'csn=', 'csn=5', 'dc1:389#cn=x:5#1', 'rid=0,csn=2026#0#0#0'])(
    'cannot be told of "%s"',
    (cookie) => {
      expect(read(cookie)).toBeUndefined();
    },
  );

  it('is nothing whose number is missing or unreadable', () => {
    const coverage = read(`rid=000,csn=${number('120000')}`);

    expect(coverage?.covers('')).toBe(false);
    expect(coverage?.covers('2019')).toBe(false);
  });
});
