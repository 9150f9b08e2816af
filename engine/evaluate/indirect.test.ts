import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndirectResourceRule, NavigationRule } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import { explainIndirect } from './explain-indirect.ts';
import {
  accountType,
  assigned,
  assignedRole,
  at,
  correlationRule,
  entityType,
  Graph,
  groupRule,
  inDepartment,
  linkProperty,
  type ModelParts,
  matchesOf,
  modelOf,
  optionsOf,
  personContext,
  roleOf,
  roleRule,
  scalarProperty,
  store,
} from './graph.fixture.ts';
import { readsOf } from './reads.ts';
import type { AssignedRole, EvaluationOptions, OwnerOutcome } from './types.ts';

const entityTypes = [
  entityType(
    'Account',
    scalarProperty('Login', true),
    scalarProperty('Title'),
    linkProperty('Groups', 'Group', true),
    linkProperty('Twin', 'Shopper', true),
  ),
  entityType(
    'Group',
    scalarProperty('Name', true),
    linkProperty('In', 'Group', true),
    linkProperty('Stands', 'Group', true),
    linkProperty('Twin', 'Shopper', true),
  ),
  entityType('Shopper', scalarProperty('Name', true), linkProperty('Teams', 'Team', true)),
  entityType(
    'Team',
    scalarProperty('Name', true),
    linkProperty('Above', 'Team', true),
    linkProperty('Shelves', 'Shelf', true),
  ),
  entityType('Shelf', scalarProperty('Name', true)),
];
const nested: IndirectResourceRule = {
  resourceType: 'Account',
  property: 'Groups',
  groupType: 'Group',
  nesting: 'In',
  at,
};
const groupNames = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof groupNames)[number];
const idOf = (name: string): number => 100 + groupNames.indexOf(name as Name);

/** Person 1 with account 10 in `direct`; groups in groups as `a: ['b']` says. */
function worldOf(
  direct: readonly string[],
  nesting: Readonly<Record<string, readonly string[]>> = {},
  more: (graph: Graph) => unknown = () => undefined,
): Graph {
  const groups = (names: readonly string[]) => names.map((name) => ['Group', idOf(name)] as const);
  const graph = new Graph()
    .put('Department', 900, { Code: 'IT' })
    .put('Person', 1, { Code: 'E1', Title: 'Buyer' }, { Department: [['Department', 900]] })
    .put('Account', 10, { Login: 'E1', Title: 'Buyer' }, { Groups: groups(direct) });
  for (const name of groupNames)
    graph.put('Group', idOf(name), { Name: name }, { In: groups(nesting[name] ?? []) });
  more(graph);
  return graph;
}

interface Situation {
  readonly parts?: ModelParts;
  readonly rules?: readonly NavigationRule[];
  readonly roles?: readonly AssignedRole[];
  readonly options?: Partial<EvaluationOptions>;
  readonly resourceTypes?: readonly ReturnType<typeof assigned>[];
}

function situationOf(graph: Graph, { parts = {}, rules = [], roles = [], ...rest }: Situation) {
  const model = modelOf({
    entityTypes,
    contextRules: [personContext],
    resourceTypes: [accountType({ navigationRules: rules })],
    indirectRules: [nested],
    ...parts,
  });
  const resourceTypes = rest.resourceTypes ?? [assigned({ policyValues: {} })];
  const state = { owner: graph.get('Person', 1), roles, resourceTypes };
  return { model, state, matches: matchesOf(graph, model), options: optionsOf(rest.options) };
}

function evaluate(graph: Graph, situation: Situation = {}): OwnerOutcome {
  const { model, state, matches, options } = situationOf(graph, situation);
  return evaluateOwner(model, state, matches, options);
}

function linksOf(outcome: OwnerOutcome): readonly (readonly [string, string, number])[] {
  return (outcome.indirect ?? []).map((one) => [one.resourceType, one.property, one.linkedId]);
}

const link = (name: string) => ['Account', 'Groups', idOf(name)];
const rolesOf = ({ roles }: OwnerOutcome) =>
  roles.map((row) => [row.role, row.workflowState, row.isIndirect]);

describe('memberships that nobody gave', () => {
  it('follow groups of groups, and leave out what the account has itself', () => {
    const outcome = evaluate(worldOf(['a', 'c'], { a: ['b'], b: ['c', 'd'] }));

    expect(linksOf(outcome)).toEqual([link('b'), link('d')]);
  });

  it('count once what is reached on two ways', () => {
    const outcome = evaluate(worldOf(['a'], { a: ['b', 'c'], b: ['d'], c: ['d'] }));

    expect(linksOf(outcome)).toEqual([link('b'), link('c'), link('d')]);
  });

  it('end where a circle closes', () => {
    expect(linksOf(evaluate(worldOf(['a'], { a: ['b'], b: ['c'], c: ['a', 'b', 'c'] })))).toEqual([
      link('b'),
      link('c'),
    ]);
  });

  it('are none of an account that waits for confirmation, or that is gone', () => {
    const graph = worldOf(['a'], { a: ['b'] });
    const unsure = accountType({ correlationRules: [correlationRule({ confidence: 80 })] });
    const parts = { resourceTypes: [unsure] };

    expect(linksOf(evaluate(graph, { parts, resourceTypes: [] }))).toEqual([]);
    expect(linksOf(evaluate(graph.remove('Account', 10)))).toEqual([]);
  });

  it('change nothing about values: no row, no order, no reconciliation', () => {
    const rules = [groupRule('b', { singleRole: 'B' })];
    const parts = { singleRoles: ['B'] };
    const outcome = evaluate(worldOf(['a'], { a: ['b'] }), { rules, parts });
    const without = evaluate(worldOf(['a'], { a: ['b'] }), {
      rules,
      parts: { ...parts, indirectRules: [] },
    });

    expect(outcome.resourceTypes).toEqual(without.resourceTypes);
    expect(without.indirect).toBeUndefined();
    expect(outcome.resourceTypes[0]?.values.map((row) => row.linkedId)).toEqual([idOf('a')]);
  });

  it('are ordered all the same by a rule that gives them directly', () => {
    const outcome = evaluate(worldOf(['a'], { a: ['b'] }), { rules: [groupRule('b')] });

    expect(outcome.resourceTypes[0]?.values).toMatchObject([
      { linkedId: idOf('a'), workflowState: 1 },
      { linkedId: idOf('b'), workflowState: 18, provisioningState: 1 },
    ]);
    expect(linksOf(outcome)).toEqual([link('b')]);
  });

  it('stand for what the binding leads to', () => {
    const binding = {
      reads: new Set(['Group:Stands'] as const),
      readsClock: false,
      at,
      evaluate: (input: unknown) => ({
        kind: 'resources' as const,
        value: (input as ReturnType<Graph['get']>).many('Stands'),
      }),
    };
    const graph = worldOf(['a'], { a: ['b'] }, (made) =>
      made
        .put('Group', idOf('a'), { Name: 'a' }, { In: [['Group', idOf('b')]] })
        .put('Group', idOf('b'), { Name: 'b' }, { Stands: [['Group', idOf('e')]] }),
    );

    const outcome = evaluate(graph, { parts: { indirectRules: [{ ...nested, binding }] } });

    expect(linksOf(outcome)).toEqual([link('e')]);
  });

  it('stay as they are stored, with their roles, while they are frozen', () => {
    const stored = assignedRole('B', { id: 7, workflowState: 1, isIndirect: true, cause: 'drift' });
    const parts = { singleRoles: ['B'] };
    const frozen = { roles: [stored], parts, options: { freezesIndirect: true } };

    const outcome = evaluate(worldOf([]), frozen);

    expect(outcome.indirect).toBeUndefined();
    expect(outcome.roles).toEqual([stored]);
    expect(evaluate(worldOf([]), { roles: [stored], parts }).roles).toEqual([]);
  });
});

describe('what accounts and groups are in another system', () => {
  const correspondence = {
    property: 'Twin',
    isOfGroups: true,
    entityType: 'Shopper',
    membership: 'Teams',
    groupType: 'Team',
    nesting: 'Above',
    held: 'Teams',
    resourceTypes: ['Shop'],
  };
  const shop = accountType({
    identifier: 'Shop',
    targetEntityType: 'Shopper',
    typeRules: [],
    scalarRules: [],
    correlationRules: [],
  });
  const shelved = {
    ...correspondence,
    entitlement: { property: 'Shelves', target: 'Shelf', isOfCorrespondences: false },
    held: 'Shelves',
  };
  const partsOf = (rule: typeof correspondence): ModelParts => ({
    resourceTypes: [accountType(), shop],
    indirectRules: [{ ...nested, correspondence: rule }],
  });
  const inShop = (graph: Graph): Graph =>
    graph
      .put(
        'Account',
        10,
        { Login: 'E1', Title: 'Buyer' },
        {
          Groups: [['Group', idOf('a')]],
          Twin: [['Shopper', 50]],
        },
      )
      .put('Group', idOf('b'), { Name: 'b' }, { Twin: [['Shopper', 51]] })
      .put('Shopper', 50, { Name: 'one' }, { Teams: [['Team', 60]] })
      .put('Shopper', 51, { Name: 'two' }, { Teams: [['Team', 61]] })
      .put('Team', 60, { Name: 't0' }, { Shelves: [['Shelf', 70]] })
      .put('Team', 61, { Name: 't1' }, { Above: [['Team', 62]], Shelves: [['Shelf', 70]] })
      .put('Team', 62, { Name: 't2' }, { Above: [['Team', 61]], Shelves: [['Shelf', 71]] })
      .put('Shelf', 70, { Name: 's0' })
      .put('Shelf', 71, { Name: 's1' });
  const world = () => worldOf([], { a: ['b'] }, inShop);

  it('are followed from accounts and from groups at any distance', () => {
    expect(linksOf(evaluate(world(), { parts: partsOf(correspondence) }))).toEqual([
      link('b'),
      ['Shop', 'Teams', 60],
      ['Shop', 'Teams', 61],
      ['Shop', 'Teams', 62],
    ]);
  });

  it('give the entitlements of groups instead of the groups, each once', () => {
    expect(linksOf(evaluate(world(), { parts: partsOf(shelved) }))).toEqual([
      link('b'),
      ['Shop', 'Shelves', 70],
      ['Shop', 'Shelves', 71],
    ]);
  });

  it('are direct where an account of the owner there has them itself', () => {
    const own = assigned({ id: 2, resourceType: 'Shop', targetId: 50, policyValues: {} });
    const resourceTypes = [assigned({ policyValues: {} }), own];

    const outcome = evaluate(world(), { parts: partsOf(correspondence), resourceTypes });

    expect(linksOf(outcome).map(([, , id]) => id)).toEqual([idOf('b'), 61, 62]);
  });

  it('tell the way step by step', () => {
    const { model, state, matches, options } = situationOf(world(), { parts: partsOf(shelved) });

    const shelf = explainIndirect(model, state, matches, options).find(
      ({ linkedId }) => linkedId === 71,
    );

    expect(shelf?.steps).toEqual([
      { property: 'Groups', entityType: 'Group', id: idOf('a') },
      { property: 'In', entityType: 'Group', id: idOf('b') },
      { property: 'Twin', entityType: 'Shopper', id: 51 },
      { property: 'Teams', entityType: 'Team', id: 61 },
      { property: 'Above', entityType: 'Team', id: 62 },
      { property: 'Shelves', entityType: 'Shelf', id: 71 },
    ]);
  });

  it('are read on every step: a change of any of them concerns the owner', () => {
    const reads = readsOf(situationOf(world(), { parts: partsOf(shelved) }).model, 'Person');

    expect([...reads]).toEqual(
      expect.arrayContaining([
        ...['Account:Groups', 'Account:Twin', 'Group:In', 'Group:Twin'],
        ...['Shopper:Teams', 'Team:Above', 'Team:Shelves'],
      ]),
    );
  });
});

describe('roles that stand for what is held indirectly', () => {
  const rules = [groupRule('a', { singleRole: 'A' }), groupRule('b', { singleRole: 'B' })];
  const parts: ModelParts = { singleRoles: ['A', 'B', 'C'] };
  const world = worldOf(['a'], { a: ['b'] });

  it('are found beside those that what is held directly stands for', () => {
    const outcome = evaluate(world, { rules, parts });

    expect(rolesOf(outcome)).toEqual([
      ['A', 1, false],
      ['B', 1, true],
    ]);
  });

  it('are Non-conforming at the first evaluation too', () => {
    const outcome = evaluate(world, { rules, parts, options: { isFirstEvaluation: true } });

    expect(rolesOf(outcome)).toEqual([
      ['A', 3, false],
      ['B', 1, true],
    ]);
  });

  it('keep their rows from run to run, and lose them with the membership', () => {
    const first = store(evaluate(world, { rules, parts }));
    const second = evaluate(world, { rules, parts, ...first });

    expect(second.roles).toEqual(first.roles);
    const gone = evaluate(worldOf(['a']), { rules, parts, ...first });
    expect(rolesOf(gone)).toEqual([['A', 1, false]]);
  });

  it('are not found where the role is held, and none beside it', () => {
    const singleRoleRules = [roleRule('B')];
    const outcome = evaluate(world, { rules, parts: { ...parts, singleRoleRules } });

    expect(rolesOf(outcome)).toEqual([
      ['A', 1, false],
      ['B', 18, false],
    ]);
  });

  it('are shown although the role itself was declined: that is what is held', () => {
    const declined = assignedRole('B', { id: 7, workflowState: 17 });
    const outcome = evaluate(world, { rules, parts, roles: [declined] });

    expect(rolesOf(outcome)).toContainEqual(['B', 17, false]);
    expect(rolesOf(outcome)).toContainEqual(['B', 1, true]);
  });

  it('need the criteria of the rule to hold for the owner', () => {
    const other = groupRule('b', { singleRole: 'B', criteria: inDepartment('HR') });

    expect(rolesOf(evaluate(world, { rules: [other], parts }))).toEqual([]);
    const own = groupRule('b', { singleRole: 'B', criteria: inDepartment('IT') });
    expect(rolesOf(evaluate(world, { rules: [own], parts }))).toEqual([['B', 1, true]]);
  });

  it('are found of several only when one of them is whole', () => {
    const both = [
      groupRule('b', { singleRole: 'B' }),
      groupRule('b', { singleRole: 'C' }),
      groupRule('c', { singleRole: 'C' }),
    ];

    expect(rolesOf(evaluate(world, { rules: both, parts }))).toEqual([['B', 1, true]]);
    expect(rolesOf(evaluate(worldOf(['a'], { a: ['b', 'c'] }), { rules: both, parts }))).toEqual([
      ['C', 1, true],
    ]);
    expect(rolesOf(evaluate(world, { rules: both.slice(0, 2), parts }))).toEqual([]);
  });

  it('make a composite role of which everything is held, and something indirectly', () => {
    const composite: ModelParts = {
      ...parts,
      compositeRoles: [roleOf('AB'), roleOf('All')],
      singleRoleRules: [
        roleRule('A', { compositeRole: 'AB' }),
        roleRule('B', { compositeRole: 'AB' }),
      ],
      compositeRoleRules: [{ ...roleRule('AB'), parentRole: 'All' }],
    };
    const rows = (graph: Graph) => rolesOf(evaluate(graph, { rules, parts: composite }));

    expect(rows(world)).toEqual([
      ['A', 1, false],
      ['AB', 1, true],
      ['All', 1, true],
      ['B', 1, true],
    ]);
    // Only indirectly, and only half of it.
    expect(rows(worldOf(['c'], { c: ['b'] }))).toEqual([['B', 1, true]]);
    // Directly: a role is found for each value, and none for both.
    expect(rows(worldOf(['a', 'b'])).map(([role]) => role)).toEqual(['A', 'B']);
  });

  it('give nothing and are decided by no rule', () => {
    const giving = [...rules, groupRule('c', { singleRole: 'B' })];
    const automationRules = [
      {
        target: 'SingleRole' as const,
        identifier: 'B',
        workflowState: 1 as const,
        hoursToWait: 0,
        decision: 'Approve' as const,
        criteria: [],
        at,
      },
    ];
    const outcome = evaluate(world, { rules: giving, parts: { ...parts, automationRules } });

    expect(outcome.decisions).toBeUndefined();
    expect(outcome.resourceTypes[0]?.values.map((row) => row.linkedId)).not.toContain(idOf('c'));
    expect(rolesOf(outcome)).toContainEqual(['B', 1, true]);
  });
});

const nesting = fc.uniqueArray(fc.constantFrom(...groupNames), { maxLength: 3 });
const graphs = fc.record({
  direct: nesting,
  nested: fc.record({ a: nesting, b: nesting, c: nesting, d: nesting, e: nesting }),
});

it('holds indirectly exactly what can be reached and is not held, for all graphs', () => {
  fc.assert(
    fc.property(graphs, ({ direct, nested: of }) => {
      const reached = new Set<string>(direct);
      for (let size = -1; size !== reached.size; ) {
        size = reached.size;
        for (const name of [...reached]) for (const next of of[name as Name]) reached.add(next);
      }
      const wanted = [...reached].filter((name) => !direct.includes(name as Name)).sort();

      const world = worldOf(direct, of);
      const outcome = evaluate(world);

      expect(linksOf(outcome)).toEqual(wanted.map(link));
      expect(evaluate(world, store(outcome)).indirect).toEqual(outcome.indirect);
    }),
    { numRuns: 60 },
  );
});
