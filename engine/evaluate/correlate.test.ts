import { describe, expect, it } from 'vitest';
import type { CorrelationRule } from '../../config/index.ts';
import { correlate } from './correlate.ts';
import {
  accountType,
  assigned,
  correlationRule,
  Graph,
  matchesOf,
  modelOf,
  scalarOf,
} from './graph.fixture.ts';
import type { AssignedResourceType } from './types.ts';

/*
 *   Person 1, Code E1, Title Planner
 *   Accounts 10 and 11: Login E1 (confidence 100); 12 and 13: Title Planner (80, 60)
 */
const strong = correlationRule();
const weak = (confidence: number): CorrelationRule =>
  correlationRule({
    confidence,
    source: scalarOf('Person:Title'),
    target: scalarOf('Account:Title'),
  });

interface Case {
  readonly multiple?: boolean;
  readonly suggestAll?: boolean;
  readonly rules?: readonly CorrelationRule[];
  readonly stored?: readonly AssignedResourceType[];
  readonly holders?: Readonly<Record<string, number>>;
  readonly accounts?: readonly number[];
}

function slotsOf(one: Case): readonly string[] {
  const graph = new Graph().put('Person', 1, { Code: 'E1', Title: 'Planner' });
  for (const id of one.accounts ?? [13, 12, 11, 10]) {
    graph.put('Account', id, id < 12 ? { Login: 'E1' } : { Title: 'Planner' });
  }
  graph.put('Account', 9, { Login: 'else' });
  const type = accountType({
    correlateMultipleResources: one.multiple ?? false,
    suggestAllCorrelations: one.suggestAll ?? false,
    correlationRules: one.rules ?? [weak(60), strong, weak(80)],
  });
  const model = modelOf({ resourceTypes: [type] });
  const { slots } = correlate(type, 1, one.stored ?? [], matchesOf(graph, model, one.holders), []);
  return slots.map((slot) => {
    const id = slot.stored?.id === undefined ? '' : ` (row ${slot.stored?.id})`;
    const confidence = slot.isConfirmed ? '' : ` at ${slot.confidence}`;
    return `${slot.isConfirmed ? 'correlated' : 'suggested'} ${slot.target?.id ?? '–'}${confidence}${id}`;
  });
}

const holds9 = [assigned({ id: 1, targetId: 9 })];

describe('correlation', () => {
  it('takes the best match, the smallest id first', () => {
    expect(slotsOf({})).toEqual(['correlated 10']);
  });

  it('suggests the best match below 100 when there is none above', () => {
    expect(slotsOf({ rules: [weak(60), weak(80)] })).toEqual(['suggested 12 at 80']);
  });

  it('is frozen once made', () => {
    expect(slotsOf({ stored: holds9 })).toEqual(['correlated 9 (row 1)']);
  });

  it('suggests everything when told to', () => {
    const suggestAll = true;

    expect(slotsOf({ suggestAll })).toEqual([
      'suggested 10 at 100',
      'suggested 11 at 100',
      'suggested 12 at 80',
      'suggested 13 at 80',
    ]);
    expect(slotsOf({ suggestAll, stored: holds9 })).toEqual([
      'correlated 9 (row 1)',
      'suggested 10 at 100',
      'suggested 11 at 100',
    ]);
  });

  it('takes all automatic matches for owners of several', () => {
    const multiple = true;

    expect(slotsOf({ multiple })).toEqual(['correlated 10', 'correlated 11']);
    expect(slotsOf({ multiple, stored: holds9 })).toEqual([
      'correlated 9 (row 1)',
      'correlated 10',
      'correlated 11',
    ]);
    expect(slotsOf({ multiple, rules: [weak(80)], stored: holds9 })).toEqual([
      'correlated 9 (row 1)',
    ]);
    expect(slotsOf({ multiple, rules: [weak(80)] })).toEqual([
      'suggested 12 at 80',
      'suggested 13 at 80',
    ]);
    expect(slotsOf({ multiple, suggestAll: true, stored: holds9 })).toEqual([
      'correlated 9 (row 1)',
      'correlated 10',
      'correlated 11',
      'suggested 12 at 80',
      'suggested 13 at 80',
    ]);
  });

  it('never takes what somebody else holds', () => {
    expect(slotsOf({ holders: { 'Account:10': 2 } })).toEqual(['correlated 11']);
    expect(slotsOf({ holders: { 'Account:10': 1 } })).toEqual(['correlated 10']);
    expect(slotsOf({ rules: [strong], holders: { 'Account:10': 2, 'Account:11': 2 } })).toEqual([]);
  });

  it('finds another target for a row that lost its own', () => {
    expect(slotsOf({ stored: [assigned({ targetId: 99 })] })).toEqual(['correlated 10 (row 1)']);
    expect(slotsOf({ stored: [assigned({ targetId: 99 })], accounts: [] })).toEqual([
      'correlated – (row 1)',
    ]);
  });

  it('gives the row of a deletion no other target', () => {
    const leaving = assigned({ targetId: 99, workflowState: 19, provisioningState: 2 });

    expect(slotsOf({ stored: [leaving] })).toEqual(['correlated 10', 'correlated – (row 1)']);
  });

  it('replaces a suggestion by an automatic match', () => {
    const suggestion = assigned({
      targetId: 12,
      provisioningState: 5,
      confidence: 80,
      blockedBy: ['confidence'],
    });

    expect(slotsOf({ stored: [suggestion] })).toEqual(['correlated 10 (row 1)']);
    expect(slotsOf({ stored: [suggestion], rules: [weak(80)] })).toEqual([
      'suggested 12 at 80 (row 1)',
    ]);
  });

  it('proposes the next match after a decline', () => {
    const declined = assigned({
      targetId: 12,
      confidence: 80,
      isDenied: true,
      provisioningState: 0,
    });

    expect(slotsOf({ stored: [declined], rules: [weak(80)] })).toEqual(['suggested 13 at 80']);
  });

  it('lets the result of a creation come before a weak match', () => {
    const creating = assigned({ targetId: null, provisioningState: 2 });

    expect(slotsOf({ stored: [creating], rules: [weak(80)] })).toEqual(['correlated – (row 1)']);
    expect(slotsOf({ stored: [creating] })).toEqual(['correlated 10 (row 1)']);
  });
});
