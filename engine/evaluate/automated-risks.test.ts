import { describe, expect, it } from 'vitest';
import type { AutomationRule, Risk } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assignedRole,
  at,
  Graph,
  groupRule,
  matchesOf,
  modelOf,
  optionsOf,
  typeRule,
} from './graph.fixture.ts';

/* Everybody pays. Whoever holds the role Buyer orders too, which nobody should do who pays. The role waits since yesterday. */
const approval: AutomationRule = {
  target: 'SingleRole',
  identifier: 'Buyer',
  workflowState: 8,
  hoursToWait: 24,
  decision: 'Approve',
  criteria: [],
  at,
};
const item = (resource: string) => ({ resourceType: 'Account', property: 'Groups', resource, at });

function decide(exemption: Risk['exemption'], parts: Partial<AutomationRule> = {}) {
  const graph = new Graph()
    .put('Group', 31, { Name: 'Buyers' })
    .put('Group', 32, { Name: 'Payers' })
    .put('Person', 1, { Code: 'P1' });
  const risk: Risk = {
    identifier: 'PaysItself',
    displayName: 'Pays itself',
    policy: 'Default',
    entityType: 'Person',
    type: 'SoD',
    exemption,
    level: 50,
    rules: [{ items: [item('Buyers'), item('Payers')], at }],
    at,
  };
  const model = modelOf({
    singleRoles: ['Buyer'],
    automationRules: [{ ...approval, ...parts }],
    risks: [risk],
    resourceTypes: [
      accountType({
        typeRules: [typeRule()],
        scalarRules: [],
        navigationRules: [groupRule('Payers'), groupRule('Buyers', { singleRole: 'Buyer' })],
      }),
    ],
  });
  const { workflowState } = { ...approval, ...parts };
  const waiting = assignedRole('Buyer', {
    id: 7,
    workflowState,
    stateSince: '2025-06-14T12:00:00.000Z',
  });
  const state = { owner: graph.get('Person', 1), roles: [waiting], resourceTypes: [] };
  const { roles, resourceTypes, risks, decisions } = evaluateOwner(
    model,
    state,
    matchesOf(graph, model),
    optionsOf(),
  );
  return {
    state: roles[0]?.workflowState,
    groups: resourceTypes[0]?.policyValues['Groups'],
    risks: risks?.map(({ risk: found }) => found),
    decided: decisions?.map(({ from, to }) => [from, to]),
  };
}

describe('an approval by a rule', () => {
  for (const exemption of ['ApprovalRequired', 'Blocking', 'BlockingUponProfile'] as const)
    it(`that would bring a risk (${exemption}) waits for a person, and gives nothing before`, () => {
      expect(decide(exemption)).toEqual({ state: 25, groups: [32], risks: [], decided: [[8, 25]] });
    });

  it('is given where the risk is only a remark', () => {
    const given = { state: 16, groups: [31, 32], risks: ['PaysItself'], decided: [[8, 16]] };
    expect(decide('Warning')).toEqual(given);
  });

  it('of a step before the last goes on to the next', () => {
    expect(decide('ApprovalRequired', { workflowState: 9 })).toMatchObject({ decided: [[9, 10]] });
  });

  it('is given where the rule is about the approval of risks', () => {
    const given = { state: 116, groups: [31, 32], risks: ['PaysItself'], decided: [[25, 116]] };
    expect(decide('ApprovalRequired', { workflowState: 25 })).toEqual(given);
  });
});
