import { describe, expect, it } from 'vitest';
import type { AutomationRule, IndirectResourceRule, Risk } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assigned,
  assignedRole,
  at,
  entityType,
  Graph,
  groupRule,
  linkProperty,
  type ModelParts,
  matchesOf,
  modelOf,
  optionsOf,
  scalarProperty,
  typeRule,
} from './graph.fixture.ts';
import type { EvaluationOptions, OwnerOutcome, OwnerState } from './types.ts';

/*
 * Nobody should order and pay. Clerks are in the group Payers; whoever has the badge of Clerks is in Stampers in the shop,
 * which nobody should be who orders.
 *
 *   account 21 -> groups,  Clerks (30) -> Payers (32),  Buyers (31);  Clerks is shopper 50 -> Stampers (60)
 */
const entityTypes = [
  entityType(
    'Group',
    scalarProperty('Name', true),
    linkProperty('In', 'Group', true),
    linkProperty('Twin', 'Shopper', true),
  ),
  entityType('Shopper', scalarProperty('Name', true), linkProperty('Teams', 'Team', true)),
  entityType('Team', scalarProperty('Name', true)),
];
const nested: IndirectResourceRule = {
  resourceType: 'Account',
  property: 'Groups',
  groupType: 'Group',
  nesting: 'In',
  correspondence: {
    property: 'Twin',
    isOfGroups: true,
    entityType: 'Shopper',
    membership: 'Teams',
    groupType: 'Team',
    held: 'Teams',
    resourceTypes: ['Shop'],
  },
  at,
};
const shop = accountType({
  identifier: 'Shop',
  targetEntityType: 'Shopper',
  typeRules: [],
  scalarRules: [],
  correlationRules: [],
});
const group = (resource: string) => ({ resourceType: 'Account', property: 'Groups', resource, at });
const team = { resourceType: 'Shop', property: 'Teams', resource: 'Stampers', at };
const risk = (...rules: readonly Risk['rules'][number]['items'][]): Risk => ({
  identifier: 'PaysItself',
  displayName: 'Pays itself',
  policy: 'Default',
  entityType: 'Person',
  type: 'SoD',
  exemption: 'ApprovalRequired',
  level: 50,
  rules: rules.map((items) => ({ items, at })),
  at,
});
const apart = risk([group('Buyers'), group('Payers')]);
const [clerks, buyers, payers, stampers] = [30, 31, 32, 60];

function company(groups: readonly number[]): Graph {
  const links = groups.map((id) => ['Group', id] as const);
  return new Graph()
    .put('Person', 1, { Code: 'P1' })
    .put('Account', 21, { Login: 'P1' }, { Groups: links })
    .put('Group', clerks, { Name: 'Clerks' }, { In: [['Group', payers]], Twin: [['Shopper', 50]] })
    .put('Group', buyers, { Name: 'Buyers' })
    .put('Group', payers, { Name: 'Payers' })
    .put('Shopper', 50, { Name: 'clerk' }, { Teams: [['Team', stampers]] })
    .put('Team', stampers, { Name: 'Stampers' });
}

interface Situation {
  readonly graph?: Graph;
  readonly groups?: readonly number[];
  /** Groups that the policy wants. */
  readonly wanted?: readonly string[];
  readonly risks?: readonly Risk[];
  readonly parts?: ModelParts;
  readonly state?: Partial<OwnerState>;
  readonly options?: Partial<EvaluationOptions>;
}

function evaluate({ groups = [], wanted = [], parts = {}, ...rest }: Situation): OwnerOutcome {
  const graph = rest.graph ?? company(groups);
  const navigationRules = wanted.map((name) => groupRule(name));
  const model = modelOf({
    entityTypes,
    resourceTypes: [
      accountType({ typeRules: [typeRule()], scalarRules: [], navigationRules }),
      shop,
    ],
    indirectRules: [nested],
    risks: rest.risks ?? [apart],
    ...parts,
  });
  const resourceTypes = [assigned({ targetId: 21, policyValues: {} })];
  const state = { owner: graph.get('Person', 1), roles: [], resourceTypes, ...rest.state };
  return evaluateOwner(model, state, matchesOf(graph, model), optionsOf(rest.options));
}

function itemsOf({ risks }: OwnerOutcome): readonly (readonly unknown[])[] | undefined {
  return risks?.flatMap(({ rules }) =>
    rules.flatMap(({ items }) =>
      items.map(({ resource, targetId, isPresent, through }) => [
        ...[resource, targetId, isPresent ? 'present' : 'on its way'],
        ...(through === undefined ? [] : [through]),
      ]),
    ),
  );
}

describe('a risk', () => {
  it('counts a group that is held through another, and tells the account it comes through', () => {
    expect(itemsOf(evaluate({ groups: [clerks, buyers] }))).toEqual([
      ['Buyers', 21, 'present'],
      ['Payers', 21, 'present', 'Account'],
    ]);
    expect(itemsOf(evaluate({ groups: [clerks] }))).toEqual([]);
  });

  it('counts what a group stands for in another system, of an owner without an account there', () => {
    const risks = [risk([group('Buyers'), team])];

    expect(itemsOf(evaluate({ groups: [clerks, buyers], risks }))).toEqual([
      ['Buyers', 21, 'present'],
      ['Stampers', 21, 'present', 'Account'],
    ]);
  });

  it('names what the account has itself before what comes indirectly, and that before what is on its way', () => {
    const risks = [risk([group('Payers')])];

    expect(itemsOf(evaluate({ groups: [clerks, payers], risks }))).toEqual([
      ['Payers', 21, 'present'],
    ]);
    expect(itemsOf(evaluate({ groups: [clerks], wanted: ['Payers'], risks }))).toEqual([
      ['Payers', 21, 'present', 'Account'],
    ]);
  });

  it('ends with the membership', () => {
    const graph = company([clerks, buyers]).put('Group', clerks, { Name: 'Clerks' });

    expect(itemsOf(evaluate({ graph }))).toEqual([]);
  });

  it('counts nothing that comes indirectly where no rule looks for it', () => {
    const parts = { indirectRules: [] };

    expect(itemsOf(evaluate({ groups: [clerks, buyers], parts }))).toEqual([]);
  });

  it('counts what is stored while it is frozen, whatever the data say', () => {
    const stored = {
      ...{ resourceType: 'Account', property: 'Groups', linkedId: payers },
      ...{ through: 'Account', targetId: 21 },
    };
    const options = { freezesIndirect: true };

    expect(itemsOf(evaluate({ groups: [clerks, buyers], options }))).toEqual([]);
    const frozen = evaluate({ groups: [buyers], options, state: { indirect: [stored] } });
    expect(itemsOf(frozen)).toEqual([
      ['Buyers', 21, 'present'],
      ['Payers', 21, 'present', 'Account'],
    ]);
  });

  it('stays as it is stored where memberships cannot be followed', () => {
    const binding = {
      ...{ reads: new Set([]), readsClock: false, at },
      evaluate: (): never => {
        throw new Error('The expression gave up.');
      },
    };
    const parts = { indirectRules: [{ ...nested, binding }] };
    const outcome = evaluate({ groups: [clerks, buyers], parts });

    expect(outcome.risks).toBeUndefined();
    expect(outcome.failures).toMatchObject([{ message: 'The expression gave up.' }]);
  });
});

describe('a risk that is looked for in advance', () => {
  const options = { foreseesIndirect: true };
  const wanted = ['Buyers', 'Clerks'];

  it('counts what memberships on their way will bring', () => {
    expect(itemsOf(evaluate({ wanted }))).toEqual([]);
    expect(itemsOf(evaluate({ wanted, options }))).toEqual([
      ['Buyers', 21, 'on its way'],
      ['Payers', 21, 'on its way', 'Account'],
    ]);
  });

  it('counts them in another system, and of an account that is still to be made', () => {
    const graph = company([]).remove('Account', 21);
    const risks = [risk([group('Buyers'), team])];
    const state = { resourceTypes: [] };

    expect(itemsOf(evaluate({ graph, wanted, risks, options, state }))).toEqual([
      ['Buyers', null, 'on its way'],
      ['Stampers', null, 'on its way', 'Account'],
    ]);
  });

  it('counts nothing of what a person declined', () => {
    const values = [
      {
        ...{ id: 5, kind: 'navigation' as const, property: 'Groups', linkedId: clerks },
        ...{ policyValue: '1', currentValue: null, workflowState: 18 as const },
        ...{ provisioningState: 6 as const, isDenied: true, blockedBy: [], confidence: null },
        ...{ lastError: null, orderId: null, stateSince: '2025-06-01T00:00:00.000Z' },
      },
    ];
    const policyValues = { Groups: [clerks, buyers] };
    const row = assigned({ targetId: 21, policyValues, values });

    expect(itemsOf(evaluate({ wanted, options, state: { resourceTypes: [row] } }))).toEqual([]);
  });

  it('counts nothing in advance while it is frozen', () => {
    const frozen = { ...options, freezesIndirect: true };

    expect(itemsOf(evaluate({ wanted, options: frozen }))).toEqual([]);
  });
});

describe('an approval by a rule', () => {
  const approval: AutomationRule = {
    ...{ target: 'SingleRole', identifier: 'Clerk', workflowState: 8, hoursToWait: 24 },
    ...{ decision: 'Approve', criteria: [], at },
  };
  const waiting = assignedRole('Clerk', {
    ...{ id: 7, workflowState: 8, stateSince: '2025-06-14T12:00:00.000Z' },
  });
  const decide = (groups: readonly number[], indirectRules = [nested]) => {
    const navigationRules = [groupRule('Clerks', { singleRole: 'Clerk' })];
    const type = accountType({ typeRules: [typeRule()], scalarRules: [], navigationRules });
    const parts = {
      ...{ resourceTypes: [type, shop], singleRoles: ['Clerk'] },
      ...{ automationRules: [approval], indirectRules },
    };
    return evaluate({ groups, parts, state: { roles: [waiting] } }).roles[0]?.workflowState;
  };

  it('waits for a person where the group it gives leads to another that is a risk', () => {
    expect(decide([buyers])).toBe(25);
    expect(decide([buyers], [])).toBe(16);
    expect(decide([])).toBe(16);
  });

  it('is not held back by a risk that is there without it', () => {
    expect(decide([clerks, buyers])).toBe(16);
  });

  it('waits for a person where memberships cannot be followed', () => {
    const binding = {
      ...{ reads: new Set([]), readsClock: false, at },
      evaluate: (): never => {
        throw new Error('The expression gave up.');
      },
    };

    expect(decide([clerks], [{ ...nested, binding }])).toBe(25);
  });
});
