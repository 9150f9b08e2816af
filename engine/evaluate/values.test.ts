import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import {
  accountType,
  Graph,
  groupRule,
  inDepartment,
  literal,
  matchesOf,
  modelOf,
  now,
  queryRule,
  scalarRule,
} from './graph.fixture.ts';
import { unbounded } from './periods.ts';
import { justify } from './resource-types.ts';
import { computeValues, type ValueOutcome } from './values.ts';

/* Departments 31 and 32 share the code "Planner", which is the title of Person 1; role Writer is held. */
function valuesOf(parts: Partial<ResourceType>): ValueOutcome {
  const graph = new Graph()
    .put('Person', 1, { Code: 'E1', Title: 'Planner' })
    .put('Department', 32, { Code: 'Planner' })
    .put('Department', 31, { Code: 'Planner' })
    .put('Department', 33, { Code: 'E1' })
    .put('Group', 21, { Name: 'Planner' })
    .put('Group', 22, { Name: 'Planner' })
    .put('Group', 23, { Name: 'sales' });
  const resourceType = accountType({ scalarRules: [], ...parts });
  const model = modelOf({ resourceTypes: [resourceType] });
  const contexts = [{ ...unbounded, dimensions: new Map() }];
  const policy = { contexts, held: new Map([['Writer', [unbounded]]]) };
  const justification = justify(model, resourceType, policy);
  return computeValues({
    model,
    resourceType,
    owner: graph.get('Person', 1),
    policy,
    justification,
    period: unbounded,
    instant: now,
    now,
    matches: matchesOf(graph, model),
    isCreation: true,
    written: {},
  });
}

const linksOf = (outcome: ValueOutcome, property: string): readonly number[] => [
  ...(outcome.properties.get(property)?.links.keys() ?? []),
];

describe('scalar values', () => {
  it('of a rule with a role beat those of one without, if the role is held', () => {
    const rules = (singleRole: string) => [
      scalarRule('Title', literal('everybody')),
      scalarRule('Title', literal('role'), { singleRole }),
    ];

    const withRole = valuesOf({ scalarRules: rules('Writer') });
    const without = valuesOf({ scalarRules: rules('Reader') });
    expect(withRole.properties.get('Title')?.text).toBe('role');
    expect(without.properties.get('Title')?.text).toBe('everybody');
  });

  it('take an empty text for no value', () => {
    const outcome = valuesOf({ scalarRules: [scalarRule('Title', literal(''))] });

    expect(outcome.properties.get('Title')?.text).toBeNull();
  });

  it('are not governed by rules that do not apply', () => {
    const rule = scalarRule('Title', literal('x'), { singleRole: 'Reader' });

    expect(valuesOf({ scalarRules: [rule] }).properties.size).toBe(0);
  });
});

describe('links', () => {
  it('found by a query are all taken for many, the smallest id for one', () => {
    const many = queryRule('Groups', { target: literalGroup() });

    expect(linksOf(valuesOf({ queryRules: [many] }), 'Groups')).toEqual([21, 22]);
    expect(linksOf(valuesOf({ queryRules: [queryRule('Unit')] }), 'Unit')).toEqual([31]);
  });

  it('come from the query of the highest confidence that finds anything', () => {
    const nothing = queryRule('Unit', { source: literal('none'), confidence: 150 });
    const weak = queryRule('Unit', { confidence: 80 });
    const better = queryRule('Unit', { source: literal('E1'), confidence: 90 });
    const outcome = valuesOf({ queryRules: [weak, nothing, better] });

    expect(outcome.properties.get('Unit')?.links).toEqual(new Map([[33, 90]]));
  });

  it('of fixed rules add up, without what is denied', () => {
    const navigationRules = [
      groupRule('sales'),
      groupRule('Planner', { singleRole: 'Writer' }),
      groupRule('sales', { isDenied: true, singleRole: 'Reader' }),
    ];
    const denied = [...navigationRules, groupRule('sales', { isDenied: true })];

    expect(linksOf(valuesOf({ navigationRules }), 'Groups')).toEqual([21, 23]);
    expect(linksOf(valuesOf({ navigationRules: denied }), 'Groups')).toEqual([21]);
  });

  it('are governed, and empty, when no rule gives any', () => {
    const navigationRules = [groupRule('sales', { criteria: inDepartment('Lab') })];
    const outcome = valuesOf({ navigationRules });

    expect(outcome.properties.get('Groups')?.links.size).toBe(0);
  });

  it('to one resource nobody knows fail, those to many go on', () => {
    const one = valuesOf({ navigationRules: [groupRule('nowhere', { property: 'Unit' })] });
    const many = valuesOf({ navigationRules: [groupRule('nowhere'), groupRule('sales')] });

    expect(one.properties.get('Unit')?.failure).not.toBeNull();
    expect(many.properties.get('Groups')?.failure).toBeNull();
    expect(linksOf(many, 'Groups')).toEqual([23]);
    expect(many.failures).toHaveLength(1);
  });
});

function literalGroup(): ReturnType<typeof queryRule>['target'] {
  return {
    ...literal(null),
    evaluate: (input) => ({
      kind: 'text',
      value: input === null || typeof input === 'string' ? null : input.scalar('Name'),
    }),
  };
}
