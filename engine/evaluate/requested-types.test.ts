import { describe, expect, it } from 'vitest';
import type { ResourceType, TypeRule } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import { explainOwner } from './explain-owner.ts';
import {
  accountType,
  assigned,
  Graph,
  groupRule,
  inDepartment,
  matchesOf,
  modelOf,
  now,
  optionsOf,
  personContext,
  scalarOf,
  scalarRule,
  store,
  typeRule,
} from './graph.fixture.ts';
import type { AssignedResourceType, EvaluationOptions, OwnerOutcome } from './types.ts';

/*
 * Person 1 works in Sales until 2026 and may be asked an account for: the rules of the type give it to Stock alone. Account 10
 * has the person's code.
 */
interface Scene {
  readonly stored?: readonly AssignedResourceType[];
  readonly type?: Partial<ResourceType>;
  readonly account?: boolean;
  readonly end?: string;
  readonly start?: string;
  readonly options?: Partial<EvaluationOptions>;
}

function sceneOf({ stored = [], type = {}, account = false, ...person }: Scene) {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' })
    .put('Department', 42, { Code: 'Stock' })
    .put('Group', 31, { Name: 'SalesGroup' })
    .put('Group', 32, { Name: 'StockGroup' })
    .put(
      'Person',
      1,
      {
        Code: 'E1',
        Title: 'Buyer',
        Start: person.start ?? '20250101000000',
        End: person.end ?? '20260101000000',
      },
      { Department: [['Department', 41]] },
    );
  if (account) graph.put('Account', 10, { Login: 'E1', Title: 'Buyer' });
  const own = accountType({ typeRules: [forStock], ...type });
  const model = modelOf({ contextRules: [personContext], resourceTypes: [own] });
  const options = optionsOf(person.options);
  return { graph, model, options, stored };
}

function evaluate(scene: Scene): OwnerOutcome {
  const { graph, model, options, stored } = sceneOf(scene);
  const state = { owner: graph.get('Person', 1), roles: [], resourceTypes: stored };
  const outcome = evaluateOwner(model, state, matchesOf(graph, model), options);
  expect(outcome.failures).toEqual([]);
  // Evaluating the outcome again gives the outcome.
  const kept = store(outcome);
  const again = evaluateOwner(
    model,
    { owner: graph.get('Person', 1), ...kept },
    matchesOf(graph, model),
    options,
  );
  expect(again.resourceTypes).toEqual(kept.resourceTypes);
  expect(again.nextDueAt).toBe(outcome.nextDueAt);
  return outcome;
}

const forStock: TypeRule = typeRule({ criteria: inDepartment('Stock') });
const everybody = { typeRules: [typeRule()] };
const asked = (parts: Partial<AssignedResourceType> = {}): AssignedResourceType =>
  assigned({
    ...{ id: 7, targetId: null, workflowState: 16, provisioningState: 0, policyValues: {} },
    ...{ request: 'assign', requestedBy: 'eva' },
    ...parts,
  });
const denial = (parts: Partial<AssignedResourceType> = {}): AssignedResourceType =>
  asked({ isDenied: true, request: 'deny', ...parts });
/** New rows first. */
const shown = ({ resourceTypes }: OwnerOutcome) =>
  resourceTypes
    .map((row) => [row.id, row.workflowState, row.provisioningState])
    .toSorted(([left = 0], [right = 0]) => (left ?? 0) - (right ?? 0));

describe('a request for a resource type', () => {
  it.each([2, 4, 8, 9, 10, 11, 12, 13, 17, 25, 26] as const)(
    'gives nothing in state %s, and stays as it is',
    (workflowState) => {
      const row = asked({ workflowState });

      expect(evaluate({ stored: [row] }).resourceTypes).toEqual([row]);
      // What nobody agreed to is an account without a right.
      expect(shown(evaluate({ stored: [row], account: true }))).toEqual([
        [null, 1, 0],
        [7, workflowState, 0],
      ]);
    },
  );

  it('stays beside what a rule gives, and does not touch it', () => {
    const row = asked({ workflowState: 8 });

    const outcome = evaluate({
      stored: [assigned({ id: 3 }), row],
      type: everybody,
      account: true,
    });

    expect(outcome.resourceTypes).toMatchObject([{ id: 3, workflowState: 18 }, row]);
  });

  it('that is agreed to is created, reviewed where orders of the type are', () => {
    const values = { Login: 'E1', Title: 'Buyer' };

    expect(evaluate({ stored: [asked()] }).resourceTypes).toMatchObject([
      { id: 7, workflowState: 16, provisioningState: 1, policyValues: values, requestedBy: 'eva' },
    ]);
    const blocked = evaluate({ stored: [asked()], type: { blockProvisioning: true } });
    expect(shown(blocked)).toEqual([[7, 16, 5]]);
    const risky = evaluate({ stored: [asked({ workflowState: 116 })] });
    expect(shown(risky)).toEqual([[7, 116, 1]]);
  });

  it('takes the account that is there, without an order', () => {
    expect(evaluate({ stored: [asked()], account: true }).resourceTypes).toMatchObject([
      { id: 7, targetId: 10, workflowState: 16, provisioningState: 4 },
    ]);
  });

  it('ends with the records of its owner, and keeps its own dates until then', () => {
    const row = asked({ targetId: 10, provisioningState: 4 });
    const before = evaluate({ stored: [row], account: true, end: '20250701000000' });
    const after = evaluate({ stored: [row], account: true, end: '20250601000000' });

    expect(before.resourceTypes).toMatchObject([{ workflowState: 16, endDate: null }]);
    expect(before.nextDueAt).toBe('20250701000000');
    expect(shown(after)).toEqual([[7, 19, 1]]);
  });

  it('that is over is withdrawn, or handed to the rule that gives it', () => {
    const row = asked({ targetId: 10, provisioningState: 4, endDate: now });

    expect(shown(evaluate({ stored: [row], account: true }))).toEqual([[7, 19, 1]]);
    expect(evaluate({ stored: [row], account: true, type: everybody }).resourceTypes).toMatchObject(
      [{ id: 7, workflowState: 18, provisioningState: 4, request: null, requestedBy: null }],
    );
    expect(shown(evaluate({ stored: [asked({ endDate: now })] }))).toEqual([]);
  });

  it('that was only asked for ends with its time', () => {
    expect(shown(evaluate({ stored: [asked({ workflowState: 8, endDate: now })] }))).toEqual([]);
  });
});

describe('a resource type that somebody agreed to', () => {
  it('takes over a creation that was not sent, and the proposal of a rule', () => {
    const parts = { id: 3, targetId: null, provisioningState: 1 } as const;

    const ordered = evaluate({ stored: [assigned(parts), asked()], type: everybody });
    expect(shown(ordered)).toEqual([[3, 16, 1]]);
    const proposed = assigned({ ...parts, workflowState: 21, provisioningState: 0 });
    expect(shown(evaluate({ stored: [proposed, asked()] }))).toEqual([[7, 16, 1]]);
  });

  it.each([
    ['a rule gave', 18],
    ['was found', 1],
    ['is on its way out', 19],
  ] as const)('takes over the account that %s', (_, workflowState) => {
    const holder = assigned({ id: 3, workflowState, provisioningState: 4 });
    const stored = [holder, asked({ endDate: '20250901000000' })];

    expect(evaluate({ stored, account: true }).resourceTypes).toMatchObject([
      {
        ...{ id: 3, targetId: 10, workflowState: 16, provisioningState: 4 },
        ...{ request: 'assign', requestedBy: 'eva', endDate: '20250901000000' },
      },
    ]);
  });

  it('does not wait for a withdrawal that has no account', () => {
    const withdrawal = assigned({
      ...{ id: 3, targetId: null, workflowState: 20, provisioningState: 0 },
    });

    expect(shown(evaluate({ stored: [withdrawal, asked()] }))).toEqual([[7, 16, 1]]);
  });

  it('takes over the oldest of several rows, in whatever order they come', () => {
    const found = { targetId: null, workflowState: 1, provisioningState: 0 } as const;
    const stored = [asked(), assigned({ id: 8, ...found }), assigned({ id: 9, ...found })];

    expect(shown(evaluate({ stored }))).toEqual([[8, 16, 1]]);
    expect(shown(evaluate({ stored: stored.toReversed() }))).toEqual([[8, 16, 1]]);
  });

  it('waits until an account whose deletion was sent is gone', () => {
    const leaving = { id: 3, workflowState: 19, provisioningState: 2, orderId: 5 } as const;
    const sent = assigned(leaving);

    expect(shown(evaluate({ stored: [sent, asked()], account: true }))).toEqual([
      [3, 19, 2],
      [7, 16, 0],
    ]);
    const done = assigned({ ...leaving, provisioningState: 8 });
    expect(shown(evaluate({ stored: [done, asked()] }))).toEqual([[7, 16, 1]]);
  });

  it('for later stands aside until its day comes, or the hours before that orders may take', () => {
    const startDate = '20250616000000';
    const later = asked({ startDate });

    const waiting = evaluate({ stored: [later] });
    expect(shown(waiting)).toEqual([[7, 16, 0]]);
    expect(waiting.nextDueAt).toBe(startDate);
    expect(shown(evaluate({ stored: [later], options: { now: startDate } }))).toEqual([[7, 16, 1]]);
    const ahead = { fulfillHoursAheadOfTime: 24 };
    expect(shown(evaluate({ stored: [later], type: ahead }))).toEqual([[7, 16, 1]]);
    const given = evaluate({ stored: [later], type: { ...ahead, ...everybody } });
    expect(shown(given)).toEqual([
      [null, 18, 1],
      [7, 16, 0],
    ]);
  });

  it('has the parameters that were given, whatever its owner is', () => {
    const type = {
      requiredParameters: ['Department'],
      navigationRules: [
        groupRule('SalesGroup', { criteria: inDepartment('Sales') }),
        groupRule('StockGroup', { criteria: inDepartment('Stock') }),
      ],
    };
    const stock = asked({ parameters: { Department: 'Stock' } });

    expect(evaluate({ stored: [stock], type }).resourceTypes).toMatchObject([
      { id: 7, policyValues: { Groups: [32] } },
    ]);
    // Without the request the group of the owner's own department would come with an account.
    expect(evaluate({ type }).resourceTypes).toMatchObject([{ policyValues: { Groups: [31] } }]);
  });
});

describe('the denial of a resource type', () => {
  it('takes it away, and is remembered', () => {
    const stored = [assigned({ id: 3 }), denial()];

    const outcome = evaluate({ stored, type: everybody, account: true });

    expect(shown(outcome)).toEqual([
      [3, 19, 1],
      [7, 16, 0],
    ]);
    expect(shown(evaluate({ stored: [denial()], type: everybody }))).toEqual([[7, 16, 0]]);
  });

  it.each([8, 17] as const)('takes nothing away in state %s', (workflowState) => {
    const stored = [assigned({ id: 3 }), denial({ workflowState })];

    expect(shown(evaluate({ stored, type: everybody, account: true }))).toContainEqual([3, 18, 4]);
  });

  it('counts for its time', () => {
    const later = denial({ startDate: '20250701000000', endDate: '20250801000000' });

    const outcome = evaluate({ stored: [later], type: everybody });

    expect(shown(outcome)).toContainEqual([null, 18, 1]);
    expect(outcome.nextDueAt).toBe('20250701000000');
    expect(shown(evaluate({ stored: [denial({ endDate: now })], type: everybody }))).toEqual([
      [null, 18, 1],
    ]);
  });

  it('is told: no rule gives what is denied', () => {
    const { graph, model, options } = sceneOf({ type: everybody });
    const explain = (resourceTypes: readonly AssignedResourceType[]) =>
      explainOwner(
        model,
        { owner: graph.get('Person', 1), roles: [], resourceTypes },
        matchesOf(graph, model),
        options,
      );

    expect(explain([])).not.toEqual([]);
    expect(explain([denial()])).toEqual([]);
  });
});

describe('a resource type with a required parameter', () => {
  const type = {
    typeRules: [typeRule()],
    requiredParameters: ['Department'],
    scalarRules: [scalarRule('Login', scalarOf('Person:Code'))],
  };
  const lost = (parts: Partial<AssignedResourceType> = {}): Scene => ({
    type: { ...type, requiredParameters: ['Elsewhere'] },
    ...(Object.keys(parts).length === 0 ? {} : { stored: [assigned(parts)] }),
  });

  it('that a rule gives takes its value from the owner', () => {
    expect(shown(evaluate({ type }))).toEqual([[null, 18, 1]]);
  });

  it('is not created while it has none', () => {
    expect(evaluate(lost()).resourceTypes).toMatchObject([
      { workflowState: 5, provisioningState: 0, policyValues: {} },
    ]);
    const ordered = { id: 3, targetId: null, provisioningState: 1 } as const;
    expect(shown(evaluate(lost(ordered)))).toEqual([[3, 5, 0]]);
  });

  it('is not created once more without it, when its account has vanished', () => {
    expect(shown(evaluate(lost({ id: 3 })))).toEqual([[3, 5, 0]]);
  });

  it('is created once a person gave it, and keeps what is there', () => {
    const parameters = { Elsewhere: 'here' };
    const completed = { id: 3, targetId: null, provisioningState: 0, parameters } as const;

    expect(evaluate(lost(completed)).resourceTypes).toMatchObject([
      { id: 3, workflowState: 18, provisioningState: 1, parameters },
    ]);
    expect(shown(evaluate({ ...lost({ id: 3 }), account: true }))).toEqual([[3, 18, 4]]);
  });
});

describe('a resource type that rules only propose', () => {
  const proposed = { typeRules: [typeRule({ type: 'RequestedAutomatically' })] };

  it('is laid out for a new worker until the first record has begun', () => {
    const start = '20250701000000';

    expect(shown(evaluate({ type: proposed, start }))).toEqual([[null, 23, 0]]);
    expect(shown(evaluate({ type: proposed }))).toEqual([[null, 22, 0]]);
  });

  it('is not proposed to whom somebody asked it for', () => {
    const waiting = asked({ workflowState: 8 });
    const refused = asked({ workflowState: 17 });

    expect(shown(evaluate({ type: proposed, stored: [waiting] }))).toEqual([[7, 8, 0]]);
    expect(shown(evaluate({ type: proposed, stored: [refused] }))).toEqual([
      [null, 22, 0],
      [7, 17, 0],
    ]);
    expect(shown(evaluate({ type: proposed, stored: [denial()] }))).toEqual([[7, 16, 0]]);
  });
});
