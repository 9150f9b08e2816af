/** Everything a run would change, computed over a copy of the store: evaluation and orders, on present or supposed data. */
import { createHash, randomUUID } from 'node:crypto';
import type { Model } from '../../config/index.ts';
import type { ProvisioningOrder } from '../../connectors/index.ts';
import {
  generateOrders,
  resourceTypesOfConnector,
  type TaskOutcome,
  type Workspace,
} from '../job/index.ts';
import {
  describeThreshold,
  type InvariantOverride,
  type ThresholdBreach,
  type Violation,
} from '../provision/index.ts';
import { countAwaitingApproval, countPastOrders, digestData } from '../store/index.ts';
import { evaluateSupposed, type Hypothesis, type Supposed, suppose } from './hypothesis.ts';
import {
  hashPlan,
  OrderDigests,
  type Plan,
  type PlanHead,
  type PlanScope,
  type PlanTail,
  PlanWriter,
  startHead,
} from './plan-file.ts';
import { digestOrder, type PlannedOrder, toPlannedOrder } from './planned-order.ts';
import { Summary } from './summarize.ts';
import { findUnusual, lookBack, type Unusual } from './unusual.ts';
import {
  nothingWaits,
  WaitingComparison,
  type WaitingCounts,
  type WaitingItem,
} from './waiting.ts';

export interface PlanRequest {
  readonly hypothesis: Hypothesis;
  readonly scope: PlanScope;
  readonly person: string;
  /** Where the plan is written; absent: nowhere. */
  readonly path?: string;
  /** Shown every order, in the order in which they are carried out. */
  readonly see?: (order: PlannedOrder, index: number) => void;
  /** Shown what would wait for a review and make no order, after all orders. */
  readonly seeWaiting?: (item: WaitingItem, index: number) => void;
}

/** What watches a plan while it is computed, and how its orders would be made. */
export interface PlanWatch {
  readonly see: (order: PlannedOrder, digest: string, index: number) => void | Promise<void>;
  /** Absent: what would wait is not looked for. */
  readonly seeWaiting?: (item: WaitingItem, index: number) => void | Promise<void>;
  /** Told of what would hold all orders. */
  readonly seeHeld?: (outcome: TaskOutcome) => void;
  readonly force?: boolean;
  readonly override?: InvariantOverride;
}

/**
 * Computes the plan of a run. Writes nothing to the store and nothing to a managed system. Memory: a page of orders, 43
 * characters for each order, and what the summary needs.
 */
export async function makePlan(workspace: Workspace, request: PlanRequest): Promise<Plan> {
  const { effects } = workspace;
  const { scope, hypothesis, person } = request;
  const isSupposed = Object.values(hypothesis).some((part) => part !== undefined);
  const head = startHead({
    id: randomUUID(),
    kind: 'run',
    createdAt: new Date(effects.now()).toISOString(),
    createdBy: person,
    scope,
    ...(isSupposed ? { supposed: hypothesis } : {}),
  });
  await using supposed = await suppose(workspace, hypothesis);
  await using writer =
    request.path === undefined ? undefined : await PlanWriter.open(request.path, head);
  const tail = await computePlan(supposed, head, {
    see: async (order, _digest, index) => {
      request.see?.(order, index);
      await writer?.write(order);
    },
    seeWaiting: async (item, index) => {
      request.seeWaiting?.(item, index);
      await writer?.writeWaiting(item);
    },
  });
  await writer?.finish(tail);
  return { head, tail };
}

/** The plan of a run in an open copy, order by order. */
export async function computePlan(
  supposed: Supposed,
  head: Pick<PlanHead, 'kind' | 'scope'>,
  { see, seeWaiting, seeHeld, force = false, override }: PlanWatch,
): Promise<PlanTail> {
  const { workspace } = supposed;
  const { store, model, effects } = workspace;
  const { scope } = head;
  const range = rangeOf(model, scope);
  const waiting =
    seeWaiting === undefined
      ? null
      : await WaitingComparison.begin(workspace, resourceTypesOf(model, range));
  const awaitingBefore = await store.read(countAwaitingApproval);
  const evaluated = await evaluateSupposed(supposed, { entityTypes: scope.entityTypes });
  const awaiting = await store.read(countAwaitingApproval);
  const data = await store.read((t) => digestData(t, effects.signal));
  const summary = new Summary();
  const digests = new OrderDigests();
  const generated = await generateOrders(workspace, {
    ...range,
    force,
    ...(override === undefined ? {} : { override }),
    isDryRun: true,
    observe: async (order: ProvisioningOrder) => {
      const planned = toPlannedOrder(model, order);
      const digest = digestOrder(planned);
      const index = digests.count;
      digests.add(digest);
      summary.see(planned);
      waiting?.seeOrder(planned);
      await see(planned, digest, index);
    },
  });
  if (generated.status === 'blocked') seeHeld?.(generated);
  const counts = await tellWaiting(waiting, seeWaiting);
  const orders = { count: digests.count, sha256: digests.finish() };
  const past = await store.read((t) => countPastOrders(t, lookBack));
  const parts = { configuration: model.hash, data, orders };
  const { systems } = summary;
  return {
    ...parts,
    systems,
    unusual: [...describeLimits(model, generated), ...findUnusual(systems, past)],
    notes: [
      ...describeItems(supposed),
      ...supposed.sources.flatMap(({ messages }) => messages),
      ...evaluated.filter(({ status }) => status === 'warning').map(({ message }) => message),
      ...describeHeld(generated),
      ...describeAwaiting(awaitingBefore, awaiting, resourceTypesOf(model, range)),
    ],
    waiting: counts,
    items: digestItems(model),
    hash: hashPlan(head, parts),
  };
}

async function tellWaiting(
  waiting: WaitingComparison | null,
  see: PlanWatch['seeWaiting'],
): Promise<WaitingCounts> {
  if (waiting === null || see === undefined) return nothingWaits;
  const counts = { ...nothingWaits };
  let index = 0;
  for await (const item of waiting.differences()) {
    counts[item.change] += 1;
    await see(item, index);
    index += 1;
  }
  return counts;
}

/** `null`: all. */
function resourceTypesOf(
  model: Model,
  { connector, resourceTypes }: ReturnType<typeof rangeOf>,
): readonly string[] | null {
  if (resourceTypes.length > 0) return resourceTypes;
  if (connector === undefined) return null;
  return resourceTypesOfConnector(model, connector).map((type) => type.identifier);
}

/** No resource type is called so. */
const noResourceType = '';

/** What `generateOrders` is asked for, of the scope of a plan. */
export function rangeOf(
  model: Model,
  { connector, entityTypes }: PlanScope,
): { readonly connector?: string; readonly resourceTypes: readonly string[] } {
  if (entityTypes.length === 0)
    return connector === undefined ? { resourceTypes: [] } : { connector, resourceTypes: [] };
  const types =
    connector === undefined
      ? [...model.resourceTypes.values()]
      : resourceTypesOfConnector(model, connector);
  const chosen = types
    .filter((type) => entityTypes.includes(type.sourceEntityType))
    .map((type) => type.identifier);
  // An empty list would mean all of them.
  return { resourceTypes: chosen.length === 0 ? [noResourceType] : chosen };
}

function describeItems({ items, migration }: Supposed): readonly string[] {
  if (items.length + migration.length === 0) return [];
  const count = (kind: Supposed['items'][number]['change']): number =>
    items.filter(({ change }) => change === kind).length;
  const lost = migration.reduce((sum, step) => sum + step.affectedRows, 0);
  const losing = lost === 0 ? '' : `, ${lost} rows would lose data`;
  return [
    `Supposed configuration: ${count('inserted')} elements inserted, ${count('changed')} changed, ${count('removed')} removed${losing}.`,
  ];
}

/** Thresholds that would trip and invariants that would be broken. */
function describeLimits(model: Model, { summary }: TaskOutcome): readonly Unusual[] {
  // Written by `generateOrders`.
  const { breaches = [], violations = [] } = summary as {
    readonly breaches?: readonly ThresholdBreach[];
    readonly violations?: readonly Violation[];
  };
  return [
    ...violations.map(({ invariant, message }) => ({
      kind: 'invariant' as const,
      connector: '',
      message: `The invariant ${invariant} would hold all orders: ${message}`,
    })),
    ...breaches.map((breach) => ({
      kind: 'threshold' as const,
      connector: connectorOf(model, breach.resourceType),
      message: `A threshold would hold all orders: ${describeThreshold(breach)}.`,
    })),
  ];
}

function connectorOf(model: Model, resourceType: string): string {
  const connection = model.resourceTypes.get(resourceType)?.mapping?.connection ?? '';
  return model.connections.get(connection)?.connector ?? '';
}

function describeHeld({ summary, message }: TaskOutcome): readonly string[] {
  return summary['held'] === undefined ? [] : [message];
}

function describeAwaiting(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  inScope: readonly string[] | null,
): readonly string[] {
  const notes: string[] = [];
  for (const [resourceType, count] of after) {
    if (count === 0 || inScope?.includes(resourceType) === false) continue;
    const fresh = count - (before.get(resourceType) ?? 0);
    const more = fresh > 0 ? `, ${fresh} of them newly` : '';
    notes.push(`${count} of ${resourceType} would wait for a review${more}: they make no order.`);
  }
  return notes;
}

/** Beginnings of digests: enough to name what differs. */
const itemDigestLength = 10;

export function digestItems(model: Model): Readonly<Record<string, string>> {
  return Object.fromEntries(
    model.items
      .map(({ element, key, content }): [string, string] => [
        `${element} ${key}`,
        createHash('sha256').update(content).digest('base64url').slice(0, itemDigestLength),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
