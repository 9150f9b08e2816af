import { describe, expect, it } from 'vitest';
import { createPalette, plainPalette } from './palette.ts';
import { formatFields, formatTable } from './table.ts';

describe('tables', () => {
  it('align text to the left and numbers to the right', () => {
    const table = formatTable(
      ['NAME', 'ROWS'],
      [
        ['a', 1_000],
        ['longer', 7],
      ],
      plainPalette,
    );

    expect(table.split('\n')).toEqual(['NAME    ROWS', 'a       1000', 'longer     7']);
  });

  it('show what is not there as a dash, and truths as yes and no', () => {
    const table = formatTable(['A', 'B', 'C', 'D'], [[null, undefined, true, false]], plainPalette);

    expect(table.split('\n')[1]).toBe('-  -  yes  no');
  });

  it('keep the columns of wide characters and combining marks', () => {
    const table = formatTable(
      ['N', 'X'],
      [
        ['山田', 'x'],
        ['e\u0301e', 'x'],
        ['abcd', 'x'],
      ],
      plainPalette,
    );

    expect(table.split('\n').slice(1)).toEqual(['山田  x', 'e\u0301e    x', 'abcd  x']);
  });

  it('never let a cell out of its line', () => {
    const table = formatTable(
      ['A', 'B'],
      [['one\ntwo\r\nthree', '\u001b[2Jgone\u0007']],
      plainPalette,
    );

    expect(table.split('\n')).toHaveLength(2);
    expect(table).toContain('one⏎two⏎three');
    expect(table).not.toContain('\u001b');
    expect(table).not.toContain('\u0007');
  });

  it('paint the header only where colours are wanted', () => {
    const coloured = formatTable(['A'], [['a']], createPalette(true, {}));
    const plain = formatTable(['A'], [['a']], createPalette(true, { NO_COLOR: '1' }));

    expect(coloured).toContain('\u001b[1mA');
    expect(plain).toBe('A\na');
  });
});

describe('fields', () => {
  it('stand below each other', () => {
    expect(
      formatFields([
        ['Key', 'x'],
        ['Longer name', null],
      ]),
    ).toBe('Key:         x\nLonger name: -');
  });
});

describe('palette', () => {
  it.each([
    [false, {}],
    [true, { NO_COLOR: 'yes' }],
    [true, { TERM: 'dumb' }],
  ])('is plain for terminal %s with %o', (isTerminal, environment) => {
    expect(createPalette(isTerminal, environment).red('x')).toBe('x');
  });
});
