import { describe, expect, it } from 'vitest';
import type { Risk } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assigned,
  at,
  Graph,
  groupRule,
  matchesOf,
  modelOf,
  now,
  optionsOf,
  personContext,
  typeRule,
} from './graph.fixture.ts';
import { readsOf } from './reads.ts';
import { identifyRisks } from './risks.ts';
import type { AssignedResourceType } from './types.ts';

/* Two groups that nobody should be in at once: Buyers order, Payers pay. A rule about the mail address stands alone. */
const type = accountType().identifier;
const item = (resource: string) => ({ resourceType: type, property: 'Groups', resource, at });
const risk = (rules: Risk['rules'], parts: Partial<Risk> = {}): Risk => ({
  identifier: 'PaysItself',
  displayName: 'Pays itself',
  policy: 'Default',
  entityType: 'Person',
  type: 'SoD',
  exemption: 'Warning',
  level: 50,
  rules,
  at,
  ...parts,
});
const both = { items: [item('Buyers'), item('Payers')], at };

function company(groups: readonly number[] = []): Graph {
  return new Graph()
    .put('Group', 31, { Name: 'Buyers' })
    .put('Group', 32, { Name: 'Payers' })
    .put('Person', 1, { Code: 'P1', Name: 'Ana' })
    .put(
      'Account',
      21,
      { Login: 'P1', Mail: 'ana@example.test' },
      { Groups: groups.map((id) => ['Group', id] as const) },
    );
}

function find(
  risks: readonly Risk[],
  given: {
    readonly groups?: readonly number[];
    readonly wanted?: readonly string[];
    readonly rows?: readonly AssignedResourceType[];
    readonly graph?: Graph;
  } = {},
) {
  const graph = given.graph ?? company(given.groups);
  const model = modelOf({
    contextRules: [personContext],
    resourceTypes: [
      accountType({
        typeRules: [typeRule()],
        scalarRules: [],
        navigationRules: (given.wanted ?? []).map((group) => groupRule(group)),
      }),
    ],
    risks,
  });
  const owner = graph.get('Person', 1);
  const rows = given.rows ?? [assigned({ targetId: 21 })];
  const state = { owner, roles: [], resourceTypes: rows };
  return evaluateOwner(model, state, matchesOf(graph, model), optionsOf()).risks;
}

describe('a risk', () => {
  it('is found when all items of one rule are held, and names what holds them', () => {
    expect(find([risk([both])], { groups: [31, 32] })).toEqual([
      {
        risk: 'PaysItself',
        rules: [
          {
            rule: 1,
            items: [
              { ...held('Buyers'), isPresent: true },
              { ...held('Payers'), isPresent: true },
            ],
          },
        ],
      },
    ]);
  });

  it('is not found while one item is missing', () => {
    expect(find([risk([both])], { groups: [31] })).toEqual([]);
    expect(find([risk([both])], { groups: [] })).toEqual([]);
  });

  it('needs only one of several rules, and names each that holds', () => {
    const alone = { items: [item('Payers')], at };
    const rules = find([risk([both, alone])], { groups: [32] })?.[0]?.rules;
    expect(rules?.map(({ rule }) => rule)).toEqual([2]);
    const all = find([risk([both, alone])], { groups: [31, 32] })?.[0]?.rules;
    expect(all?.map(({ rule }) => rule)).toEqual([1, 2]);
  });

  it('counts what the policy is about to give together with what is there', () => {
    const found = find([risk([both])], { groups: [31], wanted: ['Payers'] });
    expect(found?.[0]?.rules[0]?.items.map(({ isPresent }) => isPresent)).toEqual([true, false]);
  });

  it('counts what a new account would get', () => {
    const graph = company().remove('Account', 21);
    const found = find([risk([both])], { graph, rows: [], wanted: ['Buyers', 'Payers'] });
    expect(found?.[0]?.rules[0]?.items.map(({ targetId }) => targetId)).toEqual([null, null]);
  });

  it('takes a scalar property for held with any value', () => {
    const mail = { items: [{ resourceType: type, property: 'Mail', at }], at };
    expect(find([risk([mail], { type: 'HighPrivilege' })])).toHaveLength(1);
    const graph = company().put('Account', 21, { Login: 'P1', Mail: '' });
    expect(find([risk([mail], { type: 'HighPrivilege' })], { graph })).toEqual([]);
  });

  it('is not found in an account whose owner nobody has confirmed', () => {
    const graph = company([31, 32]);
    const model = modelOf({ resourceTypes: [accountType()], risks: [risk([both])] });
    const matches = matchesOf(graph, model);
    const row = assigned({ targetId: 21, provisioningState: 5 });
    const unsure = { ...row, confidence: 80, blockedBy: ['confidence' as const] };
    const look = (one: AssignedResourceType) =>
      identifyRisks({ model, matches, now }, [risk([both])], { rows: [one] });
    expect(look(row)).toHaveLength(1);
    expect(look(unsure)).toEqual([]);
  });

  it('that names a resource which does not exist is never found', () => {
    const rules = [{ items: [item('Buyers'), item('Nobody')], at }];
    expect(find([risk(rules)], { groups: [31, 32] })).toEqual([]);
  });

  it('of other owners is none of theirs, and costs no read', () => {
    const other = risk([both], { entityType: 'Record' });
    expect(find([other], { groups: [31, 32] })).toBeUndefined();
    const reads = (risks: readonly Risk[]) =>
      readsOf(modelOf({ resourceTypes: [accountType({ navigationRules: [] })], risks }), 'Person');
    expect(reads([other]).has('Account:Groups')).toBe(false);
    expect(reads([risk([both])]).has('Account:Groups')).toBe(true);
    expect(reads([risk([both])]).has('Group:Name')).toBe(true);
  });
});

function held(resource: string) {
  return { resourceType: type, property: 'Groups', resource, targetId: 21 };
}
