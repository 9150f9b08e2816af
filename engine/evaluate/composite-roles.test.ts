import { describe, expect, it } from 'vitest';
import type { CompositeRoleRule, Role, RuleType, SingleRoleRule } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import {
  assignedRole,
  Graph,
  inDepartment,
  matchesOf,
  modelOf,
  now,
  optionsOf,
  personContext,
  roleOf,
  roleRule,
} from './graph.fixture.ts';
import { computeRoles, type RoleOutcome } from './roles.ts';
import type { AssignedRole, RoleKind } from './types.ts';

interface Company {
  readonly composites?: readonly Role[];
  readonly compositeRules?: readonly CompositeRoleRule[];
  readonly singles?: readonly Role[];
  readonly singleRules?: readonly SingleRoleRule[];
  readonly stored?: readonly AssignedRole[];
  readonly start?: string;
  readonly isExternal?: boolean;
}

/* Person 1 works in Sales, below Head, from `start` until the end of 2025. */
function compute(company: Company): RoleOutcome {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' }, { Parent: [['Department', 42]] })
    .put('Department', 42, { Code: 'Head' })
    .put(
      'Person',
      1,
      { Start: company.start ?? '20250101000000', End: '20260101000000' },
      { Department: [['Department', 41]] },
    );
  const at = { file: 'rules.xml', line: 1, column: 1 };
  const model = modelOf({
    contextRules: [personContext],
    compositeRoles: company.composites ?? [roleOf('Seller'), roleOf('Lead')],
    compositeRoleRules: company.compositeRules ?? [],
    roles: company.singles ?? [roleOf('Shop'), roleOf('Till')],
    singleRoleRules: company.singleRules ?? [],
    policies: [
      {
        identifier: 'Default',
        displayName: 'Default',
        isProvisioningEnabled: true,
        isExternal: company.isExternal ?? false,
        at,
      },
    ],
  });
  const outcome = computeContexts(model, graph.get('Person', 1), matchesOf(graph, model), now);
  if (outcome.status !== 'computed') throw new Error('The contexts failed.');
  const { contexts } = outcome;
  const stored = company.stored ?? [];
  return computeRoles(model, 'Person', contexts, stored, matchesOf(graph, model), optionsOf());
}

const composite = (role: string, parts: Partial<CompositeRoleRule> = {}): CompositeRoleRule =>
  roleRule(role, parts);
const rowOf = (outcome: RoleOutcome, kind: RoleKind, role: string): AssignedRole | undefined =>
  outcome.rows.find((row) => row.kind === kind && row.role === role);
const inSales = inDepartment('Sales');

describe('composite roles', () => {
  it('give the single roles that ask for them, and those say that a role gave them', () => {
    const outcome = compute({
      compositeRules: [composite('Seller', { criteria: inSales })],
      singleRules: [roleRule('Shop', { compositeRole: 'Seller' })],
    });

    expect(rowOf(outcome, 'composite', 'Seller')).toMatchObject({ workflowState: 18 });
    expect(rowOf(outcome, 'single', 'Shop')).toMatchObject({
      workflowState: 18,
      isInferred: true,
      endDate: '20260101000000',
    });
    expect(outcome.held.has('Shop')).toBe(true);
  });

  it('give a single role only where the rest of its rule holds as well', () => {
    const rule = { compositeRole: 'Seller', criteria: inDepartment('Elsewhere') };
    const outcome = compute({
      compositeRules: [composite('Seller')],
      singleRules: [roleRule('Shop', rule)],
    });

    expect(rowOf(outcome, 'single', 'Shop')).toBeUndefined();
  });

  it('a single role that a rule gives by itself as well is not only inferred', () => {
    const outcome = compute({
      compositeRules: [composite('Seller')],
      singleRules: [roleRule('Shop', { compositeRole: 'Seller' }), roleRule('Shop')],
    });

    expect(rowOf(outcome, 'single', 'Shop')).toMatchObject({ isInferred: false });
  });

  it('follow the roles they are given by, in whatever order they are declared', () => {
    const chain = [
      composite('C', { parentRole: 'B' }),
      composite('B', { parentRole: 'A' }),
      composite('A'),
    ];
    const composites = [roleOf('C'), roleOf('B'), roleOf('A')];
    const singleRules = [roleRule('Shop', { compositeRole: 'C' })];

    const outcome = compute({ composites, compositeRules: chain, singleRules });
    const denied = compute({
      composites,
      compositeRules: [...chain, composite('A', { isDenied: true })],
      singleRules,
    });

    expect(outcome.rows.map((row) => [row.role, row.isInferred])).toEqual([
      ['A', false],
      ['B', true],
      ['C', true],
      ['Shop', true],
    ]);
    expect(denied.rows).toEqual([]);
  });

  it('held by hand give their single roles for as long as they are held', () => {
    const stored = [
      assignedRole('Seller', {
        id: 7,
        kind: 'composite',
        workflowState: 16,
        request: 'assign',
        endDate: '20250901000000',
      }),
    ];
    const singleRules = [roleRule('Shop', { compositeRole: 'Seller' })];

    expect(rowOf(compute({ singleRules, stored }), 'single', 'Shop')).toMatchObject({
      isInferred: true,
      endDate: '20250901000000',
    });
  });

  it('that only wait for approval give nothing', () => {
    const stored = [
      assignedRole('Seller', { id: 7, kind: 'composite', workflowState: 8, request: 'assign' }),
    ];
    const singleRules = [roleRule('Shop', { compositeRole: 'Seller' })];

    expect(compute({ singleRules, stored }).rows.map((row) => row.role)).toEqual(['Seller']);
  });

  it.each<[RuleType, number]>([
    ['Suggested', 21],
    ['RequestedAutomatically', 22],
  ])('that are only proposed (%s) are listed in state %i and give nothing', (type, state) => {
    const outcome = compute({
      compositeRules: [composite('Seller', { type })],
      singleRules: [roleRule('Shop', { compositeRole: 'Seller' })],
    });

    expect(outcome.rows).toMatchObject([{ role: 'Seller', workflowState: state }]);
  });

  it('automatic with validation are laid out for whoever has not begun yet', () => {
    const rule = composite('Seller', { type: 'RequestedAutomatically' });
    const outcome = compute({ compositeRules: [rule], start: '20250701000000' });

    expect(outcome.rows).toMatchObject([{ role: 'Seller', workflowState: 23 }]);
  });

  it.each([
    { grant: 1, denial: 2, held: true },
    { grant: 2, denial: 1, held: false },
    { grant: 1, denial: 1, held: false },
  ])('granted at $grant and denied at $denial: $held', ({ grant, denial, held }) => {
    const outcome = compute({
      compositeRules: [
        composite('Seller', { priority: grant }),
        composite('Seller', { priority: denial, isDenied: true }),
      ],
    });

    expect(outcome.composites.has('Seller')).toBe(held);
  });

  it('denied by a person stay denied, and what they gave goes', () => {
    const denial = assignedRole('Seller', {
      id: 7,
      kind: 'composite',
      workflowState: 16,
      isDenied: true,
      request: 'deny',
    });
    const outcome = compute({
      compositeRules: [composite('Seller')],
      singleRules: [roleRule('Shop', { compositeRole: 'Seller' })],
      stored: [denial],
    });

    expect(outcome.rows).toEqual([denial]);
  });

  it('whose denial still waits, or was refused, are held', () => {
    for (const workflowState of [8, 17] as const) {
      const denial = assignedRole('Seller', {
        id: 7,
        kind: 'composite',
        workflowState,
        isDenied: true,
        request: 'deny',
      });
      const outcome = compute({ compositeRules: [composite('Seller')], stored: [denial] });

      expect(outcome.composites.has('Seller')).toBe(true);
    }
  });

  it('of a policy that is kept elsewhere are neither given nor taken', () => {
    const stored = [assignedRole('Lead', { id: 7, kind: 'composite' })];
    const outcome = compute({
      compositeRules: [composite('Seller')],
      stored,
      isExternal: true,
    });

    expect(outcome.rows).toEqual(stored);
    expect([...outcome.composites.keys()]).toEqual(['Lead']);
  });
});
