import { describe, expect, it } from 'vitest';
import { type Selectable, selectIds } from './decision-options.ts';

const lines: readonly Selectable[] = [
  { id: 1, resourceType: 'Wiki', properties: ['Team'] },
  { id: 1, resourceType: 'Wiki', properties: ['Name'] },
  { id: 2, resourceType: 'Badge', properties: ['Team'] },
  { id: 3, resourceType: 'Badge', properties: [] },
];

function codeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
}

describe('selection of a decision', () => {
  it('takes the ids that are named, each once', () => {
    expect(selectIds(lines, [1, 3], {})).toEqual([1, 3]);
  });

  it('takes everything only when told so', () => {
    expect(selectIds(lines, [], { all: true })).toEqual([1, 2, 3]);
    expect(codeOf(() => selectIds(lines, [], {}))).toBe('USAGE_SELECTION_MISSING');
    expect(codeOf(() => selectIds(lines, [], { property: 'Team' }))).toBe(
      'USAGE_SELECTION_MISSING',
    );
  });

  it('narrows by resource type and property', () => {
    expect(selectIds(lines, [], { resourceType: 'Badge' })).toEqual([2, 3]);
    expect(selectIds(lines, [], { all: true, property: 'Team' })).toEqual([1, 2]);
    expect(selectIds(lines, [], { resourceType: 'Badge', property: 'Team' })).toEqual([2]);
  });

  it('refuses an id that the list does not show, or not under these conditions', () => {
    expect(codeOf(() => selectIds(lines, [1, 4], {}))).toBe('USAGE_SELECTION_UNKNOWN');
    expect(codeOf(() => selectIds(lines, [1], { resourceType: 'Badge' }))).toBe(
      'USAGE_SELECTION_UNKNOWN',
    );
    expect(codeOf(() => selectIds(lines, [3], { property: 'Team' }))).toBe(
      'USAGE_SELECTION_UNKNOWN',
    );
  });

  it('refuses ids together with everything', () => {
    expect(codeOf(() => selectIds(lines, [1], { all: true }))).toBe('USAGE_OPTIONS_CONFLICT');
  });

  it('of an empty list is nothing', () => {
    expect(selectIds([], [], { all: true })).toEqual([]);
  });
});
