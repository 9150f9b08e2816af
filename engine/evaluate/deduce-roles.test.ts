import { describe, expect, it } from 'vitest';
import type { AutomationRule, NavigationRule } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assignedRole,
  correlationRule,
  Graph,
  groupRule,
  matchesOf,
  modelOf,
  optionsOf,
  store,
  timestamp,
  typeRule,
} from './graph.fixture.ts';
import type { AssignedRole, EvaluationOptions, OwnerOutcome } from './types.ts';

/*
 * Person 1 has account 10. Groups 21 Mail, 22 Vpn and 23 Print exist; which of them the account is in differs from test to
 * test, and so do the groups that the roles Mailer, Remote and Office give. No rule gives a role to anybody.
 */
interface Scenario {
  readonly groups: readonly number[];
  readonly rules: readonly NavigationRule[];
  readonly roles?: readonly AssignedRole[];
  readonly resourceTypes?: OwnerOutcome['resourceTypes'];
  readonly options?: Partial<EvaluationOptions>;
  readonly automationRules?: readonly AutomationRule[];
  /** No rule gives the account itself. */
  readonly isUnexplained?: true;
  /** Who holds this role is given the account. */
  readonly accountRole?: string;
}

const mailer = groupRule('Mail', { singleRole: 'Mailer' });
const remote = (group: string): NavigationRule => groupRule(group, { singleRole: 'Remote' });
const office = (group: string): NavigationRule => groupRule(group, { singleRole: 'Office' });

function evaluate(scenario: Scenario): OwnerOutcome {
  const graph = new Graph()
    .put('Person', 1, { Code: 'E1', Name: 'Ana' })
    .put(
      'Account',
      10,
      { Login: 'E1' },
      { Groups: scenario.groups.map((id) => ['Group', id] as const) },
    )
    .put('Group', 21, { Name: 'Mail' })
    .put('Group', 22, { Name: 'Vpn' })
    .put('Group', 23, { Name: 'Print' });
  const model = modelOf({
    singleRoles: ['Mailer', 'Remote', 'Office'],
    automationRules: scenario.automationRules ?? [],
    resourceTypes: [
      accountType({
        typeRules: scenario.isUnexplained
          ? []
          : [
              typeRule(
                scenario.accountRole === undefined ? {} : { singleRole: scenario.accountRole },
              ),
            ],
        scalarRules: [],
        navigationRules: scenario.rules,
        correlationRules: [correlationRule()],
      }),
    ],
  });
  const matches = matchesOf(graph, model);
  const options = optionsOf(scenario.options);
  const state = {
    owner: graph.get('Person', 1),
    roles: scenario.roles ?? [],
    resourceTypes: scenario.resourceTypes ?? [],
  };
  const outcome = evaluateOwner(model, state, matches, options);
  const stored = store(outcome);
  const later = { ...options, timestamp: '2025-06-15T12:00:01.000Z' };
  const again = evaluateOwner(model, { owner: state.owner, ...stored }, matches, later);
  expect({ roles: again.roles, resourceTypes: again.resourceTypes }).toEqual(stored);
  return outcome;
}

const rolesOf = ({ roles }: OwnerOutcome) =>
  roles.map(({ role, workflowState }) => [role, workflowState]);
const valuesOf = ({ resourceTypes }: OwnerOutcome) =>
  resourceTypes.flatMap(({ values }) =>
    values.map(({ linkedId, workflowState, provisioningState }) => [
      linkedId,
      workflowState,
      provisioningState,
    ]),
  );

describe('roles deduced from what is found', () => {
  it('are Non-conforming when one role alone gives the value, which then needs no decision of its own', () => {
    const outcome = evaluate({ groups: [21], rules: [mailer] });

    expect(rolesOf(outcome)).toEqual([['Mailer', 1]]);
    expect(outcome.roles[0]).toMatchObject({ cause: 'drift', stateSince: timestamp });
    expect(valuesOf(outcome)).toEqual([]);
  });

  it('are found for the links of an account that only another deduced role explains, at once', () => {
    const outcome = evaluate({ groups: [21], rules: [mailer], accountRole: 'Office' });

    expect(rolesOf(outcome)).toEqual([
      ['Mailer', 1],
      ['Office', 1],
    ]);
    expect(valuesOf(outcome)).toEqual([]);
  });

  it('are Pre-existing at the first evaluation', () => {
    const outcome = evaluate({
      groups: [21],
      rules: [mailer],
      options: { isFirstEvaluation: true },
    });

    expect(rolesOf(outcome)).toEqual([['Mailer', 3]]);
    expect(outcome.roles[0]?.cause).toBe('initial');
  });

  it('are deduced from a part, and the missing part is ordered', () => {
    const outcome = evaluate({ groups: [21], rules: [remote('Mail'), remote('Vpn')] });

    expect(rolesOf(outcome)).toEqual([['Remote', 1]]);
    expect(valuesOf(outcome)).toEqual([[22, 18, 1]]);
  });

  it('are not deduced when several could have given the value and nothing tells them apart', () => {
    const rules = [remote('Mail'), remote('Vpn'), office('Mail'), office('Print')];
    const outcome = evaluate({ groups: [21], rules });

    expect(rolesOf(outcome)).toEqual([]);
    expect(valuesOf(outcome)).toEqual([[21, 1, 0]]);
  });

  it('are the one of which nothing is missing, when several could have given the value', () => {
    const outcome = evaluate({ groups: [21], rules: [mailer, remote('Mail'), remote('Vpn')] });

    expect(rolesOf(outcome)).toEqual([['Mailer', 1]]);
    expect(valuesOf(outcome)).toEqual([]);
  });

  it('explain other values they give', () => {
    const rules = [mailer, remote('Mail'), remote('Vpn')];
    const outcome = evaluate({ groups: [21, 22], rules });

    expect(rolesOf(outcome)).toEqual([['Remote', 1]]);
    expect(valuesOf(outcome)).toEqual([]);
  });

  it('are not deduced against a decision: a role somebody took away does not come back', () => {
    const roles = [assignedRole('Mailer', { id: 7, workflowState: 17 })];
    const outcome = evaluate({ groups: [21], rules: [mailer], roles });

    expect(rolesOf(outcome)).toEqual([['Mailer', 17]]);
    expect(valuesOf(outcome)).toEqual([[21, 1, 0]]);
  });

  it('end when nothing of what they give is there any more', () => {
    const found = store(evaluate({ groups: [21], rules: [mailer] }));
    const outcome = evaluate({ groups: [], rules: [mailer], ...found });

    expect(rolesOf(outcome)).toEqual([]);
    expect(valuesOf(outcome)).toEqual([]);
  });

  it('take what they stand for with them when they are taken away', () => {
    const found = store(evaluate({ groups: [21, 22], rules: [remote('Mail'), remote('Vpn')] }));
    const roles = found.roles.map((role) => ({ ...role, workflowState: 17 as const }));
    const outcome = evaluate({
      groups: [21, 22],
      rules: [remote('Mail'), remote('Vpn')],
      ...found,
      roles,
    });

    expect(rolesOf(outcome)).toEqual([['Remote', 17]]);
    expect(valuesOf(outcome)).toEqual([
      [21, 18, 1],
      [22, 18, 1],
    ]);
  });

  it('leave what they stand for when they are kept', () => {
    const found = store(evaluate({ groups: [21], rules: [mailer] }));
    const roles = found.roles.map((role) => ({ ...role, workflowState: 16 as const }));
    const outcome = evaluate({ groups: [21], rules: [mailer], ...found, roles });

    expect(rolesOf(outcome)).toEqual([['Mailer', 16]]);
    expect(valuesOf(outcome)).toEqual([]);
  });

  it('is found at once in an account that a rule keeps', () => {
    const keep: AutomationRule = {
      ...{ target: 'ResourceType', identifier: 'Account', workflowState: 1, hoursToWait: 0 },
      ...{ decision: 'Approve', criteria: [], at: { file: 'rules.xml', line: 1, column: 1 } },
    };

    const outcome = evaluate({
      ...{ groups: [21], rules: [mailer], automationRules: [keep], isUnexplained: true },
    });

    expect(rolesOf(outcome)).toEqual([['Mailer', 1]]);
    expect(outcome.resourceTypes).toMatchObject([{ targetId: 10, provisioningState: 4 }]);
  });
});
