import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assigned,
  correlationRule,
  expression,
  Graph,
  matchesOf,
  modelOf,
  now,
  optionsOf,
  personContext,
  scalarOf,
  scalarRule,
  store,
} from './graph.fixture.ts';
import type { AssignedResourceType, OwnerOutcome } from './types.ts';

/*
 * Person 1 (E1) of Sales is given the account E1. Accounts may be several: one that is asked for with another department is
 * E1-Stock, E1-Audit, or, with Sales, E1 again. The rule that correlates knows the person alone: everything before the dash.
 */
const login = expression(['Person:Code'], false, (person, { assignment }) => {
  const department = assignment?.parametersValues?.get('Department') ?? 'Sales';
  const code = person.scalar('Code') ?? '';
  return { kind: 'text', value: department === 'Sales' ? code : `${code}-${department}` };
});
const ownerOfLogin = expression(['Account:Login'], false, (account) => ({
  kind: 'text',
  value: (account.scalar('Login') ?? '').split('-')[0] ?? null,
}));
const several = accountType({
  correlateMultipleResources: true,
  parameters: ['Department'],
  scalarRules: [scalarRule('Login', login), scalarRule('Title', scalarOf('Person:Title'))],
  correlationRules: [correlationRule({ target: ownerOfLogin })],
});

interface Scene {
  readonly stored: readonly AssignedResourceType[];
  readonly accounts?: readonly (readonly [id: number, login: string])[];
  readonly type?: Partial<ResourceType>;
}

function evaluate({ stored, accounts = [], type = {} }: Scene): OwnerOutcome {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' })
    .put('Department', 42, { Code: 'Stock' })
    .put('Department', 43, { Code: 'Audit' })
    .put(
      'Person',
      1,
      { Code: 'E1', Title: 'Buyer', Start: '20250101000000', End: '20260101000000' },
      { Department: [['Department', 41]] },
    );
  for (const [id, name] of accounts) graph.put('Account', id, { Login: name, Title: 'Buyer' });
  const model = modelOf({
    contextRules: [personContext],
    resourceTypes: [{ ...several, ...type }],
  });
  const owner = graph.get('Person', 1);
  const matches = matchesOf(graph, model);
  const options = optionsOf();
  const outcome = evaluateOwner(
    model,
    { owner, roles: [], resourceTypes: stored },
    matches,
    options,
  );
  const kept = store(outcome);
  const again = evaluateOwner(model, { owner, ...kept }, matches, options);
  expect(again.resourceTypes).toEqual(kept.resourceTypes);
  return outcome;
}

const asked = (
  id: number,
  department: string,
  parts: Partial<AssignedResourceType> = {},
): AssignedResourceType =>
  assigned({
    ...{ id, targetId: null, workflowState: 16, provisioningState: 0, policyValues: {} },
    ...{ request: 'assign', requestedBy: 'eva', parameters: { Department: department } },
    ...parts,
  });

/** `7: 16/1 E1-Stock in 12`, by login. */
const shown = ({ resourceTypes }: OwnerOutcome): readonly string[] =>
  resourceTypes
    .map(({ id, workflowState, provisioningState, policyValues, targetId }) =>
      [
        `${id}: ${workflowState}/${provisioningState}`,
        policyValues['Login'],
        targetId === null ? '' : `in ${targetId}`,
      ]
        .join(' ')
        .trim(),
    )
    .toSorted();

const noRules = { typeRules: [] };

describe('accounts that are asked for beside another', () => {
  it('are made, each with its own parameters, beside the one that a rule gives', () => {
    const outcome = evaluate({ stored: [asked(7, 'Stock'), asked(8, 'Audit')] });

    expect(shown(outcome)).toEqual(['7: 16/1 E1-Stock', '8: 16/1 E1-Audit', 'null: 18/1 E1']);
    expect(evaluate({ stored: [asked(7, 'Stock')], type: noRules }).resourceTypes).toMatchObject([
      { id: 7, request: 'assign', parameters: { Department: 'Stock' } },
    ]);
  });

  it('belong to the rows they were made for, whichever is found first', () => {
    const sent = { provisioningState: 8, orderId: 5 } as const;
    const stored = [
      assigned({ id: 6, targetId: null, ...sent, policyValues: { Login: 'E1' } }),
      asked(7, 'Stock', { ...sent, policyValues: { Login: 'E1-Stock' } }),
      asked(8, 'Audit', { ...sent, policyValues: { Login: 'E1-Audit' } }),
    ];
    const accounts = [
      [10, 'E1-AUDIT'],
      [11, 'E1-Stock'],
      [12, 'E1'],
    ] as const;

    const rows = evaluate({ stored, accounts }).resourceTypes;

    expect(rows.map(({ id, targetId }) => [id, targetId])).toEqual([
      [8, 10],
      [7, 11],
      [6, 12],
    ]);
  });

  it('are not made with the key of another one: neither of one that is given nor of one that is there', () => {
    const given = evaluate({ stored: [asked(7, 'Sales')] });

    expect(shown(given)).toEqual(['7: 16/7 E1', 'null: 18/1 E1']);
    expect(given.resourceTypes.find(({ id }) => id === 7)?.lastError).toContain('Login E1, which');
    const there = [assigned({ id: 6, targetId: 12, policyValues: { Login: 'E1' } })];
    const held = evaluate({ stored: [...there, asked(7, 'Sales')], accounts: [[12, 'E1']] });
    expect(shown(held)).toEqual(['6: 18/4 E1 in 12', '7: 16/7 E1']);
    // Whoever was first keeps the name.
    const twice = [
      asked(7, 'Stock'),
      asked(8, 'Stock', { parameters: { Department: 'Stock', A: 'b' } }),
    ];
    expect(shown(evaluate({ stored: twice, type: noRules }))).toEqual([
      '7: 16/1 E1-Stock',
      '8: 16/7 E1-Stock',
    ]);
  });

  it('take over an account of that key that nothing gave', () => {
    const found = assigned({ id: 6, targetId: 11, workflowState: 1, policyValues: {} });
    const other = assigned({ id: 5, targetId: 10, workflowState: 1, policyValues: {} });
    const accounts = [
      [10, 'E1-Audit'],
      [11, 'E1-Stock'],
    ] as const;

    const outcome = evaluate({
      stored: [other, found, asked(7, 'Stock')],
      accounts,
      type: noRules,
    });

    expect(outcome.resourceTypes).toMatchObject([
      { id: 5, targetId: 10, workflowState: 1, request: null },
      { id: 6, targetId: 11, workflowState: 16, request: 'assign', amends: 7 },
    ]);
  });

  it('end for themselves, and leave what a rule gives', () => {
    const rows = [
      assigned({ id: 6, targetId: 12, policyValues: { Login: 'E1' } }),
      asked(7, 'Stock', { targetId: 11, provisioningState: 4, endDate: now }),
    ];
    const accounts = [
      [11, 'E1-Stock'],
      [12, 'E1'],
    ] as const;

    expect(evaluate({ stored: rows, accounts }).resourceTypes).toMatchObject([
      { id: 7, targetId: 11, workflowState: 19, provisioningState: 1 },
      { id: 6, targetId: 12, workflowState: 18, provisioningState: 4 },
    ]);
  });

  it('wait for their day without touching the others', () => {
    const later = asked(7, 'Stock', { startDate: '20250701000000' });
    const outcome = evaluate({ stored: [later] });

    expect(shown(outcome)).toEqual(['7: 16/0', 'null: 18/1 E1']);
    expect(outcome.nextDueAt).toBe('20250701000000');
  });

  it('are one account where the resource type allows one', () => {
    const type = { correlateMultipleResources: false };
    const rows = [
      assigned({ id: 6, targetId: 12, policyValues: { Login: 'E1' } }),
      asked(7, 'Stock'),
    ];

    expect(evaluate({ stored: rows, accounts: [[12, 'E1']], type }).resourceTypes).toMatchObject([
      { id: 6, targetId: 12, workflowState: 16, request: 'assign', amends: 7 },
    ]);
  });
});
