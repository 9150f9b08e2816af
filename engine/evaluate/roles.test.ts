import { describe, expect, it } from 'vitest';
import { type SingleRoleRule, workflowStates } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import {
  assignedRole,
  before,
  Graph,
  inDepartment,
  matchesOf,
  modelOf,
  now,
  optionsOf,
  personContext,
  roleRule,
} from './graph.fixture.ts';
import { computeRoles, type RoleOutcome } from './roles.ts';
import type { AssignedRole } from './types.ts';

/* Person 1 works in Sales, below Head, during 2025. */
function rolesOf(
  rules: readonly SingleRoleRule[],
  stored: readonly AssignedRole[] = [],
): RoleOutcome {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' }, { Parent: [['Department', 42]] })
    .put('Department', 42, { Code: 'Head' })
    .put(
      'Person',
      1,
      { Start: '20250101000000', End: '20260101000000' },
      { Department: [['Department', 41]] },
    );
  const model = modelOf({
    contextRules: [personContext],
    singleRoles: ['Sales'],
    singleRoleRules: rules,
  });
  const outcome = computeContexts(model, graph.get('Person', 1), matchesOf(graph, model), now);
  if (outcome.status !== 'computed') throw new Error('The contexts failed.');
  return computeRoles(
    model,
    'Person',
    outcome.contexts,
    stored,
    matchesOf(graph, model),
    optionsOf(),
  );
}

const year = { startDate: '20250101000000', endDate: '20260101000000' };
const stored = (parts: Partial<AssignedRole> = {}): AssignedRole =>
  assignedRole('Sales', {
    id: 7,
    startDate: year.startDate,
    endDate: year.endDate,
    ...parts,
  });
const inSales = inDepartment('Sales');
const isHeld = (outcome: RoleOutcome): boolean => outcome.held.has('Sales');

describe('single roles', () => {
  it('are held for the period of the contexts that match', () => {
    const outcome = rolesOf([roleRule('Sales', { criteria: inSales })]);

    expect(outcome.rows).toEqual([stored({ id: null, basis: outcome.rows[0]?.basis ?? null })]);
    expect(outcome.held.get('Sales')).toEqual([year]);
  });

  it('need every criterion of a rule and any of the rules', () => {
    const both = [...inSales, ...inDepartment('Elsewhere')];

    expect(isHeld(rolesOf([roleRule('Sales', { criteria: both })]))).toBe(false);
    expect(
      isHeld(
        rolesOf([
          roleRule('Sales', { criteria: both }),
          roleRule('Sales', { criteria: inDepartment('Head', true) }),
        ]),
      ),
    ).toBe(true);
  });

  it.each([
    { grant: 1, denial: 2, held: true },
    { grant: 2, denial: 1, held: false },
    { grant: 1, denial: 1, held: false },
  ])('granted at priority $grant and denied at $denial: $held', ({ grant, denial, held }) => {
    const outcome = rolesOf([
      roleRule('Sales', { priority: grant }),
      roleRule('Sales', { priority: denial, isDenied: true }),
    ]);

    expect(isHeld(outcome)).toBe(held);
    expect(outcome.rows).toHaveLength(held ? 1 : 0);
  });

  it('that are only suggested are listed and never held', () => {
    const suggested = rolesOf([roleRule('Sales', { type: 'Suggested' })]);
    const automatic = rolesOf([roleRule('Sales', { type: 'RequestedAutomatically' })]);

    expect(suggested.rows).toMatchObject([{ workflowState: 21 }]);
    expect(automatic.rows).toMatchObject([{ workflowState: 22 }]);
    expect(isHeld(suggested) || isHeld(automatic)).toBe(false);
  });

  it('given by hand hold without a rule, and get no second row with one', () => {
    const manual = stored({ workflowState: 16, startDate: null });

    expect(rolesOf([], [manual])).toMatchObject({ rows: [manual] });
    expect(isHeld(rolesOf([], [manual]))).toBe(true);
    expect(rolesOf([roleRule('Sales')], [manual]).rows).toEqual([manual]);
  });

  it('given by hand end with their period', () => {
    const over = stored({ workflowState: 16, endDate: now });

    expect(rolesOf([], [over])).toMatchObject({ rows: [], held: new Map(), ended: [over] });
  });

  it('that ended and are proposed anew keep the row of the past beside the proposal', () => {
    const over = stored({
      workflowState: workflowStates.inactive,
      endDate: '20250601000000',
      stateSince: before,
    });

    const outcome = rolesOf([roleRule('Sales', { type: 'Suggested' })], [over]);

    expect(outcome.rows).toMatchObject([{ id: null, workflowState: workflowStates.suggested }]);
    expect(outcome.ended).toEqual([over]);
  });

  it('denied for a time are listed for the time after it, whatever went on before the denial', () => {
    const denial = stored({ workflowState: 16, isDenied: true, endDate: '20250701000000' });
    const prolonged = stored({ id: 8, workflowState: 27, endDate: '20250620000000' });

    const { rows } = rolesOf([roleRule('Sales', { criteria: inSales })], [denial, prolonged]);

    expect(rows).toMatchObject([
      { id: 7, isDenied: true },
      { id: 8, workflowState: 18, startDate: '20250701000000' },
    ]);
  });

  it('denied by hand stay denied, and the denial stays', () => {
    const denial = stored({ workflowState: 16, isDenied: true, startDate: null, endDate: null });
    const outcome = rolesOf([roleRule('Sales')], [denial]);

    expect(outcome.rows).toEqual([denial]);
    expect(isHeld(outcome)).toBe(false);
  });

  it('asked for and not approved yet are kept and not held', () => {
    const asked = stored({ workflowState: 8 });
    const outcome = rolesOf([], [asked]);

    expect(outcome.rows).toEqual([asked]);
    expect(isHeld(outcome)).toBe(false);
  });

  it('no rule gives any more are closed', () => {
    expect(rolesOf([], [stored()]).rows).toEqual([]);
  });

  it('keep the row they have', () => {
    const [row] = rolesOf([roleRule('Sales')], [stored()]).rows;

    expect(rolesOf([roleRule('Sales')], row === undefined ? [] : [row]).rows).toEqual([row]);
    expect(row).toMatchObject({ id: 7, stateSince: stored().stateSince });
  });
});
