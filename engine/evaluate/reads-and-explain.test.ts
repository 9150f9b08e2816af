import { describe, expect, it } from 'vitest';
import { explainOwner } from './explain-owner.ts';
import {
  accountType,
  assigned,
  correlationRule,
  Graph,
  groupRule,
  inDepartment,
  matchesOf,
  modelOf,
  optionsOf,
  personContext,
  queryRule,
  scalarOf,
  scalarRule,
  typeRule,
} from './graph.fixture.ts';
import { readsOf, rulesToMatch } from './reads.ts';
import { ruleKeyOf } from './rule-key.ts';

/* Person 1 ── Department 41 Sales; Account 10 of the same login; Group 21 staff; Department 31 for its title. */
const type = accountType({
  typeRules: [typeRule({ criteria: inDepartment('Sales') })],
  scalarRules: [scalarRule('Title', scalarOf('Person:Title'))],
  navigationRules: [groupRule('staff')],
  queryRules: [queryRule('Unit')],
  dependsOnOwnerProperty: 'Name',
});
const model = modelOf({ resourceTypes: [type], contextRules: [personContext] });
const graph = new Graph()
  .put('Person', 1, { Code: 'E1', Title: 'Planner' }, { Department: [['Department', 41]] })
  .put('Department', 41, { Code: 'Sales' })
  .put('Department', 31, { Code: 'Planner' })
  .put('Group', 21, { Name: 'staff' })
  .put('Account', 10, { Login: 'E1', Title: 'Planner' });

describe('reads', () => {
  it('are everything an evaluation looks at, in order', () => {
    expect([...readsOf(model, 'Person')]).toEqual([
      'Account:Groups',
      'Account:Login',
      'Account:Title',
      'Account:Unit',
      'Department:Code',
      'Department:Parent',
      'Group:Name',
      'Person:Code',
      'Person:Department',
      'Person:Draft',
      'Person:End',
      'Person:Name',
      'Person:Start',
      'Person:Title',
    ]);
  });

  it('are none for an entity type that owns nothing', () => {
    expect(readsOf(model, 'Group').size).toBe(0);
  });

  it('list the rules to match with the type each side starts from', () => {
    expect(rulesToMatch(model, 'Person')).toMatchObject([
      { kind: 'correlation', ruleKey: 'Account/correlation/100/0', targetEntityType: 'Account' },
      { kind: 'query', ruleKey: 'Account/query/Unit/100/0', targetEntityType: 'Department' },
    ]);
  });

  it('name rules whatever their order', () => {
    const strong = correlationRule({ confidence: 150 });
    const other = correlationRule();
    const one = accountType({ correlationRules: [strong, other] });
    const reversed = accountType({ correlationRules: [other, strong] });

    expect(ruleKeyOf(one, strong)).toBe(ruleKeyOf(reversed, strong));
    expect(ruleKeyOf(one, other)).not.toBe(ruleKeyOf(one, strong));
  });
});

describe('explanation', () => {
  const explain = (stored = [assigned()]) =>
    explainOwner(
      model,
      { owner: graph.get('Person', 1), roles: [], resourceTypes: stored },
      matchesOf(graph, model),
      optionsOf(),
    );

  it('names the rule and what it read for every value', () => {
    expect(explain().filter((one) => one.property !== null)).toMatchObject([
      {
        property: 'Title',
        ruleElement: 'ScalarRule',
        value: 'Planner',
        inputs: [{ entityType: 'Person', id: 1, property: 'Title', value: 'Planner' }],
      },
      { property: 'Groups', ruleElement: 'NavigationRule', value: [21] },
      {
        property: 'Unit',
        ruleElement: 'QueryRule',
        value: [31],
        inputs: [
          { entityType: 'Person', id: 1, property: 'Title', value: 'Planner' },
          { entityType: 'Department', id: 31, property: 'Code', value: 'Planner' },
        ],
      },
    ]);
  });

  it('names the rules of the account and of its correlation', () => {
    expect(explain().filter((one) => one.property === null)).toMatchObject([
      {
        ruleElement: 'ResourceCorrelationRule',
        value: [10],
        inputs: [
          { entityType: 'Person', property: 'Code', value: 'E1' },
          { entityType: 'Account', property: 'Login', value: 'E1' },
        ],
      },
      {
        ruleElement: 'TypeRule',
        value: [10],
        context: { startDate: null, endDate: null, dimensions: { Department: 'Sales' } },
      },
    ]);
  });

  it('shows what the contexts were made of', () => {
    const [, grant] = explain();

    expect(grant?.inputs).toContainEqual({
      entityType: 'Person',
      id: 1,
      property: 'Department',
      value: '41',
    });
  });

  it('works for what is not stored yet', () => {
    expect(explain([])).toHaveLength(5);
  });
});
