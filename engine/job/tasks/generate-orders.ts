/** Generate: what is pending becomes orders, behind the provisioning thresholds, in one transaction with the states. */
import { rm } from 'node:fs/promises';
import type { Model, ResourceType } from '../../../config/index.ts';
import type { ProvisioningOrder } from '../../../connectors/index.ts';
import { isProvisioningEnabled } from '../../evaluate/index.ts';
import {
  checkThresholds,
  describeThreshold,
  describeViolations,
  InvariantCheck,
  type InvariantOverride,
  type PlannedChanges,
  populationToCount,
  refuseUnknownOverrides,
  type ThresholdBreach,
  unoverridden,
  type Violation,
} from '../../provision/index.ts';
import {
  checkFence,
  countTargets,
  countWaitingOrders,
  expireOrders,
  type Lease,
  markTransmitted,
  noteHeldOrders,
  recordDecisions,
  removeOrdersOfRun,
  type StoreTransaction,
} from '../../store/index.ts';
import { findOwnAccounts } from '../own-accounts.ts';
import { runClock } from '../run-clock.ts';
import { blocked, completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { isLetPass, recordPass, subjectOf } from './let-pass.ts';
import { type Held, planOrders } from './plan-orders.ts';
import { runRecorded } from './run-recorded.ts';
import { OrderWriter, orderFiles, writeOrderFile } from './write-orders.ts';

export interface GenerateOptions {
  /** Resource types of this connector; absent with `resourceTypes`. */
  readonly connector?: string;
  readonly resourceTypes: readonly string[];
  /** Pass the thresholds: an operator looked. */
  readonly force: boolean;
  /** Pass the thresholds that stopped the last run of this scope, up to what it counted: an operator looked at that. */
  readonly resume?: boolean;
  /** Who forces or resumes. */
  readonly person?: string;
  /** Why. */
  readonly comment?: string;
  readonly isDryRun: boolean;
  /** A person insists in spite of these invariants; `force` passes none. */
  readonly override?: InvariantOverride;
  /** Shown every order, in the order in which they are carried out. */
  readonly observe?: (order: ProvisioningOrder) => void | Promise<void>;
  /** Asked when all orders have been shown, in the transaction that makes them: what it throws undoes them all. */
  readonly confirm?: (transaction: StoreTransaction, runId: number) => Promise<void>;
}

/** Resource types whose orders go to a connection of this connector. */
export function resourceTypesOfConnector(model: Model, connector: string): readonly ResourceType[] {
  return [...model.resourceTypes.values()].filter((type) => {
    const connection =
      type.mapping === undefined ? undefined : model.connections.get(type.mapping.connection);
    const entity = model.entityTypeMappings.get(type.targetEntityType);
    return (connection?.connector ?? entity?.connector) === connector;
  });
}

export async function generateOrders(
  workspace: Workspace,
  options: GenerateOptions,
): Promise<TaskOutcome> {
  const { model } = workspace;
  const chosen = chooseResourceTypes(model, options);
  const able = chosen.filter(
    (type) => type.mapping !== undefined && isProvisioningEnabled(model, type),
  );
  const withoutWay = chosen
    .filter((type) => type.mapping === undefined)
    .map((type) => type.identifier);
  if (able.length === 0)
    return nothingToDo(
      'No resource type here has provisioning enabled and a connection to carry out its orders.',
      { withoutConnection: withoutWay },
    );
  return runRecorded(workspace, 'generate', subjectOf(options), (runId, lease) =>
    generate(workspace, options, able, runId, lease),
  );
}

function chooseResourceTypes(model: Model, options: GenerateOptions): readonly ResourceType[] {
  if (options.resourceTypes.length > 0)
    return [...model.resourceTypes.values()].filter((type) =>
      options.resourceTypes.includes(type.identifier),
    );
  if (options.connector === undefined) return [...model.resourceTypes.values()];
  return resourceTypesOfConnector(model, options.connector);
}

type Changes = Pick<PlannedChanges, 'added' | 'modified' | 'deleted'>;

/** An order as the outcome tells it. */
interface ToldOrder {
  readonly id: string;
  readonly changeType: ProvisioningOrder['changeType'];
  readonly resourceType: string;
  readonly owner: string;
}

interface Generated {
  readonly held: readonly Held[];
  readonly orders: readonly ToldOrder[];
  readonly breaches: readonly ThresholdBreach[];
  /** The breaches are let pass. */
  readonly isForced: boolean;
  /** Those that nobody overrides. */
  readonly violations: readonly Violation[];
  readonly overridden: readonly Violation[];
}

async function generate(
  workspace: Workspace,
  options: GenerateOptions,
  types: readonly ResourceType[],
  runId: number,
  lease: Lease,
): Promise<TaskOutcome> {
  const { folder, part } = orderFiles(workspace);
  // What a killed run began; nobody else makes orders now.
  if (!options.isDryRun) await rm(part, { force: true });
  const result = await makeOrders(workspace, options, types, runId, lease);
  const { held, orders, breaches, isForced, violations, overridden } = result;
  if (violations.length > 0) {
    const held = tellBlockedByInvariants(violations, orders.length);
    return { ...held, summary: { ...held.summary, breaches } };
  }
  if (breaches.length > 0 && !isForced) return tellBlocked(options, breaches, orders.length);
  if (orders.length === 0) return withHeld(await tellNone(workspace, types), held);
  if (!options.isDryRun) await writeOrderFile(workspace, { folder, part }, runId);
  const counts = countChanges(orders);
  const done = completed(
    `${orders.length} ${orders.length === 1 ? 'order' : 'orders'}: ${counts.added} to add, ${counts.modified} to change, ${counts.deleted} to remove.`,
    {
      ...counts,
      orders,
      ...(overridden.length === 0 ? {} : { overridden }),
      ...(isForced ? { forced: { by: options.person ?? '', breaches } } : {}),
    },
  );
  return withHeld(done, held);
}

/** Orders are written while they are planned, so that they are never all in memory, and taken back past a threshold. */
async function makeOrders(
  workspace: Workspace,
  options: GenerateOptions,
  types: readonly ResourceType[],
  runId: number,
  lease: Lease,
): Promise<Generated> {
  const { store, model, effects } = workspace;
  const { isDryRun, override, observe, confirm } = options;
  const clock = runClock(effects.now());
  const accounts = await findOwnAccounts(workspace);
  refuseUnknownOverrides(model, accounts, override?.invariants ?? []);
  return store.transaction(async (t) => {
    await checkFence(t, lease);
    const invariants = new InvariantCheck(model, accounts);
    const names = types.map((type) => type.identifier);
    // Before new ones are made: an assignment has one open order.
    if (!isDryRun) await expireOrders(t, names, clock.timestamp);
    const held: Held[] = [];
    const orders: ToldOrder[] = [];
    const writer = new OrderWriter(model, clock.timestamp, runId);
    for await (const page of planOrders(t, model, types, clock.internal)) {
      effects.signal.throwIfAborted();
      held.push(...page.held);
      const firstId = isDryRun ? null : await writer.write(t, page.turn, page.planned);
      for (const { order } of page.planned) {
        invariants.see(order);
        await observe?.(order);
      }
      page.planned.forEach(({ order }, index) => {
        const { changeType, resourceType, owner } = order;
        const id = firstId === null ? order.id : String(firstId + index);
        orders.push({
          id,
          changeType,
          resourceType: resourceType.identifier,
          owner: owner.identifier,
        });
      });
      effects.progress.report('generate', orders.length, null);
    }
    const check = checkThresholds(await countPlanned(t, types, orders));
    const breaches = check.status === 'exceeded' ? check.breaches : [];
    const broken = await invariants.finish(t, clock.internal);
    const violations = unoverridden(broken, override);
    const overridden = broken.filter((violation) => !violations.includes(violation));
    const isForced = await isLetPass(t, options, breaches);
    const made = { held, orders, breaches, isForced, violations, overridden };
    if (isDryRun) return made;
    await noteHeldOrders(t, names, held);
    const isBlocked = violations.length > 0 || (breaches.length > 0 && !isForced);
    if (isBlocked) await removeOrdersOfRun(t, runId);
    else {
      if (orders.length > 0) await markTransmitted(t, runId, clock.timestamp);
      if (isForced) await recordPass(t, options, breaches, { runId, at: clock.timestamp });
      if (override !== undefined)
        await recordOverride(t, overridden, override, clock.timestamp, runId);
      await confirm?.(t, runId);
    }
    return made;
  });
}

function tellBlocked(
  { connector }: GenerateOptions,
  breaches: readonly ThresholdBreach[],
  orders: number,
): TaskOutcome {
  const reasons = breaches.map(describeThreshold);
  return blocked(
    `Order generation is blocked by ${reasons.length === 1 ? 'a threshold' : 'thresholds'}:\n  ${reasons.join('\n  ')}\nNo order was made. Look at what is pending ("lockstep generate --connector ${connector ?? '<connector>'} --dry-run --force"), then run it with --force, or "lockstep job run <job> --resume".`,
    { breaches, orders },
  );
}

export function tellBlockedByInvariants(
  violations: readonly Violation[],
  orders: number,
): TaskOutcome {
  const options = violations.map(({ invariant }) => `--override-invariant ${invariant}`).join(' ');
  return blocked(
    `Order generation is blocked by ${violations.length === 1 ? 'an invariant' : 'invariants'}, which --force does not pass:\n  ${describeViolations(violations)}\nNo order was made. Correct the rule or the data that ask for it. If it is really meant, a person says so and why: ${options} --comment "…".`,
    { violations, orders },
  );
}

/** Who insisted, and on what. */
async function recordOverride(
  t: StoreTransaction,
  overridden: readonly Violation[],
  { person, comment }: InvariantOverride,
  at: string,
  runId: number,
): Promise<void> {
  await recordDecisions(
    t,
    overridden.map(({ invariant }) => ({
      kind: 'override-invariant',
      assigned_resource_type_id: 0,
      subject: invariant,
      decided_by: person,
      decided_at: at,
      comment,
      run_id: runId,
    })),
  );
}

/** Orders that an interrupted fulfilment left behind are output too: somebody has to carry them out. */
async function tellNone(
  { store }: Workspace,
  types: readonly ResourceType[],
): Promise<TaskOutcome> {
  const names = types.map((type) => type.identifier);
  const waiting = await store.transaction((t) => countWaitingOrders(t, names));
  if (waiting === 0) return nothingToDo('No order is due.');
  return completed(`No new order is due; ${waiting} wait to be carried out.`, { waiting });
}

/** The outcome, with what was held back said in it. */
function withHeld(outcome: TaskOutcome, held: readonly Held[]): TaskOutcome {
  const [first] = held;
  if (first === undefined || outcome.status === 'blocked') return outcome;
  const others = held.length === 1 ? '' : `, and ${held.length - 1} more`;
  return {
    ...outcome,
    status: 'warning',
    message: `${outcome.message} Held back: ${first.changeType} ${first.resourceType} of ${first.owner} (${first.message})${others}. What is held back stays pending and is tried again by the next run.`,
    summary: { ...outcome.summary, held: held.map(({ assignmentId: _, ...told }) => told) },
  };
}

async function countPlanned(
  t: StoreTransaction,
  types: readonly ResourceType[],
  orders: readonly ToldOrder[],
): Promise<readonly PlannedChanges[]> {
  const byType = Map.groupBy(orders, (order) => order.resourceType);
  const counts: PlannedChanges[] = [];
  for (const resourceType of types) {
    const own = byType.get(resourceType.identifier);
    if (own === undefined) continue;
    const changes = countChanges(own);
    const enough = populationToCount({ resourceType, ...changes });
    const population = await countTargets(t, resourceType.identifier, enough);
    counts.push({ resourceType, ...changes, population });
  }
  return counts;
}

function countChanges(orders: readonly ToldOrder[]): Changes {
  const counts = { added: 0, modified: 0, deleted: 0 };
  for (const order of orders) counts[order.changeType] += 1;
  return counts;
}
