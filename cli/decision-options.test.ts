import { describe, expect, it } from 'vitest';
import { checkSelection, parseUntil } from './decision-options.ts';
import { isNarrowed, parseAge } from './item-options.ts';

function codeOf(work: () => unknown): unknown {
  try {
    return work() ?? 'taken';
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
}

describe('what a decision is about', () => {
  it.each([
    [[], {}, false, 'USAGE_SELECTION_MISSING'],
    [[1], {}, false, 'taken'],
    [[], { all: true as const }, false, 'taken'],
    [[], {}, true, 'taken'],
    [[1], {}, true, 'taken'],
    [[1], { all: true as const }, false, 'USAGE_OPTIONS_CONFLICT'],
  ])('numbers %j, options %j, narrowed %j: %s', (ids, options, isNarrowed, expected) => {
    expect(codeOf(() => checkSelection(ids, options, isNarrowed))).toBe(expected);
  });

  it('is not said by a property alone', () => {
    expect(isNarrowed({ property: 'Team' })).toBe(false);
    expect(isNarrowed({ property: 'Team', resourceType: 'Wiki' })).toBe(true);
    expect(isNarrowed({ olderThan: 1 })).toBe(true);
  });
});

describe('until when something is put off', () => {
  const now = Date.parse('2026-01-31T12:00:00.000Z');

  it.each([
    ['12h', '2026-02-01T00:00:00.000Z'],
    ['3d', '2026-02-03T12:00:00.000Z'],
    ['2w', '2026-02-14T12:00:00.000Z'],
    ['20260301', '2026-03-01T23:59:59.999Z'],
    ['2026-03-01T08:00:00Z', '2026-03-01T08:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseUntil(text)(now)).toBe(expected);
  });

  it.each(['', 'soon', '3', '3x', '-3d', '99999d', '20260231'])('%j is no time', (text) => {
    expect(codeOf(() => parseUntil(text))).toBe('commander.invalidArgument');
  });

  it('is counted in hours, days and weeks', () => {
    expect([parseAge('1h'), parseAge('1d'), parseAge('1w')]).toEqual([
      3_600_000, 86_400_000, 604_800_000,
    ]);
  });
});
