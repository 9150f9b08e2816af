/** Everything a run would change, computed over a copy of the store: evaluation and orders, on present or supposed data. */
import { createHash, randomUUID } from 'node:crypto';
import type { Model } from '../../config/index.ts';
import type { ProvisioningOrder } from '../../connectors/index.ts';
import { generateOrders, type TaskOutcome, type Workspace } from '../job/index.ts';
import { describeThreshold, type ThresholdBreach, type Violation } from '../provision/index.ts';
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

export interface PlanRequest {
  readonly hypothesis: Hypothesis;
  readonly scope: PlanScope;
  readonly person: string;
  /** Where the plan is written; absent: nowhere. */
  readonly path?: string;
  /** Shown every order, in the order in which they are carried out. */
  readonly see?: (order: PlannedOrder, index: number) => void;
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
  const tail = await computePlan(supposed, head, async (order, _digest, index) => {
    request.see?.(order, index);
    await writer?.write(order);
  });
  await writer?.finish(tail);
  return { head, tail };
}

/** The plan of a run in an open copy, order by order. */
export async function computePlan(
  supposed: Supposed,
  head: Pick<PlanHead, 'kind' | 'scope'>,
  see: (order: PlannedOrder, digest: string, index: number) => void | Promise<void>,
): Promise<PlanTail> {
  const { workspace } = supposed;
  const { store, model, effects } = workspace;
  const { scope } = head;
  const awaitingBefore = await store.read(countAwaitingApproval);
  const evaluated = await evaluateSupposed(supposed, { entityTypes: scope.entityTypes });
  const awaiting = await store.read(countAwaitingApproval);
  const data = await store.read((t) => digestData(t, effects.signal));
  const summary = new Summary();
  const digests = new OrderDigests();
  const generated = await generateOrders(workspace, {
    ...rangeOf(model, scope),
    force: false,
    isDryRun: true,
    observe: async (order: ProvisioningOrder) => {
      const planned = toPlannedOrder(model, order);
      const digest = digestOrder(planned);
      const index = digests.count;
      digests.add(digest);
      summary.see(planned);
      await see(planned, digest, index);
    },
  });
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
      ...describeAwaiting(awaitingBefore, awaiting),
    ],
    items: digestItems(model),
    hash: hashPlan(head, parts),
  };
}

/** What `generateOrders` is asked for, of the scope of a plan. */
export function rangeOf(
  model: Model,
  { connector, entityTypes }: PlanScope,
): { readonly connector?: string; readonly resourceTypes: readonly string[] } {
  if (entityTypes.length === 0)
    return connector === undefined ? { resourceTypes: [] } : { connector, resourceTypes: [] };
  const chosen = [...model.resourceTypes.values()].filter(
    (type) =>
      entityTypes.includes(type.sourceEntityType) &&
      (connector === undefined ||
        model.connections.get(type.mapping?.connection ?? '')?.connector === connector),
  );
  return { resourceTypes: chosen.map((type) => type.identifier) };
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
): readonly string[] {
  const notes: string[] = [];
  for (const [resourceType, count] of after) {
    if (count === 0) continue;
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
