/** Why what is pending has not been delivered: facts from the store around each assignment. */
import type { Model } from '../../../config/index.ts';
import { isDependencyMet } from '../../evaluate/index.ts';
import {
  describeThreshold,
  type ThresholdBreach,
  type WaitingReason,
  whyWaiting,
} from '../../provision/index.ts';
import {
  type AssignedResourceTypeRow,
  listCircuits,
  listRunsOfKind,
  listUnsettledOrders,
  type StoreTransaction,
} from '../../store/index.ts';
import type { OwnerNow } from './explain-owner-now.ts';

export type Delay = {
  readonly assignmentId: number;
  readonly resourceType: string;
} & WaitingReason;

export async function explainDelays(
  t: StoreTransaction,
  model: Model,
  owner: OwnerNow,
  assignments: readonly AssignedResourceTypeRow[],
): Promise<readonly Delay[]> {
  const { state, options } = owner;
  const wanted = new Set(assignments.map((row) => row.id));
  const orders = await listUnsettledOrders(t, [...wanted]);
  const circuits = new Map((await listCircuits(t)).map((row) => [row.connection, row]));
  const breaches = await readBreaches(t);
  return state.resourceTypes.flatMap((assignment): readonly Delay[] => {
    const resourceType = model.resourceTypes.get(assignment.resourceType);
    const { id } = assignment;
    if (id === null || !wanted.has(id) || resourceType === undefined) return [];
    const order = orders.find((row) => row.assigned_resource_type_id === id);
    const circuit = circuits.get(resourceType.mapping?.connection ?? '');
    const { dependsOnOwnerProperty } = resourceType;
    const { dependsOnOwnerProperty: _, ...withoutProperty } = resourceType;
    const reasons = whyWaiting({
      assignment,
      resourceType,
      policy: model.policies.get(resourceType.policy),
      connection: model.connections.get(resourceType.mapping?.connection ?? ''),
      ownerProperty:
        dependsOnOwnerProperty === undefined ? null : state.owner.scalar(dependsOnOwnerProperty),
      ownsDependency: isDependencyMet(withoutProperty, state.owner, state.resourceTypes),
      now: options.now,
      breach: breaches.get(assignment.resourceType) ?? null,
      order:
        order === undefined
          ? null
          : {
              id: order.id,
              status: order.status,
              nextAttemptAt: order.next_attempt_at,
              message: order.message,
            },
      pausedUntil:
        circuit?.state === 'open' && (circuit.retry_at ?? '') > options.timestamp
          ? circuit.retry_at
          : null,
    });
    return reasons.map((reason) => ({
      assignmentId: id,
      resourceType: assignment.resourceType,
      ...reason,
    }));
  });
}

/** Generations that are looked back at. */
const generations = 100;

/** By resource type: what stopped the last generation that was about it, unless a later one of the same scope went through. */
async function readBreaches(t: StoreTransaction): Promise<ReadonlyMap<string, string>> {
  const breaches = new Map<string, string>();
  const later = new Set<string>();
  for (const run of await listRunsOfKind(t, 'generate', generations)) {
    // Without a subject it was about everything.
    if (later.has('') || later.has(run.subject)) continue;
    if (run.status !== 'done' && run.status !== 'blocked') continue;
    later.add(run.subject);
    if (run.status === 'done') continue;
    // Written by the generation itself.
    const { breaches: own = [] } = JSON.parse(run.details) as {
      readonly breaches?: readonly ThresholdBreach[];
    };
    for (const breach of own)
      if (!breaches.has(breach.resourceType))
        breaches.set(breach.resourceType, describeThreshold(breach));
  }
  return breaches;
}
