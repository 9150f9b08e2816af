/* What evaluations of a whole owner do to roles, to proposals, and to values that wait for each other. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  provisioningStates,
  type RuleType,
  transitionChannel,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { transitionsDrivenBy } from '../../test/contract/expected-transitions.ts';
import { TransitionWatch } from '../../test/contract/transition-watch.ts';
import { evaluateOwner } from './evaluate-owner.ts';
import {
  accountType,
  assigned,
  assignedRole,
  at,
  Graph,
  groupRule,
  linksOf,
  type ModelParts,
  matchesOf,
  modelOf,
  optionsOf,
  personContext,
  roleOf,
  roleRule,
  scalarOf,
  scalarRule,
  timestamp,
  titleRow,
  typeRule,
} from './graph.fixture.ts';
import type { AssignedRole, EvaluationOptions, OwnerOutcome, OwnerState } from './types.ts';

const past = '20250101000000';
const future = '20260101000000';
const found: readonly WorkflowState[] = [1, 3];
const computed: readonly WorkflowState[] = [5, 18, 21, 22, 23, 27, 118];

interface Scene {
  readonly model?: ModelParts;
  readonly roles?: readonly AssignedRole[];
  readonly resourceTypes?: OwnerState['resourceTypes'];
  readonly person?: Readonly<Record<string, string>>;
  readonly groups?: readonly string[];
  readonly options?: Partial<EvaluationOptions>;
}

/** Person 1 with account 10, which holds these groups. */
function evaluate(scene: Scene): OwnerOutcome {
  const graph = new Graph()
    .put('Group', 31, { Name: 'Buyers' })
    .put('Person', 1, { Code: 'E1', Title: 'Buyer', ...scene.person })
    .put(
      'Account',
      10,
      { Login: 'E1', Title: 'Buyer' },
      { Groups: (scene.groups ?? []).map(() => ['Group', 31] as const) },
    );
  const model = modelOf(scene.model ?? {});
  const { roles = [], resourceTypes = [] } = scene;
  const state = { owner: graph.get('Person', 1), roles, resourceTypes };
  return evaluateOwner(model, state, matchesOf(graph, model), optionsOf(scene.options));
}

/** The one row of the role Buyer, unless it ended. */
function buyer(outcome: OwnerOutcome): AssignedRole | null {
  return outcome.roles.find((row) => row.role === 'Buyer') ?? null;
}

/** As it may be stored: what was found goes only with its time. */
function stored(state: WorkflowState, parts: Partial<AssignedRole> = {}): readonly AssignedRole[] {
  return [assignedRole('Buyer', { id: 7, workflowState: state, ...parts })];
}

/** Rules give or propose the role, whatever is stored about it. */
function driveRules(watch: TransitionWatch): void {
  const propose = (type: RuleType, role: Parameters<typeof roleOf>[1] = {}): ModelParts => ({
    roles: [roleOf('Buyer', role)],
    singleRoleRules: [roleRule('Buyer', { type })],
  });
  const lacking = propose('Required', { requiredParameters: ['Department'] });
  const starting = { contextRules: [personContext] };
  for (const state of [0, ...found, ...computed] as const) {
    const isFound = found.includes(state);
    const roles = state === 0 ? [] : stored(state);
    const late = state === 0 ? [] : stored(state, isFound ? { endDate: past } : {});
    watch.run('role', () => buyer(evaluate({ model: propose('Required'), roles })));
    watch.run('role', () => buyer(evaluate({ model: lacking, roles: late })));
    watch.run('role', () => buyer(evaluate({ model: propose('Suggested'), roles: late })));
    const asked = propose('RequestedAutomatically');
    watch.run('role', () => buyer(evaluate({ model: asked, roles: late })));
    const model = { ...asked, ...starting };
    watch.run('role', () => buyer(evaluate({ model, roles: late, person: { Start: future } })));
  }
}

/** No rule gives the role any more, or its time is up. */
function driveLosses(watch: TransitionWatch): void {
  const roles = [roleOf('Buyer', { gracePeriodMinutes: 60 })];
  // What a crash or a person may have left is not kept for ever.
  const every = Object.values(workflowStates);
  for (const state of every) {
    const over = stored(state, { endDate: past });
    watch.run('role', () => buyer(evaluate({ model: { roles }, roles: over })));
    // Something that only this role asks for is still on its way out.
    const resourceTypes = [assigned({ workflowState: 19, provisioningState: 2 })];
    const type = accountType({ typeRules: [typeRule({ singleRole: 'Buyer' })] });
    const model = { roles, resourceTypes: [type] };
    watch.run('role', () => buyer(evaluate({ model, roles: over, resourceTypes })));
  }
  const formerRules = () => [
    { criteria: [], via: null, type: 'Required', isDenied: false, priority: 0 } as const,
  ];
  for (const state of [18, 27] as const) {
    const endDate = state === 27 ? future : null;
    const kept = stored(state, { basis: 'former', endDate });
    const options = { formerRules };
    watch.run('role', () => buyer(evaluate({ model: { roles }, roles: kept, options })));
  }
}

/** Groups of an account tell of a role. */
function driveDeductions(watch: TransitionWatch): void {
  const type = accountType({ navigationRules: [groupRule('Buyers', { singleRole: 'Buyer' })] });
  const model = { singleRoles: ['Buyer'], resourceTypes: [type] };
  for (const isFirstEvaluation of [false, true]) {
    const options = { isFirstEvaluation };
    watch.run('role', () => buyer(evaluate({ model, groups: ['Buyers'], options })));
  }
}

/** A group of the account stands for the group that the role gives. */
function driveIndirect(watch: TransitionWatch): void {
  const binding = linksOf('Group:Stands');
  const rule = { resourceType: 'Account', property: 'Groups', groupType: 'Group', binding, at };
  const stood = new Graph()
    .put('Person', 1, { Code: 'E1' })
    .put('Account', 10, { Login: 'E1' }, { Groups: [['Group', 31]] })
    .put('Group', 31, { Name: 'Buyers' }, { Stands: [['Group', 32]] })
    .put('Group', 32, { Name: 'Sellers' });
  const type = accountType({ navigationRules: [groupRule('Sellers', { singleRole: 'Buyer' })] });
  const model = modelOf({ roles: [roleOf('Buyer')], resourceTypes: [type], indirectRules: [rule] });
  const state = { owner: stood.get('Person', 1), roles: [], resourceTypes: [] };
  watch.run('role', () => buyer(evaluateOwner(model, state, matchesOf(stood, model), optionsOf())));
}

/** Resource types that rules only propose. */
function driveProposals(watch: TransitionWatch): void {
  const proposals = [
    ['Suggested', 21],
    ['RequestedAutomatically', 22],
  ] as const;
  for (const [type, workflowState] of proposals) {
    const typeRules = [typeRule({ type })];
    // Nothing is left to take back, or to wait for.
    const own = accountType({ typeRules, correlationRules: [], allowRemove: false });
    const options = { synchronizedAt: new Map([['Account', timestamp]]) };
    const model = { resourceTypes: [own] };
    watch.run('resource', () => evaluate({ model }).resourceTypes[0] ?? null);
    for (const provisioningState of Object.values(provisioningStates)) {
      const row = assigned({ targetId: null, workflowState, provisioningState, policyValues: {} });
      const resourceTypes = [row];
      const scene = { model, resourceTypes, options };
      watch.run('resource', () => evaluate(scene).resourceTypes[0] ?? null);
    }
  }
}

/** The mail of an account waits for a person; its title changes in the meantime. */
function driveWaiting(watch: TransitionWatch): void {
  const type = accountType({
    scalarRules: [
      scalarRule('Title', scalarOf('Person:Title')),
      scalarRule('Mail', scalarOf('Person:Name')),
    ],
  });
  const mail = titleRow({
    ...{ id: 6, property: 'Mail', policyValue: 'ana', currentValue: null },
    ...{ provisioningState: 5, blockedBy: ['task'] },
  });
  const row = assigned({ policyValues: { Title: 'Buyer', Mail: 'ana' }, values: [mail] });
  watch.run('value', () => {
    const outcome = evaluate({
      model: { resourceTypes: [type] },
      person: { Title: 'Planner', Name: 'ana' },
      resourceTypes: [row],
    });
    return outcome.resourceTypes[0]?.values.find((one) => one.property === 'Title') ?? null;
  });
}

describe('the table of transitions, driven by evaluations of an owner', () => {
  const watch = new TransitionWatch();

  beforeAll(() => {
    subscribe(transitionChannel, watch.note);
    driveRules(watch);
    driveLosses(watch);
    driveDeductions(watch);
    driveIndirect(watch);
    driveProposals(watch);
    driveWaiting(watch);
  });

  afterAll(() => {
    unsubscribe(transitionChannel, watch.note);
  });

  it.each(transitionsDrivenBy('owners'))('takes %s to %s', (id, to) => {
    expect(watch.endsOf(id)).toContain(to);
  });
});
