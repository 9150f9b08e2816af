import { describe, expect, it } from 'vitest';
import { type ContextOutcome, computeContexts } from './contexts.ts';
import { matchingPeriods } from './criteria.ts';
import {
  departments,
  Graph,
  inDepartment,
  linksOf,
  literal,
  matchesOf,
  modelOf,
  now,
  personContext,
  recordContext,
  scalarOf,
} from './graph.fixture.ts';

/*
 *   Person 1 ── Record 51 (Sales, 2024)      Sales ── Parent ──► Head
 *          └─── Record 52 (Sales, 2025)      Lost ◄── Parent ──► Circle (a cycle)
 */
function company(records: readonly Readonly<Record<string, string | null>>[]): Graph {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' }, { Parent: [['Department', 42]] })
    .put('Department', 42, { Code: 'Head' })
    .put('Department', 43, { Code: 'Lost' }, { Parent: [['Department', 44]] })
    .put('Department', 44, { Code: 'Circle' }, { Parent: [['Department', 43]] });
  records.forEach(({ Department, ...scalars }, index) => {
    graph.put('Record', 51 + index, scalars, {
      Department: Department === undefined ? [] : [['Department', Number(Department)]],
    });
  });
  const links = records.map((_, index) => ['Record', 51 + index] as const);
  return graph.put('Person', 1, { Code: 'E1' }, { Records: links });
}

const model = modelOf({ contextRules: [recordContext] });

function contextsOf(graph: Graph, rules = model): ContextOutcome {
  return computeContexts(rules, graph.get('Person', 1), matchesOf(graph, rules), now);
}

describe('contexts', () => {
  it('without a rule are one that always holds', () => {
    const outcome = contextsOf(company([]), modelOf({}));

    expect(outcome).toEqual({
      status: 'computed',
      contexts: [{ startDate: null, endDate: null, dimensions: new Map() }],
    });
  });

  it('come one from each record, by start', () => {
    const graph = company([
      { Start: '20250101000000', End: '99991231000000' },
      { Start: null, End: '20250101000000' },
    ]);

    expect(contextsOf(graph)).toMatchObject({
      contexts: [
        { startDate: null, endDate: '20250101000000' },
        { startDate: '20250101000000', endDate: null },
      ],
    });
  });

  it('are none for an owner without records, or with a record that ends before it starts', () => {
    expect(contextsOf(company([]))).toEqual({ status: 'computed', contexts: [] });
    expect(contextsOf(company([{ Start: '20250201000000', End: '20250101000000' }]))).toEqual({
      status: 'computed',
      contexts: [],
    });
  });

  it('fail as a whole on a date that is none, without telling the value', () => {
    const outcome = contextsOf(company([{}, { End: '31.12.2025' }]));

    expect(outcome.status).toBe('failed');
    expect(JSON.stringify(outcome)).not.toContain('31.12.2025');
  });

  it('leave an excluded record out, and the owner when all are', () => {
    expect(contextsOf(company([{ Draft: 'true' }, {}]))).toMatchObject({
      contexts: [{ startDate: null }],
    });
    expect(contextsOf(company([{ Draft: 'true' }]))).toEqual({ status: 'excluded' });
  });

  it('find the dimension value by its key when a binding gives text', () => {
    const dimensions = [{ dimension: 'Department', value: literal('Head') }];
    const rules = modelOf({ contextRules: [{ ...personContext, dimensions }] });
    const outcome = contextsOf(company([]), rules);

    const context = outcome.status === 'computed' ? outcome.contexts[0] : undefined;
    expect(context?.dimensions.get('Department')?.map((one) => one.id)).toEqual([42]);
  });

  it('fail when the records are text', () => {
    const rules = modelOf({
      contextRules: [{ ...recordContext, records: scalarOf('Person:Code') }],
    });

    expect(contextsOf(company([]), rules).status).toBe('failed');
  });
});

describe('criteria', () => {
  const periodsFor = (
    records: readonly Readonly<Record<string, string>>[],
    value: string,
    includesDescendants = false,
    rules = model,
  ): unknown => {
    const outcome = contextsOf(company(records), rules);
    if (outcome.status !== 'computed') throw new Error('The contexts failed.');
    return matchingPeriods(rules, inDepartment(value, includesDescendants), outcome.contexts);
  };
  const adjacent = [
    { Start: '20240101000000', End: '20250101000000', Department: '41' },
    { Start: '20250101000000', End: '20260101000000', Department: '41' },
  ];

  it('hold without a break over adjacent records that agree', () => {
    expect(periodsFor(adjacent, 'Sales')).toEqual([
      { startDate: '20240101000000', endDate: '20260101000000' },
    ]);
  });

  it('hold for descendants only when asked', () => {
    expect(periodsFor(adjacent, 'Head')).toEqual([]);
    expect(periodsFor(adjacent, 'Head', true)).toHaveLength(1);
    expect(periodsFor([{ Department: '42' }], 'Sales', true)).toEqual([]);
  });

  it('end in a cycle of parents', () => {
    expect(periodsFor([{ Department: '43' }], 'Circle', true)).toHaveLength(1);
    expect(periodsFor([{ Department: '43' }], 'Head', true)).toEqual([]);
  });

  it('do not hold without a value', () => {
    expect(periodsFor([{}], 'Sales')).toEqual([]);
  });

  it('match any value of a binding that gives several', () => {
    const graph = company([{ Department: '41' }, { Department: '42' }]);
    const rule = {
      ...personContext,
      dimensions: [{ dimension: 'Department', value: linksOf('Person:Departments') }],
    };
    const rules = modelOf({ contextRules: [rule], dimensions: [departments] });
    graph.put(
      'Person',
      1,
      {},
      {
        Departments: [
          ['Department', 42],
          ['Department', 41],
        ],
      },
    );
    const outcome = contextsOf(graph, rules);
    if (outcome.status !== 'computed') throw new Error('The contexts failed.');

    expect(matchingPeriods(rules, inDepartment('Head'), outcome.contexts)).toHaveLength(1);
    expect(matchingPeriods(rules, inDepartment('Sales'), outcome.contexts)).toHaveLength(1);
  });
});
