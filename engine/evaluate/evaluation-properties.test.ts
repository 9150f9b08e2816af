import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Model,
  ProvisioningState,
  ResourceType,
  ResourceView,
  WorkflowState,
} from '../../config/index.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  before,
  correlationRule,
  failingOn,
  Graph,
  groupRule,
  inDepartment,
  literal,
  matchesOf,
  modelOf,
  optionsOf,
  photoRule,
  queryRule,
  recordContext,
  roleRule,
  scalarOf,
  scalarRule,
  store,
  typeRule,
} from './graph.fixture.ts';
import { parseInstant } from './periods.ts';
import { readsOf } from './reads.ts';
import { InputRecorder, RecordingView } from './recording-view.ts';
import type {
  AssignedResourceType,
  AssignedRole,
  AssignedValue,
  AssignmentParameters,
  BlockReason,
  EvaluationOptions,
  Matches,
  OwnerOutcome,
  RequestKind,
} from './types.ts';

/** Anything the store may hold, sense or nonsense: what a crash, an older version or a person may have left. */
const workflowState = fc.constantFrom<WorkflowState>(
  1,
  3,
  5,
  8,
  16,
  17,
  18,
  19,
  20,
  21,
  22,
  24,
  27,
  116,
  218,
);
const provisioningState = fc.constantFrom<ProvisioningState>(0, 1, 2, 3, 4, 5, 6, 7, 8);
const reasons = fc.subarray<BlockReason>(['resource-type', 'task', 'confidence', 'previous-order']);
const date = fc.constantFrom(
  null,
  '20240101000000',
  '20250615120000',
  '20250701000000',
  '20260101000000',
);
const title = fc.constantFrom(null, 'Buyer', 'Planner', 'Clerk', 'Failing');
const stateSince = fc.constantFrom(before, '2025-06-14T00:00:00.000Z');

const value: fc.Arbitrary<Omit<AssignedValue, 'id'>> = fc
  .record({
    base: fc.constantFrom(
      { kind: 'scalar' as const, property: 'Title', linkedId: 0 },
      { kind: 'navigation' as const, property: 'Groups', linkedId: 21 },
      { kind: 'navigation' as const, property: 'Groups', linkedId: 22 },
      { kind: 'navigation' as const, property: 'Unit', linkedId: 0 },
      { kind: 'scalar' as const, property: 'Login', linkedId: 0 },
      { kind: 'binary' as const, property: 'Photo', linkedId: 0 },
    ),
    policyValue: title,
    currentValue: title,
    workflowState,
    provisioningState,
    isDenied: fc.boolean(),
    blockedBy: reasons,
    confidence: fc.constantFrom(null, 80),
    lastError: fc.constantFrom(null, 'failed'),
    orderId: fc.constantFrom(null, 7),
    stateSince,
  })
  .map(({ base, ...rest }) => ({ ...base, ...rest }));

const requestParts = {
  parameters: fc.constantFrom<AssignmentParameters>({}, { Department: 'Sales' }),
  request: fc.constantFrom<RequestKind | null>(null, 'assign', 'deny', 'cancel', 'prolong'),
  amends: fc.constantFrom(null, 1),
  requestedBy: fc.constantFrom(null, 'ana'),
  approvals: fc.constant([]),
};

const assignment: fc.Arbitrary<Omit<AssignedResourceType, 'id'>> = fc.record({
  resourceType: fc.constant('Account'),
  ownerId: fc.constant(1),
  targetId: fc.constantFrom(null, 10, 11, 99),
  workflowState,
  provisioningState,
  isDenied: fc.boolean(),
  startDate: date,
  endDate: date,
  confidence: fc.constantFrom(null, 80),
  blockedBy: reasons,
  policyValues: fc.constantFrom(
    {},
    { Title: 'Buyer' },
    { Title: 'Planner', Groups: [21, 22], Unit: [31] },
    { Title: 'Planner', Login: 'E0', Photo: 'sha256:0' },
    { Login: 'E1' },
    { Groups: [] },
  ),
  lastError: fc.constantFrom(null, 'failed'),
  orderId: fc.constantFrom(null, 7),
  stateSince,
  ...requestParts,
  values: fc
    .uniqueArray(value, { maxLength: 4, selector: (row) => `${row.property}${row.linkedId}` })
    .map((rows) => rows.map((row, index) => ({ ...row, id: index + 1 }))),
});

const role: fc.Arbitrary<Omit<AssignedRole, 'id'>> = fc.record({
  kind: fc.constantFrom('single', 'composite'),
  role: fc.constantFrom('Sales', 'Staff'),
  workflowState,
  isDenied: fc.boolean(),
  isInferred: fc.boolean(),
  isIndirect: fc.boolean(),
  startDate: date,
  endDate: date,
  cause: fc.constantFrom(null, 'rule', 'request'),
  basis: fc.constantFrom(null, 'former'),
  stateSince,
  ...requestParts,
});

const numbered = <T>(rows: readonly T[]): readonly (T & { readonly id: number })[] =>
  rows.map((row, index) => ({ ...row, id: index + 1 }));

const configuration: fc.Arbitrary<Model> = fc
  .record({
    flags: fc.record({
      allowAdd: fc.boolean(),
      allowRemove: fc.boolean(),
      blockProvisioning: fc.boolean(),
      correlateMultipleResources: fc.boolean(),
      suggestAllCorrelations: fc.boolean(),
      discardManualAssignments: fc.boolean(),
      transmittedStateValidityMinutes: fc.constantFrom(0, 60),
    }),
    typeRules: fc.subarray([
      typeRule(),
      typeRule({ criteria: inDepartment('Head', true) }),
      typeRule({ criteria: inDepartment('Sales'), isDenied: true }),
      typeRule({ criteria: inDepartment('Sales'), type: 'Suggested' }),
      typeRule({ singleRole: 'Sales' }),
    ]),
    scalarRules: fc.subarray([
      scalarRule('Title', failingOn('Person:Title', 'Failing')),
      scalarRule('Title', literal('Clerk'), { singleRole: 'Staff' }),
      scalarRule('Login', scalarOf('Person:Code'), { isMapped: false }),
      scalarRule('Enabled', literal('false'), {
        timeOffset: { reference: 'After', beforeMinutes: 0, afterMinutes: 500_000 },
      }),
    ]),
    navigationRules: fc.subarray([
      groupRule('staff'),
      groupRule('sales', { singleRole: 'Sales' }),
      groupRule('sales', { criteria: inDepartment('Sales'), isDenied: true }),
      groupRule('nowhere', { singleRole: 'Staff' }),
    ]),
    binaryRules: fc.subarray([
      photoRule(),
      photoRule({ singleRole: 'Staff', value: scalarOf('Person:Title') }),
    ]),
    queryRules: fc.subarray([queryRule('Unit'), queryRule('Unit', { confidence: 80 })]),
    correlationRules: fc.subarray([
      correlationRule(),
      correlationRule({
        confidence: 80,
        source: scalarOf('Person:Title'),
        target: scalarOf('Account:Title'),
      }),
    ]),
    singleRoleRules: fc.subarray([
      roleRule('Sales', { criteria: inDepartment('Sales') }),
      roleRule('Sales', { isDenied: true, priority: 1 }),
      roleRule('Staff', { type: 'Suggested' }),
      roleRule('Staff', { criteria: inDepartment('Head', true) }),
    ]),
  })
  .map(({ flags, singleRoleRules, ...rules }) => {
    const account: ResourceType = accountType({ ...flags, ...rules });
    return modelOf({
      resourceTypes: [account],
      contextRules: [recordContext],
      singleRoles: ['Sales', 'Staff'],
      singleRoleRules,
    });
  });

/*
 *   Person 1 ── Records 51, 52 ── Department 41 Sales ── Parent ── 42 Head ── Parent ── 41 (a cycle)
 *   Accounts 10 (Login E1) and 11 (by title), some of which may be missing or held by Person 2
 */
const company = fc
  .record({
    title,
    photo: fc.constantFrom(null, 'cGhvdG8=', 'bmV3ZXI=', 'no file'),
    records: fc.array(fc.record({ Start: date, End: date, department: fc.constantFrom(41, 42) }), {
      maxLength: 3,
    }),
    first: fc.option(title),
    second: fc.option(title),
    groups: fc.subarray([21, 22]),
    isHeldByAnother: fc.boolean(),
  })
  .map(({ title: personTitle, photo, records, first, second, groups, isHeldByAnother }) => {
    const graph = new Graph()
      .put('Department', 41, { Code: 'Sales' }, { Parent: [['Department', 42]] })
      .put('Department', 42, { Code: 'Head' }, { Parent: [['Department', 41]] })
      .put('Department', 31, { Code: 'Planner' })
      .put('Group', 21, { Name: 'staff' })
      .put('Group', 22, { Name: 'sales' });
    const ids = records.map((_, index) => ['Record', 51 + index] as const);
    const person = { Code: 'E1', Title: personTitle, Photo: photo };
    graph.put('Person', 1, person, { Records: ids });
    records.forEach(({ department, Start, End }, index) => {
      graph.put('Record', 51 + index, { Start, End }, { Department: [['Department', department]] });
    });
    const groupLinks = groups.map((id) => ['Group', id] as const);
    if (first !== null)
      graph.put(
        'Account',
        10,
        { Login: 'E1', Title: first, Photo: 'cGhvdG8=' },
        { Groups: groupLinks },
      );
    if (second !== null) graph.put('Account', 11, { Login: 'E2', Title: second });
    return { graph, holders: isHeldByAnother ? { 'Account:11': 2 } : {} };
  });

const clock: fc.Arbitrary<Partial<EvaluationOptions>> = fc.record({
  blockProvisioning: fc.boolean(),
  isFirstEvaluation: fc.boolean(),
  synchronizedAt: fc.constantFrom(
    new Map<string, string>(),
    new Map([['Account', '2025-06-10T00:00:00.000Z']]),
  ),
});

const scenario = fc.record({
  model: configuration,
  company,
  stored: fc.array(assignment, { maxLength: 3 }).map(numbered),
  roles: fc.array(role, { maxLength: 3 }).map(numbered),
  options: clock,
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

function evaluate(
  { model, company: { graph, holders }, options }: Scenario,
  stored: Pick<OwnerOutcome, 'roles' | 'resourceTypes'>,
  later: Partial<EvaluationOptions> = {},
): OwnerOutcome {
  const owner = graph.get('Person', 1);
  const state = { owner, ...stored };
  return evaluateOwner(model, state, matchesOf(graph, model, holders), {
    ...optionsOf(options),
    ...later,
  });
}

const runs = { numRuns: Number(process.env['LOCKSTEP_SOAK_EVALUATIONS'] ?? 1500) };

describe('evaluation of any owner', () => {
  it('gives the same when its outcome is evaluated again', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const first = store(evaluate(one, { roles: one.roles, resourceTypes: one.stored }));
        const second = evaluate(one, first, { timestamp: '2025-06-15T12:00:00.500Z' });

        expect(rowsOf(second)).toEqual(rowsOf(first));
      }),
      runs,
    );
  });

  it('does not depend on the order of what is stored', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const forward = evaluate(one, { roles: one.roles, resourceTypes: one.stored });
        const backward = evaluate(one, {
          roles: one.roles.toReversed(),
          resourceTypes: one.stored
            .map((row) => ({ ...row, values: row.values.toReversed() }))
            .toReversed(),
        });

        expect(backward).toEqual(forward);
      }),
      runs,
    );
  });

  it('never loses or repeats what is on its way', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const outcome = evaluate(one, { roles: one.roles, resourceTypes: one.stored });
        const validity = one.model.resourceTypes.get('Account')?.transmittedStateValidityMinutes;
        const after = new Map(outcome.resourceTypes.map((row) => [row.id, row]));
        for (const row of one.stored) {
          if (row.provisioningState !== 2 || validity !== 0) continue;
          // A declined match is kept as it is.
          expect(after.get(row.id)?.provisioningState).toBe(2);
        }
      }),
      runs,
    );
  });

  it('starts a deletion only for a target that was given before', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const outcome = evaluate(one, { roles: one.roles, resourceTypes: one.stored });
        for (const row of outcome.resourceTypes) {
          if (row.workflowState !== 19 || row.provisioningState !== 1) continue;
          const previous = one.stored.find((stored) => stored.id === row.id);
          expect(previous).toBeDefined();
          const isSeenByNobody = previous?.targetId === null && row.targetId === null;
          const isMade = previous?.targetId === null && [4, 8].includes(previous.provisioningState);
          expect(isSeenByNobody || isMade || previous?.targetId === row.targetId).toBe(true);
        }
      }),
      runs,
    );
  });

  it('never takes a target of somebody else, nor one target twice', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const free = one.stored.filter((row) => row.targetId === null);
        const outcome = evaluate(one, { roles: one.roles, resourceTypes: numbered(free) });
        const targets = outcome.resourceTypes
          .map((row) => row.targetId)
          .filter((id) => id !== null);

        expect(new Set(targets).size).toBe(targets.length);
        for (const id of targets) expect(one.company.holders).not.toHaveProperty(`Account:${id}`);
      }),
      runs,
    );
  });

  it('is due later, never now or before', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const { nextDueAt } = evaluate(one, { roles: one.roles, resourceTypes: one.stored });

        expect(nextDueAt === null || nextDueAt > optionsOf().now).toBe(true);
      }),
      runs,
    );
  });

  it('stays the same until it is due', () => {
    fc.assert(
      fc.property(scenario, fc.nat({ max: 999 }), (one, share) => {
        const first = evaluate(one, { roles: one.roles, resourceTypes: one.stored });
        const stored = store(first);
        const from = toMilliseconds(optionsOf().now);
        const until = first.nextDueAt === null ? from + 1e12 : toMilliseconds(first.nextDueAt);
        const instant = new Date(from + Math.floor(((until - from) * share) / 1_000_000) * 1000);
        const timestamp = instant.toISOString();
        const then = { timestamp, now: timestamp.replaceAll(/\D/g, '').slice(0, 14) };
        const later = evaluate(one, stored, then);

        expect(rowsOf(later)).toEqual(rowsOf(stored));
      }),
      runs,
    );
  });

  it('reads nothing but what it says it reads', () => {
    fc.assert(
      fc.property(scenario, (one) => {
        const recorder = new InputRecorder();
        const watch = (view: ResourceView): ResourceView => new RecordingView(view, recorder);
        const { graph, holders } = one.company;
        const matches = matchesOf(graph, one.model, holders);
        const watched: Matches = {
          matched: (ruleKey, ownerId) => matches.matched(ruleKey, ownerId).map(watch),
          byKey: (type, key) => watchAny(matches.byKey(type, key), watch),
          byId: (type, id) => watchAny(matches.byId(type, id), watch),
          ownerOf: matches.ownerOf,
        };
        const owner = watch(graph.get('Person', 1));
        const state = { owner, roles: one.roles, resourceTypes: one.stored };
        evaluateOwner(one.model, state, watched, optionsOf(one.options));

        const declared = readsOf(one.model, 'Person');
        const undeclared = recorder.inputs
          .map(({ entityType, property }) => `${entityType}:${property}` as const)
          .filter((pair) => !declared.has(pair));
        expect(undeclared).toEqual([]);
      }),
      runs,
    );
  });
});

/** What is stored of an outcome; in which order the rows come says nothing. */
function rowsOf({ roles, resourceTypes }: Pick<OwnerOutcome, 'roles' | 'resourceTypes'>): unknown {
  const byId = (left: { id: number | null }, right: { id: number | null }): number =>
    (left.id ?? 0) - (right.id ?? 0);
  return { roles: roles.toSorted(byId), resourceTypes: resourceTypes.toSorted(byId) };
}

function watchAny(
  view: ResourceView | null,
  watch: (view: ResourceView) => ResourceView,
): ResourceView | null {
  return view === null ? null : watch(view);
}

function toMilliseconds(instant: string): number {
  return parseInstant(instant) ?? Number.NaN;
}
