/** Carries out exactly what a plan says, or nothing. */
import type { ProvisioningOrder } from '../../connectors/index.ts';
import { fulfilOrders, generateOrders, type TaskOutcome, type Workspace } from '../job/index.ts';
import {
  describeThreshold,
  describeViolations,
  type InvariantOverride,
  type ThresholdBreach,
  type Violation,
} from '../provision/index.ts';
import {
  type AppliedPlanRow,
  countOrdersOfRun,
  finishAppliedPlan,
  listConnectionsOfRun,
  readAppliedPlan,
  recordAppliedPlan,
  type StoreTransaction,
} from '../store/index.ts';
import { PlanError } from './errors.ts';
import { Expectation } from './expectation.ts';
import { evaluateAll, type Supposed, suppose } from './hypothesis.ts';
import { computePlan, digestItems, type PlanWatch, rangeOf } from './make-plan.ts';
import { type Plan, readPlan } from './plan-file.ts';
import { digestOrder, toPlannedOrder } from './planned-order.ts';
import { describeStale, describeStaleOrders, findStaleInputs } from './staleness.ts';
import { computeUndo, makeUndoOrders } from './undo-run.ts';

export interface ApplyRequest {
  readonly path: string;
  readonly person: string;
  readonly comment: string | null;
  /** Pass the thresholds that the plan names. */
  readonly force: boolean;
  readonly override?: InvariantOverride;
  /** Look whether the plan still holds, and change nothing. */
  readonly isDryRun: boolean;
}

export interface Applied {
  /** held: by a threshold or an invariant; no order was made. left: some orders are still to be carried out. */
  readonly status: 'applied' | 'left' | 'held' | 'checked';
  readonly plan: Plan;
  /** The run that made the orders; `null`: none was made. */
  readonly runId: number | null;
  /** A plan that was applied before its end is gone on with. */
  readonly isResumed: boolean;
  /** Orders by their status. */
  readonly orders: Readonly<Record<string, number>>;
  /** What the steps said. */
  readonly messages: readonly string[];
}

/**
 * Computes the plan anew in a copy of the store, and refuses with `PLAN_STALE` where configuration, data or orders are not
 * those of the plan. What a threshold or an invariant would hold ends there too: the store is as it was. Then makes its orders, in one transaction that compares them once more, and carries out those and no
 * others. Killed anywhere, it is run again: what was ordered is gone on with, and nothing is ordered twice.
 */
export async function applyPlan(workspace: Workspace, request: ApplyRequest): Promise<Applied> {
  const plan = await readPlan(request.path);
  const former = await workspace.store.read((t) => readAppliedPlan(t, plan.head.id));
  if (former !== undefined) return goOn(workspace, request, plan, former);
  if (plan.tail.configuration !== workspace.model.hash) {
    const items = digestItems(workspace.model);
    const stale = await findStaleInputs(workspace, plan, {
      ...plan.tail,
      configuration: workspace.model.hash,
      items,
    });
    if (stale !== null) throw stale;
  }
  const expectation = await Expectation.read(request.path);
  const holding = await refuseStale(workspace, request, plan, expectation);
  const nothing = { plan, runId: null, isResumed: false, orders: {} };
  if (holding !== null)
    return { ...nothing, status: 'held', messages: [describeHolding(plan, holding)] };
  if (request.isDryRun)
    return { ...nothing, status: 'checked', messages: ['The plan holds; nothing was changed.'] };
  expectation.restart();
  const made = await makeOrders(workspace, request, plan, expectation);
  if (made.runId === null)
    return { ...nothing, status: made.isHeld ? 'held' : 'applied', messages: made.messages };
  return carryOut(workspace, plan, made.runId, { isResumed: false, messages: made.messages });
}

/** Returns what would hold all orders; `null`: nothing. */
async function refuseStale(
  workspace: Workspace,
  { force, override }: ApplyRequest,
  plan: Plan,
  expectation: Expectation,
): Promise<TaskOutcome | null> {
  await using supposed = await suppose(workspace, {});
  let holding: TaskOutcome | null = null;
  const now = await computeNow(supposed, plan, {
    see: (order, digest) => expectation.see(order, digest),
    seeHeld: (outcome) => {
      holding = outcome;
    },
    force,
    ...(override === undefined ? {} : { override }),
  });
  const stale = await findStaleInputs(workspace, plan, now);
  if (stale !== null) throw stale;
  const difference = await expectation.describeDifference();
  if (difference !== null) throw await describeStaleOrders(workspace, plan, difference);
  if (now.hash !== plan.tail.hash)
    throw describeStale('orders', 'What it was computed from is not the same any more.', null);
  return holding;
}

async function computeNow(
  supposed: Supposed,
  { head }: Plan,
  watch: PlanWatch,
): ReturnType<typeof computePlan> {
  if (head.kind === 'run') return computePlan(supposed, head, watch);
  return computeUndo(supposed.workspace, head, watch);
}

function describeHolding({ head }: Plan, { summary }: TaskOutcome): string {
  // Written by `generateOrders`.
  const { breaches = [], violations = [] } = summary as {
    readonly breaches?: readonly ThresholdBreach[];
    readonly violations?: readonly Violation[];
  };
  if (violations.length > 0) {
    const options = violations.map(({ invariant }) => `--override-invariant ${invariant}`);
    return `The plan is held by ${violations.length === 1 ? 'an invariant' : 'invariants'}, which --force does not pass:\n  ${describeViolations(violations)}\nNothing was changed. ${cures[head.kind]} If it is really meant, a person says so and why: ${options.join(' ')} --comment "…".`;
  }
  const reasons = breaches.map(describeThreshold);
  return `The plan is held by ${reasons.length === 1 ? 'a threshold' : 'thresholds'}:\n  ${reasons.join('\n  ')}\nNothing was changed. Look at the plan again, then apply it with --force.`;
}

const cures = {
  run: 'Correct the rule or the data that ask for it, and make the plan again.',
  undo: 'Taking the run back would do what no run may do.',
} as const;

const evaluatedOnly =
  'No order was made. The policy was evaluated, as every run does: what it computed is pending.';

interface Made {
  /** `null`: there are no orders. */
  readonly runId: number | null;
  /** A threshold or an invariant held them. */
  readonly isHeld: boolean;
  readonly messages: readonly string[];
}

async function makeOrders(
  workspace: Workspace,
  request: ApplyRequest,
  plan: Plan,
  expectation: Expectation,
): Promise<Made> {
  let runId: number | null = null;
  const confirm = async (t: StoreTransaction, run: number): Promise<void> => {
    const difference = await expectation.describeDifference();
    if (difference !== null) {
      const state = plan.head.kind === 'run' ? evaluatedOnly : undefined;
      throw await describeStaleOrders(workspace, plan, difference, state);
    }
    await recordAppliedPlan(t, describeApplied(workspace, request, plan, run));
    runId = run;
  };
  const { model } = workspace;
  const observe = (order: ProvisioningOrder): void => {
    const planned = toPlannedOrder(model, order);
    expectation.see(planned, digestOrder(planned));
  };
  const { force, override, person } = request;
  const options = {
    force,
    person,
    observe,
    confirm,
    ...(override === undefined ? {} : { override }),
  };
  let outcomes: readonly TaskOutcome[];
  if (plan.head.kind === 'undo') outcomes = [await makeUndoOrders(workspace, plan.head, options)];
  else {
    const evaluated = await evaluateAll(workspace, plan.head.scope.entityTypes);
    const range = rangeOf(model, plan.head.scope);
    outcomes = [
      ...evaluated,
      await generateOrders(workspace, { ...range, ...options, isDryRun: false }),
    ];
  }
  const told = outcomes.filter(({ status }) => status !== 'nothing');
  const isHeld = outcomes.some(({ status }) => status === 'blocked');
  const messages = told.map(({ message }) => message);
  // Something changed after the copy was made, so close before that the copy did not show it.
  if (isHeld && plan.head.kind === 'run') messages.push(evaluatedOnly);
  return { runId, isHeld, messages };
}

function describeApplied(
  { effects }: Workspace,
  { person, comment }: ApplyRequest,
  { head, tail }: Plan,
  runId: number,
): AppliedPlanRow {
  return {
    id: head.id,
    hash: tail.hash,
    kind: head.kind,
    applied_by: person,
    applied_at: new Date(effects.now()).toISOString(),
    comment,
    run_id: runId,
    orders: tail.orders.count,
    finished_at: null,
  };
}

/** A plan that was begun: its orders are there, and what is left of them is carried out. */
async function goOn(
  workspace: Workspace,
  request: ApplyRequest,
  plan: Plan,
  former: AppliedPlanRow,
): Promise<Applied> {
  if (former.hash !== plan.tail.hash || former.finished_at !== null)
    throw new PlanError(
      'PLAN_ALREADY_APPLIED',
      `The plan was applied at ${former.applied_at} by ${former.applied_by}, as run ${former.run_id}.`,
      {
        hint: 'A plan is applied once. Make a new one for what is to be done now.',
        details: { run: former.run_id },
      },
    );
  const said = `The plan was begun at ${former.applied_at} by ${former.applied_by}; what is left of it is carried out.`;
  if (!request.isDryRun)
    return carryOut(workspace, plan, former.run_id, { isResumed: true, messages: [said] });
  const orders = Object.fromEntries(
    await workspace.store.read((t) => countOrdersOfRun(t, former.run_id)),
  );
  return {
    status: 'checked',
    plan,
    runId: former.run_id,
    isResumed: true,
    orders,
    messages: ['The plan was begun; what is left of it would be carried out.'],
  };
}

/** Neither settled nor handed to a person. */
const openStatuses = ['generated', 'intent'];

async function carryOut(
  workspace: Workspace,
  plan: Plan,
  runId: number,
  told: Pick<Applied, 'isResumed' | 'messages'>,
): Promise<Applied> {
  const { store, effects } = workspace;
  const connections = await store.read((t) => listConnectionsOfRun(t, runId));
  const outcomes: TaskOutcome[] = [];
  // One after the other, in spite of what fails: the others are no worse for it.
  for (const connection of connections)
    outcomes.push(
      await fulfilOrders(workspace, { connections: [connection], isDryRun: false, ofRun: runId }),
    );
  const orders = await store.read((t) => countOrdersOfRun(t, runId));
  const left = openStatuses.reduce((sum, status) => sum + (orders.get(status) ?? 0), 0);
  if (left === 0) {
    const at = new Date(effects.now()).toISOString();
    await store.transaction((t) => finishAppliedPlan(t, plan.head.id, at));
  }
  const messages = outcomes
    .filter(({ status }) => status !== 'nothing')
    .map(({ message }) => message);
  return {
    status: left === 0 ? 'applied' : 'left',
    plan,
    runId,
    isResumed: told.isResumed,
    orders: Object.fromEntries(orders),
    messages: [...told.messages, ...messages],
  };
}
