import { describe, expect, it } from 'vitest';
import type { AutomationRule } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assignedRole,
  correlationRule,
  Graph,
  matchesOf,
  modelOf,
  optionsOf,
  store,
  timestamp,
} from './graph.fixture.ts';
import type { AssignedRole, OwnerOutcome } from './types.ts';

/* It is 2025-06-15 12:00. Person 1 has account 10, which no rule gives; the role Sales waits or was found since June 14, 12:00. */
const dayBefore = '2025-06-14T12:00:00.000Z';

function rule(parts: Partial<AutomationRule>): AutomationRule {
  return {
    target: 'SingleRole',
    identifier: 'Sales',
    workflowState: 8,
    hoursToWait: 24,
    decision: 'Approve',
    criteria: [],
    at: { file: 'rules.xml', line: 7, column: 3 },
    ...parts,
  };
}

function evaluate(
  automationRules: readonly AutomationRule[],
  role: Partial<AssignedRole> | null,
): OwnerOutcome {
  const graph = new Graph()
    .put('Person', 1, { Code: 'E1' })
    .put('Account', 10, { Login: 'E1', Title: 'Buyer' });
  const model = modelOf({
    singleRoles: ['Sales'],
    automationRules,
    resourceTypes: [accountType({ typeRules: [], correlationRules: [correlationRule()] })],
  });
  const matches = matchesOf(graph, model);
  const owner = graph.get('Person', 1);
  const roles =
    role === null
      ? []
      : [assignedRole('Sales', { id: 7, workflowState: 8, stateSince: dayBefore, ...role })];
  const outcome = evaluateOwner(model, { owner, roles, resourceTypes: [] }, matches, optionsOf());
  const stored = store(outcome);
  const later = optionsOf({ timestamp: '2025-06-15T12:00:01.000Z' });
  const again = evaluateOwner(model, { owner, ...stored }, matches, later);
  expect({ roles: again.roles, resourceTypes: again.resourceTypes }).toEqual(stored);
  expect(again.decisions).toBeUndefined();
  return outcome;
}

const stateOf = ({ roles }: OwnerOutcome): number | undefined => roles[0]?.workflowState;
const criterion = {
  dimension: 'Department',
  value: 'North',
  includesDescendants: false,
  at: { file: 'rules.xml', line: 7, column: 9 },
};

describe('rules that decide after a time', () => {
  it('decide when the assignment has been in its state for the whole time, and say which rule it was', () => {
    const outcome = evaluate([rule({})], {});

    expect(outcome.roles[0]).toMatchObject({ workflowState: 16, stateSince: timestamp });
    expect(outcome.roles[0]?.approvals).toMatchObject([{ step: 1, person: 'rule rules.xml:7:3' }]);
    expect(outcome.decisions).toEqual([
      {
        item: 'Sales',
        isAboutRole: true,
        assignmentId: 7,
        decision: 'Approve',
        rule: { file: 'rules.xml', line: 7, column: 3 },
        from: 8,
        to: 16,
      },
    ]);
  });

  it('wait until then, and the owner falls due at that very second', () => {
    const outcome = evaluate([rule({ hoursToWait: 25 })], {});

    expect(stateOf(outcome)).toBe(8);
    expect(outcome.nextDueAt).toBe('20250615130000');
  });

  it('take one step of a circuit, and wait again before the next', () => {
    const steps = [rule({ workflowState: 9 }), rule({ workflowState: 10 })];

    expect(stateOf(evaluate(steps, { workflowState: 9 }))).toBe(10);
  });

  it('take all steps at once that need not wait', () => {
    const steps = [9, 10].map((state) => rule({ workflowState: state as 9 | 10, hoursToWait: 0 }));

    expect(stateOf(evaluate(steps, { workflowState: 9 }))).toBe(16);
  });

  it('decline a role that was found, and keep one', () => {
    const found = { workflowState: 1 } as const;
    const decline = rule({ ...found, decision: 'Decline' });

    expect(stateOf(evaluate([decline], found))).toBe(17);
    expect(stateOf(evaluate([rule(found)], found))).toBe(16);
  });

  it('decide about an account that was found, at once', () => {
    const about = {
      target: 'ResourceType',
      identifier: 'Account',
      workflowState: 1,
      hoursToWait: 0,
    } as const;

    expect(evaluate([rule(about)], null).resourceTypes).toMatchObject([
      { targetId: 10, workflowState: 16, provisioningState: 4 },
    ]);
    expect(evaluate([rule({ ...about, decision: 'Decline' })], null).resourceTypes).toMatchObject([
      { targetId: 10, workflowState: 20, provisioningState: 1 },
    ]);
  });

  it('give way to a rule that is more specific, even while that one waits', () => {
    const policy = rule({ target: 'Policy', identifier: 'Default', decision: 'Decline' });

    expect(stateOf(evaluate([policy], {}))).toBe(17);
    expect(stateOf(evaluate([policy, rule({})], {}))).toBe(16);
    expect(stateOf(evaluate([policy, rule({ hoursToWait: 25 })], {}))).toBe(8);
  });

  it('decline when two of them say different things', () => {
    expect(stateOf(evaluate([rule({}), rule({ decision: 'Decline' })], {}))).toBe(17);
  });

  it('look at the parameters of the assignment, and never at what was only found', () => {
    const north = rule({ criteria: [criterion] });

    expect(stateOf(evaluate([north], { parameters: { Department: 'North' } }))).toBe(16);
    expect(stateOf(evaluate([north], { parameters: { Department: 'South' } }))).toBe(8);
    const found = rule({ workflowState: 1, criteria: [criterion] });
    expect(
      stateOf(evaluate([found], { workflowState: 1, parameters: { Department: 'North' } })),
    ).toBe(1);
  });

  it('leave requests about another assignment to people', () => {
    expect(stateOf(evaluate([rule({})], { request: 'prolong', amends: 3 }))).toBe(8);
  });

  it('keep an account that was given for a time that is over', () => {
    const graph = new Graph().put('Person', 1, { Code: 'E1' }).put('Account', 10, { Login: 'E1' });
    const resourceTypes = [accountType({ typeRules: [], correlationRules: [correlationRule()] })];
    const keep = {
      target: 'ResourceType',
      identifier: 'Account',
      workflowState: 1,
      hoursToWait: 0,
    } as const;
    const plain = modelOf({ resourceTypes });
    const model = modelOf({ resourceTypes, automationRules: [rule(keep)] });
    const owner = graph.get('Person', 1);
    const found = store(
      evaluateOwner(
        plain,
        { owner, roles: [], resourceTypes: [] },
        matchesOf(graph, plain),
        optionsOf(),
      ),
    );
    const over = found.resourceTypes.map((row) => ({ ...row, endDate: '20250101000000' }));

    const kept = evaluateOwner(
      model,
      { owner, roles: [], resourceTypes: over },
      matchesOf(graph, model),
      optionsOf(),
    );

    expect(kept.resourceTypes).toMatchObject([{ workflowState: 16, endDate: null }]);
    expect(kept.decisions).toHaveLength(1);
  });
});
