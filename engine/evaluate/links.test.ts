/* Which links rules give: what they forbid, and what excludes each other. Groups 21 and 23 are of one kind, 22 of another. */
import { describe, expect, it } from 'vitest';
import type { EntityType, ResourceType } from '../../config/index.ts';
import {
  entityTypes,
  groupRule,
  literal,
  modelOf,
  queryRule,
  roleRule,
  scalarOf,
} from './graph.fixture.ts';
import { oneOfEachGroup } from './group-links.ts';
import { readsOf } from './reads.ts';
import { Story } from './story.fixture.ts';

function storyOf(type: Partial<ResourceType>, groups: readonly number[] = []): Story {
  const links = { Groups: groups.map((id) => ['Group', id] as const) };
  return new Story({
    type: { scalarRules: [], ...type },
    singleRoles: ['Staff'],
    singleRoleRules: [roleRule('Staff')],
  }).data((graph) =>
    graph
      .put('Group', 21, { Name: 'sales', Kind: 'licence' })
      .put('Group', 22, { Name: 'staff', Kind: null })
      .put('Group', 23, { Name: 'travel', Kind: 'licence' })
      .put('Department', 31, { Code: 'Buyer' })
      .put('Department', 32, { Code: 'Clerk' })
      .put('Account', 10, { Login: 'E1' }, links),
  );
}

describe('a navigation rule that forbids', () => {
  const forbids = groupRule('sales', { isDenied: true });

  it('takes a link away that another rule gives, and leaves the others', () => {
    const rules = [groupRule('sales'), groupRule('staff'), forbids];

    expect(storyOf({ navigationRules: rules }).evaluate().told).toEqual([
      '18/4 of 10',
      '  Groups 22 18/1 – → 1',
    ]);
  });

  /*   the policy gave group 21; a rule then forbids it: its removal comes from inside, and is an order   */
  it('withdraws a link that the policy has given', () => {
    const story = storyOf({ navigationRules: [groupRule('sales')] }, [21]).evaluate();
    expect(story.told).toEqual(['18/4 of 10']);

    story.rules({ navigationRules: [groupRule('sales'), forbids] }).evaluate();
    expect(story.told).toEqual(['18/4 of 10', '  Groups 21 18/1 1 → –']);
  });

  it('leaves to a person a link that the policy never gave', () => {
    const story = storyOf({ navigationRules: [forbids] }, [21]).evaluate();

    expect(story.told).toEqual(['18/4 of 10', '  Groups 21 1/0 1 → –']);
  });

  /*   Unit: 31 by a rule with a role, 32 for everybody; 31 is forbidden, so that 32 counts   */
  it('makes way for a weaker rule of a property that holds one', () => {
    const unit = (resource: string, parts = {}) =>
      groupRule(resource, { property: 'Unit', ...parts });
    const rules = [
      unit('Buyer', { singleRole: 'Staff' }),
      unit('Clerk'),
      unit('Buyer', { isDenied: true }),
    ];

    expect(storyOf({ navigationRules: rules }).evaluate().told).toEqual([
      '18/4 of 10',
      '  Unit 18/1 – → 32',
    ]);
    expect(storyOf({ navigationRules: rules.slice(0, 2) }).evaluate().told).toEqual([
      '18/4 of 10',
      '  Unit 18/1 – → 31',
    ]);
  });

  it('forbids what a query finds as well', () => {
    const found = queryRule('Groups', {
      source: literal('licence'),
      target: scalarOf('Group:Kind'),
    });

    expect(storyOf({ queryRules: [found], navigationRules: [forbids] }).evaluate().told).toEqual([
      '18/4 of 10',
      '  Groups 23 18/1 – → 1',
    ]);
  });
});

describe('links of which an owner holds one of each kind', () => {
  const [account, ...others] = [
    ...entityTypes.filter(({ identifier }) => identifier === 'Account'),
    ...entityTypes.filter(({ identifier }) => identifier !== 'Account'),
  ];
  const groups = account?.properties.get('Groups');
  if (account === undefined || groups?.kind !== 'navigation') throw new Error('No groups.');
  const grouped = { ...groups, groupByProperty: 'Kind' };
  const exclusive: EntityType = {
    ...account,
    properties: new Map([...account.properties, ['Groups', grouped]]),
  };
  const entityModel = {
    entityTypes: new Map([exclusive, ...others].map((type) => [type.identifier, type])),
    associations: new Map(),
  };

  const keptOf = (ids: readonly number[]): readonly number[] => {
    const { graph } = storyOf({});
    return [
      ...oneOfEachGroup(
        entityModel,
        grouped,
        ids.map((id) => graph.get('Group', id)),
      ),
    ];
  };

  it('are the first of each kind, and all without one', () => {
    expect(keptOf([23, 21, 22])).toEqual([23, 22]);
    expect(keptOf([21, 23])).toEqual([21]);
    expect(keptOf([22])).toEqual([22]);
    expect(keptOf([21, 21])).toEqual([21]);
  });

  it('exclude nobody without a property that groups them', () => {
    const { graph } = storyOf({});
    const all = [21, 22, 23].map((id) => graph.get('Group', id));

    expect([...oneOfEachGroup(entityModel, groups, all)]).toEqual([21, 22, 23]);
  });

  it('come from the rule with a role first, and are read', () => {
    const rules = [groupRule('travel', { singleRole: 'Staff' }), groupRule('sales')];
    const story = storyOf({ navigationRules: rules }).with({ entityModel });

    expect(story.evaluate().told).toEqual(['18/4 of 10', '  Groups 23 18/1 – → 1']);
    expect(readsOf(story.model, 'Person')).toContain('Group:Kind');
    expect(readsOf(modelOf({ resourceTypes: [] }), 'Person')).not.toContain('Group:Kind');
  });
});
