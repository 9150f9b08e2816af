/** Generate: what is pending becomes orders, behind the provisioning thresholds, in one transaction with the states. */
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model, ReadPair, ResourceType } from '../../../config/index.ts';
import { formatOrders, type ProvisioningOrder } from '../../../connectors/index.ts';
import {
  type AssignedResourceType,
  isDependencyMet,
  isProvisioningEnabled,
} from '../../evaluate/index.ts';
import {
  addArguments,
  buildOrder,
  checkThresholds,
  compareOrders,
  isDue,
  type PlannedChanges,
  populationToCount,
  type ThresholdBreach,
} from '../../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  allocateIds,
  checkFence,
  countTargets,
  countWaitingOrders,
  insertOrders,
  type Lease,
  listPendingAssignments,
  listSiblings,
  markTransmitted,
  type NewOrder,
  noteHeldOrders,
  ResourceGraph,
  readValuesOf,
  type StoreTransaction,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { blocked, completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { toResourceType } from './assignment-rows.ts';
import { openQueries } from './open-queries.ts';
import { runRecorded } from './run-recorded.ts';

export interface GenerateOptions {
  /** Resource types of this connector; absent with `resourceTypes`. */
  readonly connector?: string;
  readonly resourceTypes: readonly string[];
  /** Pass the thresholds: an operator looked. */
  readonly force: boolean;
  readonly isDryRun: boolean;
}

interface Planned {
  readonly assignment: AssignedResourceType;
  readonly order: ProvisioningOrder;
}

/** An order that is not made because its arguments could not be computed; what it is for stays pending. */
interface Held {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly owner: string;
  readonly changeType: ProvisioningOrder['changeType'];
  readonly message: string;
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
  return runRecorded(
    workspace,
    'generate',
    options.connector ?? options.resourceTypes.join(', '),
    (runId, lease) => generate(workspace, options, able, runId, lease),
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

type Generated = { readonly held: readonly Held[] } & (
  | { readonly status: 'none' }
  | {
      readonly status: 'exceeded';
      readonly breaches: readonly ThresholdBreach[];
      readonly planned: readonly Planned[];
    }
  | { readonly status: 'planned'; readonly planned: readonly Planned[] }
);

async function generate(
  workspace: Workspace,
  options: GenerateOptions,
  types: readonly ResourceType[],
  runId: number,
  lease: Lease,
): Promise<TaskOutcome> {
  const { store, model, effects } = workspace;
  const clock = runClock(effects.now());
  const result = await store.transaction(async (t): Promise<Generated> => {
    await checkFence(t, lease);
    const { planned, held } = await planOrders(t, model, types, clock.internal);
    const names = types.map((type) => type.identifier);
    if (!options.isDryRun) await noteHeldOrders(t, names, held);
    if (planned.length === 0) return { status: 'none', held };
    const check = checkThresholds(await countPlanned(t, types, planned));
    if (check.status === 'exceeded' && !options.force)
      return { status: 'exceeded', breaches: check.breaches, planned, held };
    if (!options.isDryRun) await storeOrders(t, model, planned, clock.timestamp, runId);
    return { status: 'planned', planned, held };
  });
  const { held } = result;
  switch (result.status) {
    case 'none': {
      // Orders that an interrupted fulfilment left behind are output too: somebody has to carry them out.
      const waiting = await store.transaction((t) =>
        countWaitingOrders(
          t,
          types.map((type) => type.identifier),
        ),
      );
      if (waiting > 0)
        return withHeld(
          completed(`No new order is due; ${waiting} wait to be carried out.`, { waiting }),
          held,
        );
      return withHeld(nothingToDo('No order is due.'), held);
    }
    case 'exceeded': {
      const reasons = result.breaches.map(describeThreshold);
      return blocked(
        `Order generation is blocked by ${reasons.length === 1 ? 'a threshold' : 'thresholds'}:\n  ${reasons.join('\n  ')}\nNo order was made. Look at what is pending ("lockstep generate --connector ${options.connector ?? '<connector>'} --dry-run --force"), then run it with --force, or "lockstep job run <job> --resume".`,
        { breaches: result.breaches, orders: result.planned.length },
      );
    }
    case 'planned': {
      const orders = result.planned.map(({ order }) => order);
      if (!options.isDryRun) await writeOrderFile(workspace, runId, orders);
      const counts = countChanges(orders);
      const done = completed(
        `${orders.length} orders: ${counts.added} to add, ${counts.modified} to change, ${counts.deleted} to remove.`,
        {
          ...counts,
          orders: orders.map(({ id, changeType, resourceType, owner }) => ({
            id,
            changeType,
            resourceType: resourceType.identifier,
            owner: owner.identifier,
          })),
        },
      );
      return withHeld(done, held);
    }
  }
}

/** The outcome, with what was held back said in it. */
function withHeld(outcome: TaskOutcome, held: readonly Held[]): TaskOutcome {
  const [first] = held;
  if (first === undefined || outcome.status === 'blocked') return outcome;
  const others = held.length === 1 ? '' : `, and ${held.length - 1} more`;
  return {
    ...outcome,
    status: 'warning',
    message: `${outcome.message} Held back, because their arguments could not be computed: ${first.changeType} ${first.resourceType} of ${first.owner} (${first.message})${others}. They stay pending and are tried again by the next run.`,
    summary: { ...outcome.summary, held: held.map(({ assignmentId: _, ...told }) => told) },
  };
}

async function planOrders(
  t: StoreTransaction,
  model: Model,
  types: readonly ResourceType[],
  now: string,
): Promise<{ readonly planned: readonly Planned[]; readonly held: readonly Held[] }> {
  const planned: Planned[] = [];
  const held: Held[] = [];
  for (const type of types) {
    const rows = await listPendingAssignments(t, type.identifier);
    if (rows.length === 0) continue;
    const values = Map.groupBy(
      await readValuesOf(
        t,
        rows.map((row) => row.id),
      ),
      (value) => value.assigned_resource_type_id,
    );
    const assignments = rows.map((row) => toResourceType(row, values.get(row.id) ?? []));
    const graph = await ResourceGraph.open(t, model.entityModel, readsOfOrders(model, type));
    const queries = await openQueries(t, model, type.arguments?.queried ?? new Set());
    await graph.load(
      t,
      type.sourceEntityType,
      assignments.map((assignment) => assignment.ownerId),
    );
    await graph.load(
      t,
      type.targetEntityType,
      assignments.map((assignment) => assignment.targetId).filter((id) => id !== null),
    );
    for (const [entityType, ids] of linkedIds(model, type, assignments))
      await graph.load(t, entityType, [...ids]);
    const siblings =
      type.dependsOn === undefined
        ? new Map<number, AssignedResourceTypeRow[]>()
        : Map.groupBy(
            await listSiblings(
              t,
              type.dependsOn,
              rows.map((row) => row.owner_id),
            ),
            (row) => row.owner_id,
          );
    for (const assignment of assignments) {
      const owner = graph.view(type.sourceEntityType, assignment.ownerId);
      const others = (siblings.get(assignment.ownerId) ?? []).map((row) => toResourceType(row, []));
      const isMet = owner !== null && isDependencyMet(type, owner, others);
      if (!isDue(assignment, type, now, isMet)) continue;
      const target =
        assignment.targetId === null
          ? null
          : graph.view(type.targetEntityType, assignment.targetId);
      const order = buildOrder({
        id: '0',
        model,
        assignment,
        owner,
        target,
        findResource: (entityType, id) => graph.view(entityType, id),
      });
      if (order === null) continue;
      const complete = addArguments({
        resourceType: type,
        order,
        owner,
        period: assignment,
        now,
        ...(queries === undefined ? {} : { queries }),
        findResource: (entityType, id) => graph.view(entityType, id),
      });
      if (complete.status === 'computed') planned.push({ assignment, order: complete.order });
      else {
        const { changeType } = order;
        const { message } = complete;
        held.push({
          assignmentId: assignment.id ?? 0,
          resourceType: type.identifier,
          owner: order.owner.identifier,
          changeType,
          message,
        });
      }
    }
  }
  const compare = compareOrders(model);
  return { planned: planned.sort((a, b) => compare(a.order, b.order)), held };
}

/** An order carries all scalars of the owner, of the target and of what it links to. */
function readsOfOrders(model: Model, type: ResourceType): ReadonlySet<ReadPair> {
  const reads = new Set<ReadPair>(type.arguments?.reads);
  const addScalars = (entityType: string): void => {
    for (const property of model.entityModel.entityTypes.get(entityType)?.properties.values() ??
      []) {
      if (property.kind === 'scalar') reads.add(`${entityType}:${property.identifier}`);
    }
  };
  addScalars(type.sourceEntityType);
  addScalars(type.targetEntityType);
  for (const property of model.entityModel.entityTypes
    .get(type.targetEntityType)
    ?.properties.values() ?? []) {
    if (property.kind === 'navigation') addScalars(property.target);
  }
  return reads;
}

function linkedIds(
  model: Model,
  type: ResourceType,
  assignments: readonly AssignedResourceType[],
): ReadonlyMap<string, ReadonlySet<number>> {
  const ids = new Map<string, Set<number>>();
  const add = (property: string, id: number): void => {
    const declared = model.entityModel.entityTypes
      .get(type.targetEntityType)
      ?.properties.get(property);
    if (declared?.kind !== 'navigation' || id === 0) return;
    const known = ids.get(declared.target) ?? new Set<number>();
    ids.set(declared.target, known);
    known.add(id);
  };
  for (const assignment of assignments) {
    for (const [property, value] of Object.entries(assignment.policyValues)) {
      if (Array.isArray(value)) for (const id of value) add(property, id);
    }
    for (const value of assignment.values) {
      if (value.kind !== 'navigation') continue;
      add(value.property, value.linkedId);
      add(value.property, Number(value.policyValue ?? 0));
      add(value.property, Number(value.currentValue ?? 0));
    }
  }
  return ids;
}

async function countPlanned(
  t: StoreTransaction,
  types: readonly ResourceType[],
  planned: readonly Planned[],
): Promise<readonly PlannedChanges[]> {
  const counts: PlannedChanges[] = [];
  for (const resourceType of types) {
    const own = planned.filter(
      ({ order }) => order.resourceType.identifier === resourceType.identifier,
    );
    if (own.length === 0) continue;
    const changes = countChanges(own.map(({ order }) => order));
    const enough = populationToCount({ resourceType, ...changes });
    const population = await countTargets(t, resourceType.identifier, enough);
    counts.push({ resourceType, ...changes, population });
  }
  return counts;
}

function countChanges(orders: readonly ProvisioningOrder[]): {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
} {
  const count = (type: ProvisioningOrder['changeType']): number =>
    orders.filter((order) => order.changeType === type).length;
  return { added: count('added'), modified: count('modified'), deleted: count('deleted') };
}

async function storeOrders(
  t: StoreTransaction,
  model: Model,
  planned: readonly Planned[],
  at: string,
  runId: number,
): Promise<void> {
  const firstId = await allocateIds(t, planned.length);
  let position = firstId;
  let group = '';
  const rows: NewOrder[] = planned.map(({ assignment, order }, index) => {
    // Orders of one group may be carried out side by side; the groups follow each other.
    const nextGroup = `${order.changeType === 'deleted'}/${order.resourceType.identifier}`;
    if (nextGroup !== group) position = firstId + index;
    group = nextGroup;
    const id = firstId + index;
    const mapping = model.resourceTypes.get(assignment.resourceType)?.mapping;
    const connection = model.connections.get(mapping?.connection ?? '');
    return {
      id,
      assigned_resource_type_id: assignment.id ?? 0,
      resource_type: assignment.resourceType,
      connector: connection?.connector ?? '',
      connection: mapping?.connection ?? '',
      change_type: order.changeType,
      position,
      payload: JSON.stringify({ ...order, id: String(id) }),
      generated_at: at,
      run_id: runId,
    };
  });
  await insertOrders(t, rows);
  await markTransmitted(t, runId, at);
}

/** A copy for people and scripts, in the published shape; the store's orders are the ones that count. */
async function writeOrderFile(
  workspace: Workspace,
  runId: number,
  orders: readonly ProvisioningOrder[],
): Promise<void> {
  const folder = join(workspace.settings.workFolder, 'ProvisioningOrders');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${runId}.json`);
  const file = await open(`${path}.part`, 'w', 0o600);
  try {
    await file.writeFile(formatOrders(orders));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.part`, path);
}

function describeThreshold(breach: ThresholdBreach): string {
  const words = { added: 'to add', modified: 'to change', deleted: 'to remove' } as const;
  const limit =
    breach.measure === 'percent' ? `${breach.limit} % of ${breach.population}` : `${breach.limit}`;
  return `${breach.resourceType}: ${breach.count} ${words[breach.changeType]}, limit ${limit}`;
}
