import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assigned,
  correlationRule,
  failingOn,
  Graph,
  groupRule,
  literal,
  matchesOf,
  modelOf,
  now,
  optionsOf,
  personContext,
  queryRule,
  scalarOf,
  scalarRule,
  store,
  timestamp,
  titleRow,
  today,
} from './graph.fixture.ts';
import type { AssignedResourceType, EvaluationOptions, OwnerOutcome } from './types.ts';

/*
 *   Person 1 ── Code E1, Title Planner        Account 10 ── Login E1, Title …
 *       └────────────── correlated by Code = Login ──────────────┘
 */
interface Scenario {
  readonly title?: string | null;
  readonly account?: Readonly<Record<string, string | null>> | null;
  readonly groups?: readonly number[];
  readonly person?: Readonly<Record<string, string | null>>;
  readonly type?: Partial<ResourceType>;
  readonly stored?: readonly AssignedResourceType[];
  readonly options?: Partial<EvaluationOptions>;
  readonly holders?: Readonly<Record<string, number>>;
  readonly hasContext?: boolean;
}

function evaluate(scenario: Scenario): OwnerOutcome {
  const graph = new Graph()
    .put('Person', 1, { Code: 'E1', Title: scenario.title ?? 'Planner', ...scenario.person })
    .put('Group', 21, { Name: 'staff' })
    .put('Group', 22, { Name: 'sales' })
    .put('Department', 31, { Code: 'Planner' });
  const account = scenario.account === undefined ? { Title: 'Planner' } : scenario.account;
  if (account !== null) {
    const groups = (scenario.groups ?? []).map((id) => ['Group', id] as const);
    graph.put('Account', 10, { Login: 'E1', ...account }, { Groups: groups });
  }
  const model = modelOf({
    resourceTypes: [accountType(scenario.type)],
    contextRules: scenario.hasContext === true ? [personContext] : [],
  });
  const matches = matchesOf(graph, model, scenario.holders);
  const options = optionsOf(scenario.options);
  const state = { owner: graph.get('Person', 1), roles: [], resourceTypes: scenario.stored ?? [] };
  const outcome = evaluateOwner(model, state, matches, options);
  // What holds for every scenario: evaluating what was stored gives the same again, later on too.
  const stored = store(outcome);
  const later = { ...options, timestamp: '2025-06-15T12:00:01.000Z' };
  const again = evaluateOwner(model, { owner: state.owner, ...stored }, matches, later);
  expect({ roles: again.roles, resourceTypes: again.resourceTypes }).toEqual(stored);
  return outcome;
}

function only(outcome: OwnerOutcome): AssignedResourceType {
  expect(outcome.resourceTypes).toHaveLength(1);
  const [row] = outcome.resourceTypes;
  if (row === undefined) throw new Error('There is no row.');
  return row;
}

const synchronizedLater = { synchronizedAt: new Map([['Account', '2025-06-10T00:00:00.000Z']]) };
const synchronizedEarlier = { synchronizedAt: new Map([['Account', '2025-05-10T00:00:00.000Z']]) };
const noRules = { typeRules: [] };

describe('evaluation of a wanted account', () => {
  it('asks for its creation with every value of the policy', () => {
    const row = only(evaluate({ account: null }));

    expect(row).toMatchObject({
      workflowState: 18,
      provisioningState: 1,
      targetId: null,
      stateSince: timestamp,
      policyValues: { Login: 'E1', Title: 'Planner' },
      values: [],
    });
  });

  it('holds the creation for review when the resource type is blocked', () => {
    const row = only(evaluate({ account: null, type: { blockProvisioning: true } }));

    expect(row).toMatchObject({ provisioningState: 5, blockedBy: ['resource-type'] });
  });

  it('never holds a creation nobody can make', () => {
    const type = { blockProvisioning: true, allowAdd: false };

    expect(only(evaluate({ account: null, type }))).toMatchObject({ provisioningState: 1 });
  });

  it('takes an account that is there and equal as verified, without rows of values', () => {
    const row = only(evaluate({}));

    expect(row).toMatchObject({
      provisioningState: 4,
      workflowState: 18,
      targetId: 10,
      values: [],
    });
  });

  it('keeps a released creation released though the type asks for review', () => {
    const stored = [
      assigned({
        targetId: null,
        provisioningState: 1,
        policyValues: { Login: 'E1', Title: 'Planner' },
      }),
    ];
    const row = only(evaluate({ account: null, stored, type: { blockProvisioning: true } }));

    expect(row).toEqual(stored[0]);
  });

  it('reviews a released creation again once its values change', () => {
    const stored = [assigned({ targetId: null, provisioningState: 1 })];
    const row = only(evaluate({ account: null, stored, type: { blockProvisioning: true } }));

    expect(row).toMatchObject({ provisioningState: 5, policyValues: { Title: 'Planner' } });
  });

  it('frees what only a switched-off review held', () => {
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const stored = [
      assigned({
        targetId: null,
        provisioningState: 5,
        blockedBy: ['resource-type'],
        policyValues,
      }),
    ];

    expect(only(evaluate({ account: null, stored }))).toMatchObject({ provisioningState: 1 });
  });

  it('keeps waiting what a blocking task held, until a person decides', () => {
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const stored = [
      assigned({ targetId: null, provisioningState: 5, blockedBy: ['task'], policyValues }),
    ];

    expect(only(evaluate({ account: null, stored }))).toEqual(stored[0]);
  });

  it('does not propose a declined creation again until its values change', () => {
    const declined = { targetId: null, provisioningState: 0, isDenied: true } as const;
    const policyValues = { Login: 'E1', Title: 'Planner' };

    const same = only(
      evaluate({ account: null, stored: [assigned({ ...declined, policyValues })] }),
    );
    const changed = only(evaluate({ account: null, stored: [assigned(declined)] }));

    expect(same).toMatchObject({ provisioningState: 0, isDenied: true });
    expect(changed).toMatchObject({ provisioningState: 1, isDenied: false });
  });

  it('creates a lost account again', () => {
    const row = only(evaluate({ account: null, stored: [assigned()] }));

    expect(row).toMatchObject({ id: 1, targetId: null, workflowState: 18, provisioningState: 1 });
  });
});

describe('evaluation of a creation on its way', () => {
  const sent = { targetId: null, provisioningState: 2, orderId: 77 } as const;

  it('changes nothing before the result', () => {
    const stored = [assigned(sent)];

    expect(only(evaluate({ account: null, stored }))).toEqual(stored[0]);
    expect(only(evaluate({ account: null, stored, type: noRules }))).toEqual(stored[0]);
  });

  it('turns to an error when the result is overdue', () => {
    const type = { transmittedStateValidityMinutes: 60 };
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const row = only(
      evaluate({ account: null, stored: [assigned({ ...sent, policyValues })], type }),
    );

    expect(row).toMatchObject({ provisioningState: 3, orderId: 77 });
    expect(row.lastError).toContain('timeout');
  });

  it('waits for the synchronization after the result', () => {
    const stored = [assigned({ ...sent, provisioningState: 8 })];
    const outcome = evaluate({ account: null, stored, options: synchronizedEarlier });

    expect(only(outcome)).toEqual(stored[0]);
    expect(outcome.nextDueAt).toBe('20250615120001');
  });

  it('says so when no correlation rule finds what was created', () => {
    const stored = [assigned({ ...sent, provisioningState: 8 })];
    const row = only(evaluate({ account: null, stored, options: synchronizedLater }));

    expect(row.provisioningState).toBe(3);
    expect(row.lastError).toContain('no correlation rule finds');
  });

  it('is verified by the account it made', () => {
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const stored = [assigned({ ...sent, provisioningState: 8, policyValues })];
    const row = only(evaluate({ stored, options: synchronizedLater }));

    expect(row).toMatchObject({ provisioningState: 4, targetId: 10, orderId: null, values: [] });
  });

  it('orders what changed inside while it was on its way', () => {
    // Title Buyer was sent and is there; the policy wants Planner by now.
    const stored = [assigned({ ...sent, provisioningState: 8 })];
    const row = only(evaluate({ account: { Title: 'Buyer' }, stored, options: synchronizedLater }));

    expect(row.values).toMatchObject([
      { property: 'Title', workflowState: 18, provisioningState: 1, policyValue: 'Planner' },
    ]);
  });

  it('leaves to a person what arrived otherwise than it was sent', () => {
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const stored = [assigned({ ...sent, provisioningState: 8, policyValues })];
    const row = only(evaluate({ account: { Title: 'Clerk' }, stored, options: synchronizedLater }));

    expect(row.values).toMatchObject([{ workflowState: 1, provisioningState: 0 }]);
  });

  it('stays an error until a person unblocks it or its values change', () => {
    const failed = { ...sent, provisioningState: 3, lastError: 'no such unit' } as const;
    const policyValues = { Login: 'E1', Title: 'Planner' };

    const same = only(evaluate({ account: null, stored: [assigned({ ...failed, policyValues })] }));
    const changed = only(evaluate({ account: null, stored: [assigned(failed)] }));

    expect(same).toMatchObject({ provisioningState: 3, lastError: 'no such unit' });
    expect(changed).toMatchObject({ provisioningState: 5, lastError: 'no such unit' });
  });
});

describe('evaluation of an account nobody is entitled to', () => {
  it('reports it, pre-existing at the very first evaluation', () => {
    expect(only(evaluate({ type: noRules }))).toMatchObject({
      workflowState: 1,
      provisioningState: 0,
      targetId: 10,
      values: [],
    });
    expect(only(evaluate({ type: noRules, options: { isFirstEvaluation: true } }))).toMatchObject({
      workflowState: 3,
    });
  });

  it('keeps it pre-existing afterwards', () => {
    const stored = [assigned({ workflowState: 3, provisioningState: 0, policyValues: {} })];

    expect(only(evaluate({ type: noRules, stored }))).toEqual(stored[0]);
  });

  it('takes back what was given', () => {
    const row = only(evaluate({ type: noRules, stored: [assigned()] }));

    expect(row).toMatchObject({ workflowState: 19, provisioningState: 1, targetId: 10 });
  });

  it('leaves the deletion to a person when the type may not remove', () => {
    const type = { ...noRules, allowRemove: false };
    const row = only(evaluate({ type, stored: [assigned()] }));

    expect(row).toMatchObject({ workflowState: 1, provisioningState: 0, targetId: 10 });
  });

  it('deletes on a decision though the type may not remove', () => {
    const type = { ...noRules, allowRemove: false, blockProvisioning: true };
    const stored = [assigned({ workflowState: 20, provisioningState: 0 })];

    expect(only(evaluate({ type, stored }))).toMatchObject({
      workflowState: 20,
      provisioningState: 1,
    });
  });

  it('never deletes an account that turns up for a creation that was never sent', () => {
    const stored = [assigned({ targetId: null, provisioningState: 1 })];

    expect(only(evaluate({ type: noRules, stored }))).toMatchObject({
      workflowState: 1,
      provisioningState: 0,
    });
  });

  it('forgets an unsent creation', () => {
    const stored = [assigned({ targetId: null, provisioningState: 5 })];

    expect(evaluate({ account: null, type: noRules, stored }).resourceTypes).toEqual([]);
  });

  it('closes the row once the deleted account is gone', () => {
    const stored = [assigned({ workflowState: 19, provisioningState: 8 })];

    expect(evaluate({ account: null, type: noRules, stored }).resourceTypes).toEqual([]);
  });

  it('reports a deletion that did not happen', () => {
    const stored = [assigned({ workflowState: 19, provisioningState: 8 })];
    const type = noRules;

    expect(only(evaluate({ type, stored, options: synchronizedEarlier }))).toEqual(stored[0]);
    const row = only(evaluate({ type, stored, options: synchronizedLater }));
    expect(row).toMatchObject({ workflowState: 19, provisioningState: 3 });
  });

  it('takes an unsent deletion back when the owner is entitled again', () => {
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const stored = [assigned({ workflowState: 19, provisioningState: 1, policyValues })];

    expect(only(evaluate({ stored }))).toMatchObject({ workflowState: 18, provisioningState: 4 });
  });

  it('keeps an account a person decided to keep', () => {
    const stored = [assigned({ workflowState: 16, provisioningState: 0, policyValues: {} })];
    const row = only(evaluate({ type: noRules, stored, account: { Title: 'Clerk' } }));

    expect(row).toMatchObject({ workflowState: 16, provisioningState: 4 });
    // Its values are not accepted with it.
    expect(row.values).toMatchObject([{ property: 'Title', workflowState: 1 }]);
  });
});

describe('evaluation of a value', () => {
  const verified = [assigned()];

  it('orders a change of the source', () => {
    const row = only(evaluate({ account: { Title: 'Buyer' }, stored: verified }));

    expect(row.values).toEqual([titleRow({ id: null, stateSince: timestamp })]);
    expect(row.policyValues).toEqual({ Login: 'E1', Title: 'Planner' });
  });

  it('never overwrites a change made in the system', () => {
    const stored = [assigned({ policyValues: { Login: 'E1', Title: 'Planner' } })];
    const row = only(evaluate({ account: { Title: 'Clerk' }, stored }));

    expect(row.values).toMatchObject([
      { workflowState: 1, provisioningState: 0, policyValue: 'Planner', currentValue: 'Clerk' },
    ]);
  });

  it('takes the side of the system when both changed', () => {
    const row = only(evaluate({ account: { Title: 'Clerk' }, stored: verified }));

    expect(row.values).toMatchObject([{ workflowState: 1, policyValue: 'Planner' }]);
  });

  it('fills empty values of an account seen for the first time, and leaves others to a person', () => {
    const empty = only(evaluate({ account: { Title: null } }));
    const other = only(evaluate({ account: { Title: 'Clerk' } }));
    const first = { isFirstEvaluation: true };
    const preExisting = only(evaluate({ account: { Title: 'Clerk' }, options: first }));

    expect(empty.values).toMatchObject([{ workflowState: 18, provisioningState: 1 }]);
    expect(other.values).toMatchObject([{ workflowState: 1, provisioningState: 0 }]);
    expect(preExisting.values).toMatchObject([{ workflowState: 3, provisioningState: 0 }]);
  });

  it('orders what a new rule gives to an account it knows', () => {
    const stored = [assigned({ policyValues: { Login: 'E1' } })];
    const row = only(evaluate({ account: { Title: 'Buyer' }, stored }));

    expect(row.values).toMatchObject([{ workflowState: 18, provisioningState: 1 }]);
  });

  it('compares as the rule says', () => {
    const scalarRules = [
      scalarRule('Title', scalarOf('Person:Title'), { comparisonType: 'IgnoreCase' }),
    ];
    const row = only(
      evaluate({ account: { Title: 'PLANNER' }, type: { scalarRules }, stored: verified }),
    );

    expect(row.values).toEqual([]);
  });

  it('writes values that are not mapped only at the creation', () => {
    const scalarRules = [scalarRule('Password', literal('secret'), { isMapped: false })];

    expect(only(evaluate({ account: null, type: { scalarRules } })).policyValues).toEqual({
      Password: 'secret',
    });
    expect(only(evaluate({ type: { scalarRules } }))).toMatchObject({
      policyValues: {},
      values: [],
    });
  });

  it('leaves a value alone that no rule gives any more', () => {
    const scalarRules = [scalarRule('Login', scalarOf('Person:Code'))];
    const stored = [assigned({ values: [titleRow()] })];
    const row = only(evaluate({ account: { Title: 'Buyer' }, type: { scalarRules }, stored }));

    expect(row).toMatchObject({ policyValues: { Login: 'E1' }, values: [] });
  });

  it('holds a change behind one that waits for a person', () => {
    const scalarRules = [
      scalarRule('Title', scalarOf('Person:Title')),
      scalarRule('Mail', literal('new')),
    ];
    const waiting = titleRow({ provisioningState: 5 });
    const policyValues = { Mail: 'old', Title: 'Planner' };
    const stored = [assigned({ policyValues, values: [waiting] })];
    const row = only(
      evaluate({ account: { Title: 'Buyer', Mail: 'old' }, type: { scalarRules }, stored }),
    );

    expect(row.values).toMatchObject([
      { property: 'Mail', provisioningState: 5, blockedBy: ['previous-order'] },
      { property: 'Title', provisioningState: 5, blockedBy: [] },
    ]);
  });

  it('holds a value found by a weak query for confirmation', () => {
    const queryRules = [queryRule('Unit', { confidence: 80 })];
    const row = only(evaluate({ type: { queryRules } }));

    expect(row.values).toMatchObject([
      { property: 'Unit', provisioningState: 5, blockedBy: ['confidence'], confidence: 80 },
    ]);
  });
});

describe('evaluation of links', () => {
  const type = { scalarRules: [], navigationRules: [groupRule('staff')] };

  it('adds a missing link and reports one no rule explains', () => {
    const row = only(evaluate({ type, groups: [22] }));

    expect(row.values).toMatchObject([
      {
        linkedId: 21,
        policyValue: '1',
        currentValue: null,
        workflowState: 18,
        provisioningState: 1,
      },
      {
        linkedId: 22,
        policyValue: null,
        currentValue: '1',
        workflowState: 1,
        provisioningState: 0,
      },
    ]);
    expect(row.policyValues).toEqual({ Groups: [21] });
  });

  it('takes back a link the policy had given', () => {
    const stored = [assigned({ policyValues: { Groups: [21, 22] } })];
    const row = only(evaluate({ type, groups: [21, 22], stored }));

    expect(row.values).toMatchObject([
      {
        linkedId: 22,
        policyValue: null,
        currentValue: '1',
        workflowState: 18,
        provisioningState: 1,
      },
    ]);
  });

  it('does not put a link back that somebody removed in the system', () => {
    const stored = [assigned({ policyValues: { Groups: [21] } })];
    const row = only(evaluate({ type, groups: [], stored }));

    expect(row.values).toMatchObject([{ linkedId: 21, workflowState: 1, provisioningState: 0 }]);
  });

  it('removes what a denying rule forbids and keeps going when a rule names an unknown resource', () => {
    const navigationRules = [
      groupRule('staff'),
      groupRule('sales'),
      groupRule('sales', { isDenied: true }),
      groupRule('nowhere'),
    ];
    const outcome = evaluate({ type: { scalarRules: [], navigationRules } });

    expect(only(outcome).policyValues).toEqual({ Groups: [21] });
    expect(outcome.failures).toMatchObject([{ property: 'Groups', resourceType: 'Account' }]);
  });
});

describe('evaluation of associations below the automatic level', () => {
  const type = { correlationRules: [correlationRule({ confidence: 80 })] };

  it('waits for a person and compares nothing yet', () => {
    const row = only(evaluate({ type, account: { Title: 'Clerk' } }));

    expect(row).toMatchObject({
      targetId: 10,
      provisioningState: 5,
      blockedBy: ['confidence'],
      confidence: 80,
      policyValues: {},
      values: [],
    });
  });

  it('compares once it is confirmed, as an account seen for the first time', () => {
    const confirmed = { provisioningState: 1, confidence: 80, policyValues: {} } as const;
    const row = only(
      evaluate({ type, account: { Title: 'Clerk' }, stored: [assigned(confirmed)] }),
    );

    expect(row).toMatchObject({ provisioningState: 4, confidence: 80 });
    expect(row.values).toMatchObject([{ workflowState: 1 }]);
  });

  it('creates an account of its own after a decline, and asks no more', () => {
    const declined = assigned({
      provisioningState: 0,
      isDenied: true,
      confidence: 80,
      policyValues: {},
    });
    const outcome = evaluate({ type, stored: [declined] });

    expect(outcome.resourceTypes).toMatchObject([
      { id: 1, isDenied: true, targetId: 10 },
      { id: null, targetId: null, provisioningState: 1 },
    ]);
  });

  it('never deletes what was only suggested', () => {
    const suggested = assigned({
      provisioningState: 5,
      blockedBy: ['confidence'],
      confidence: 80,
      policyValues: {},
    });
    const row = only(evaluate({ type: { ...type, ...noRules }, stored: [suggested] }));

    expect(row).toMatchObject({ workflowState: 1, provisioningState: 0 });
  });
});

describe('evaluation that fails', () => {
  it('keeps a failing value out of the way and leaves the others alone', () => {
    const scalarRules = [
      scalarRule('Title', failingOn('Person:Title', 'Planner')),
      scalarRule('Mail', literal('new')),
    ];
    const stored = [assigned({ policyValues: { Mail: 'old', Title: 'Buyer' } })];
    const outcome = evaluate({
      account: { Title: 'Buyer', Mail: 'old' },
      type: { scalarRules },
      stored,
    });

    expect(only(outcome)).toMatchObject({
      provisioningState: 4,
      policyValues: { Mail: 'new', Title: 'Buyer' },
      values: [
        { property: 'Mail', provisioningState: 1 },
        { property: 'Title', provisioningState: 7, lastError: 'The expression gave up.' },
      ],
    });
    expect(outcome.failures).toHaveLength(1);
  });

  it('comes back from a failure where it was', () => {
    const values = [titleRow({ provisioningState: 7, lastError: 'The expression gave up.' })];
    const policyValues = { Login: 'E1', Title: 'Planner' };
    const row = only(
      evaluate({ account: { Title: 'Buyer' }, stored: [assigned({ policyValues, values })] }),
    );

    expect(row.values).toMatchObject([{ id: 5, provisioningState: 1, lastError: null }]);
  });

  it('sends no creation with a value missing', () => {
    const scalarRules = [scalarRule('Title', failingOn('Person:Title', 'Planner'))];
    const row = only(evaluate({ account: null, type: { scalarRules } }));

    expect(row).toMatchObject({ provisioningState: 7, lastError: 'The expression gave up.' });
  });

  it('takes nothing away when the contexts cannot be computed', () => {
    const outcome = evaluate({
      hasContext: true,
      person: { Start: 'yesterday' },
      type: noRules,
      stored: [assigned()],
    });

    expect(only(outcome)).toMatchObject({ workflowState: 18, provisioningState: 7, targetId: 10 });
    expect(outcome.failures).toMatchObject([{ resourceType: null }]);
    expect(outcome.failures[0]?.message).not.toContain('yesterday');
  });

  it('leaves an excluded owner untouched', () => {
    const stored = [assigned({ values: [titleRow()] })];
    const outcome = evaluate({
      hasContext: true,
      person: { Draft: 'true' },
      type: noRules,
      stored,
    });

    expect(outcome.resourceTypes).toEqual(stored);
  });
});

describe('time', () => {
  it('prepares a future period and is due at its start', () => {
    const outcome = evaluate({
      hasContext: true,
      account: null,
      person: { Start: '20250701000000', End: '20260101000000' },
    });

    expect(only(outcome)).toMatchObject({
      startDate: '20250701000000',
      endDate: '20260101000000',
      provisioningState: 1,
    });
    expect(outcome.nextDueAt).toBe('20250701000000');
  });

  it('takes the account back at the end, which is exclusive', () => {
    const end = (date: string): AssignedResourceType =>
      only(evaluate({ hasContext: true, person: { End: date }, stored: [assigned()] }));

    expect(end('20250615120001')).toMatchObject({ workflowState: 18 });
    expect(end(now)).toMatchObject({ workflowState: 19, provisioningState: 1 });
  });

  it('keeps an account that exists before its first day', () => {
    const row = only(evaluate({ hasContext: true, person: { Start: '20250701000000' } }));

    expect(row).toMatchObject({ workflowState: 18, provisioningState: 4 });
  });

  it('does not keep an account through a gap', () => {
    const stored = [assigned({ startDate: '20240101000000', endDate: '20250601000000' })];
    const row = only(evaluate({ hasContext: true, person: { Start: '20250701000000' }, stored }));

    expect(row).toMatchObject({ workflowState: 19, provisioningState: 1 });
  });

  it('is always due when an expression reads the clock', () => {
    const scalarRules = [scalarRule('Title', today())];

    expect(evaluate({ type: { scalarRules } }).nextDueAt).toBe('20250615120001');
    expect(evaluate({}).nextDueAt).toBeNull();
  });

  it('keeps the account for the rule that disables it after the end', () => {
    const after = { reference: 'After', beforeMinutes: 0, afterMinutes: 60 * 24 * 30 } as const;
    const scalarRules = [
      scalarRule('Enabled', literal('true')),
      scalarRule('Enabled', literal('false'), { timeOffset: after }),
    ];
    const stored = [assigned({ policyValues: { Enabled: 'true' } })];
    const at = (End: string): OwnerOutcome =>
      evaluate({
        hasContext: true,
        account: { Enabled: 'true' },
        person: { End },
        type: { scalarRules },
        stored,
      });

    const outcome = at('20250601000000');
    expect(only(outcome)).toMatchObject({
      workflowState: 18,
      endDate: '20250701000000',
      values: [{ property: 'Enabled', policyValue: 'false', provisioningState: 1 }],
    });
    expect(outcome.nextDueAt).toBe('20250701000000');
    expect(only(at('20250101000000'))).toMatchObject({ workflowState: 19 });
  });
});
