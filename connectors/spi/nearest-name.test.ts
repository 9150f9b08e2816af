import { describe, expect, it } from 'vitest';
import { findNearestName } from '../../config/index.ts';
import { suggestName } from './nearest-name.ts';

const known = ['Path', 'PathIncremental', 'Separator', 'Port'];

describe('nearest name', () => {
  it.each([
    ['Prot', 'Port'],
    ['path', 'Path'],
    ['Seperator', 'Separator'],
    ['PathIncrementall', 'PathIncremental'],
    ['Surprise', undefined],
    ['', undefined],
  ])('of %j is %j', (wanted, nearest) => {
    expect(findNearestName(wanted, known)).toBe(nearest);
  });

  it('is suggested, or else some known names are', () => {
    expect(suggestName('Prot', known)).toBe('Did you mean "Port"?');
    expect(suggestName('Surprise', known)).toContain('Path, PathIncremental');
    expect(suggestName('x', [])).toBeUndefined();
  });
});
