import { describe, expect, it } from 'vitest';
import type { SingleRoleRule } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import {
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
import { listRoleRules } from './role-rules.ts';
import { computeRoles, type RoleOutcome } from './roles.ts';
import type { AssignedRole } from './types.ts';

interface Situation {
  readonly rules: readonly SingleRoleRule[];
  readonly department?: string;
  readonly end?: string;
  readonly grace?: number;
  readonly stored?: readonly AssignedRole[];
  readonly at?: string;
}

const former = new Map<string, ReturnType<typeof listRoleRules>[number]['rules']>();

/* Person 1 works in a department until `end`; what it was given by is remembered from call to call. */
function compute(situation: Situation): RoleOutcome {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' })
    .put('Department', 42, { Code: 'Stock' })
    .put(
      'Person',
      1,
      { Start: '20250101000000', End: situation.end ?? '20260101000000' },
      { Department: [['Department', situation.department === 'Stock' ? 42 : 41]] },
    );
  const model = modelOf({
    contextRules: [personContext],
    roles: [roleOf('Shop', { gracePeriodMinutes: situation.grace ?? 60 })],
    singleRoleRules: situation.rules,
  });
  for (const { digest, rules } of listRoleRules(model)) former.set(digest, rules);
  const at = situation.at ?? now;
  const matches = matchesOf(graph, model);
  const found = computeContexts(model, graph.get('Person', 1), matches, at);
  if (found.status !== 'computed') throw new Error('The contexts failed.');
  const outcome = computeRoles(model, 'Person', found.contexts, situation.stored ?? [], matches, {
    ...optionsOf({ now: at }),
    formerRules: (digest) => former.get(digest) ?? null,
  });
  return { ...outcome, rows: outcome.rows.map((row) => ({ ...row, id: row.id ?? 7 })) };
}

const forSales = roleRule('Shop', { criteria: inDepartment('Sales') });
const forStock = roleRule('Shop', { criteria: inDepartment('Stock') });
const given = (): readonly AssignedRole[] => compute({ rules: [forSales] }).rows;

describe('a role that a change of rules takes away', () => {
  it('goes on for its grace period, and stays effective', () => {
    const outcome = compute({ rules: [forStock], stored: given() });

    expect(outcome.rows).toMatchObject([
      { id: 7, workflowState: 27, startDate: '20250101000000', endDate: '20250615130000' },
    ]);
    expect(outcome.held.get('Shop')).toEqual([
      { startDate: '20250101000000', endDate: '20250615130000' },
    ]);
  });

  it('goes on as well when its last rule is gone, or a denial came', () => {
    const denial = roleRule('Shop', { isDenied: true });

    expect(compute({ rules: [], stored: given() }).rows).toMatchObject([{ workflowState: 27 }]);
    expect(compute({ rules: [forSales, denial], stored: given() }).rows).toMatchObject([
      { workflowState: 27 },
    ]);
  });

  it('is lost at the end of the grace period, and not prolonged again', () => {
    const prolonged = compute({ rules: [], stored: given() }).rows;
    const again = compute({ rules: [], stored: prolonged, at: '20250615123000' });
    const after = compute({ rules: [], stored: prolonged, at: '20250615130000' });

    expect(again.rows).toEqual(prolonged);
    expect(after.rows).toEqual([]);
    expect(after.held.has('Shop')).toBe(false);
    expect(after.ended).toMatchObject([{ id: 7 }]);
  });

  it('does not go on longer than it would have lasted', () => {
    const end = '20250615121000';
    const stored = compute({ rules: [forSales], end }).rows;

    expect(compute({ rules: [], stored, end }).rows).toMatchObject([{ endDate: end }]);
  });

  it('is calculated again once a rule gives it again', () => {
    const prolonged = compute({ rules: [], stored: given() }).rows;

    expect(compute({ rules: [forSales], stored: prolonged }).rows).toMatchObject([
      { id: 7, workflowState: 18, endDate: '20260101000000' },
    ]);
  });

  it('is lost at once without a grace period', () => {
    expect(compute({ rules: [], stored: given(), grace: 0 }).rows).toEqual([]);
  });
});

describe('a role that a change of the person takes away', () => {
  it('is lost at once', () => {
    const outcome = compute({ rules: [forSales], stored: given(), department: 'Stock' });

    expect(outcome.rows).toEqual([]);
  });

  it('is lost at once though the rules changed as well', () => {
    const other = roleRule('Shop', { criteria: inDepartment('Head') });
    const outcome = compute({ rules: [other], stored: given(), department: 'Stock' });

    expect(outcome.rows).toEqual([]);
  });

  it('is lost at once while a change of rules prolongs it', () => {
    const prolonged = compute({ rules: [], stored: given() }).rows;

    expect(compute({ rules: [], stored: prolonged, department: 'Stock' }).rows).toEqual([]);
  });
});

describe('the rules a role was given by', () => {
  it('stay those it was first given by while they would still give it', () => {
    const [first] = given();
    const [second] = compute({ rules: [forSales, forStock], stored: given() }).rows;

    expect(second).toEqual(first);
  });

  it('become the present ones when only these still give it', () => {
    const both = [forSales, forStock];
    const [moved] = compute({ rules: both, stored: given(), department: 'Stock' }).rows;

    expect(moved?.basis).not.toBe(given()[0]?.basis);
    expect(
      compute({
        rules: [forSales],
        stored: moved === undefined ? [] : [moved],
        department: 'Stock',
      }).rows,
    ).toMatchObject([{ workflowState: 27 }]);
  });
});
