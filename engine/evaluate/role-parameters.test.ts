import { describe, expect, it } from 'vitest';
import type { Model, Role, SingleRoleRule } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import {
  accountType,
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
  typeRule,
} from './graph.fixture.ts';
import { parameterValues } from './parameter-values.ts';
import { justify } from './resource-types.ts';
import { computeRoles, type RoleOutcome } from './roles.ts';
import type { AssignedRole } from './types.ts';

interface Situation {
  readonly role: Role;
  readonly rules?: readonly SingleRoleRule[];
  readonly stored?: readonly AssignedRole[];
  readonly departments?: readonly number[];
}

/* Person 1 works in the departments given, none by default; holders of the role in Sales get an account. */
interface Computed extends RoleOutcome {
  readonly hasAccount: boolean;
  readonly values: ReadonlyMap<string, string | null>;
}

function compute(situation: Situation): Computed {
  const graph = new Graph()
    .put('Department', 41, { Code: 'Sales' })
    .put('Department', 42, { Code: 'Stock' })
    .put(
      'Person',
      1,
      { Start: '20250101000000', End: '20260101000000' },
      { Department: (situation.departments ?? []).map((id) => ['Department', id] as const) },
    );
  const account = accountType({
    typeRules: [typeRule({ singleRole: 'Keys', criteria: inDepartment('Sales') })],
  });
  const model: Model = modelOf({
    contextRules: [personContext],
    roles: [situation.role],
    singleRoleRules: situation.rules ?? [],
    resourceTypes: [account],
  });
  const matches = matchesOf(graph, model);
  const found = computeContexts(model, graph.get('Person', 1), matches, now);
  if (found.status !== 'computed') throw new Error('The contexts failed.');
  const { contexts } = found;
  const stored = situation.stored ?? [];
  const outcome = computeRoles(model, 'Person', contexts, stored, matches, optionsOf());
  const { held, assignments } = outcome;
  const { periods } = justify(model, account, { contexts, held, assignments });
  const justification = justify(model, account, { contexts, held, assignments });
  const policy = { contexts, held, assignments };
  const values = parameterValues({
    model,
    resourceType: account,
    policy,
    justification,
    instant: now,
  });
  return { ...outcome, hasAccount: periods.length > 0, values };
}

const keys = roleOf('Keys', { requiredParameters: ['Department'] });
const manual = (parts: Partial<AssignedRole>): AssignedRole =>
  assignedRole('Keys', { id: 7, workflowState: 16, request: 'assign', ...parts });

describe('a role with a required parameter', () => {
  it('that a rule gives takes its value from the owner', () => {
    const outcome = compute({ role: keys, rules: [roleRule('Keys')], departments: [41] });

    expect(outcome.rows).toMatchObject([
      { workflowState: 18, parameters: { Department: 'Sales' } },
    ]);
    expect(outcome.hasAccount).toBe(true);
  });

  it('that a rule gives waits where the owner has none', () => {
    const outcome = compute({ role: keys, rules: [roleRule('Keys')] });

    expect(outcome.rows).toMatchObject([{ workflowState: 5, parameters: {} }]);
    expect(outcome.held.has('Keys')).toBe(false);
  });

  it('keeps the value that a person gave where the rule left it open', () => {
    const completed = assignedRole('Keys', {
      id: 7,
      parameters: { Department: 'Sales' },
      requestedBy: 'ana',
    });
    const outcome = compute({ role: keys, rules: [roleRule('Keys')], stored: [completed] });

    expect(outcome.rows).toMatchObject([
      { id: 7, workflowState: 18, parameters: { Department: 'Sales' }, requestedBy: 'ana' },
    ]);
    expect(outcome.hasAccount).toBe(true);
  });

  it('is open again where what a person gave is denied', () => {
    const given = { parameters: { Department: 'Sales' }, requestedBy: 'ana' };
    const completed = assignedRole('Keys', { id: 7, ...given });
    const denial = assignedRole('Keys', { id: 8, isDenied: true, workflowState: 16, ...given });
    const scene = { role: keys, rules: [roleRule('Keys')] };

    const outcome = compute({ ...scene, stored: [completed, denial] });

    expect(outcome.rows).toMatchObject([
      { id: 7, workflowState: 5, parameters: {}, requestedBy: null },
      denial,
    ]);
    expect(compute({ ...scene, stored: outcome.rows }).rows).toEqual(outcome.rows);
  });
});

describe('a parametrised role that a person asked for', () => {
  it('has the value that was given, whatever the owner is', () => {
    const stored = [manual({ parameters: { Department: 'Sales' } })];

    const outcome = compute({ role: keys, stored, departments: [42] });

    expect(outcome.hasAccount).toBe(true);
    expect(outcome.values).toEqual(new Map([['Department', 'Sales']]));
  });

  it('has none where it was left empty, and rules that ask for one do not fire', () => {
    const outcome = compute({ role: roleOf('Keys'), stored: [manual({})], departments: [41] });

    expect(outcome.held.has('Keys')).toBe(true);
    expect(outcome.hasAccount).toBe(false);
  });

  it('may be held once per value', () => {
    const stored = [
      manual({ parameters: { Department: 'Stock' } }),
      manual({ id: 8, parameters: { Department: 'Sales' } }),
    ];
    const outcome = compute({ role: keys, stored });

    expect(outcome.rows).toHaveLength(2);
    expect(outcome.hasAccount).toBe(true);
  });

  it('is held beside the one that a rule gives with another value', () => {
    const stored = [manual({ parameters: { Department: 'Stock' } })];
    const outcome = compute({ role: keys, rules: [roleRule('Keys')], stored, departments: [41] });

    expect(outcome.rows.map((row) => [row.workflowState, row.parameters])).toEqual([
      [16, { Department: 'Stock' }],
      [18, { Department: 'Sales' }],
    ]);
  });

  it('with the value that a rule gives gets no second row', () => {
    const stored = [manual({ parameters: { Department: 'Sales' } })];
    const outcome = compute({ role: keys, rules: [roleRule('Keys')], stored, departments: [41] });

    expect(outcome.rows).toEqual(stored);
  });
});

describe('a role with a value of its own', () => {
  it('gives it to everybody who holds it', () => {
    const at = { file: 'rules.xml', line: 1, column: 1 };
    const dimensions = [
      { dimension: 'Department', value: 'Sales', includesDescendants: false, at },
    ];
    const role = roleOf('Keys', { dimensions });

    expect(compute({ role, rules: [roleRule('Keys')], departments: [42] }).hasAccount).toBe(true);
    expect(compute({ role, stored: [manual({})], departments: [42] }).hasAccount).toBe(true);
  });
});

describe('a role that a person gave', () => {
  it('ends with the records of its owner', () => {
    const [piece] = compute({ role: keys, stored: [manual({})] }).held.get('Keys') ?? [];

    expect(piece?.endDate).toBe('20260101000000');
  });
});
