/** Decisions about resources of managed systems that nobody owns: whose they are, whether they may stay. */
import {
  type Model,
  moveProvisioning,
  moveWorkflow,
  provisioningStates,
  type ResourceType,
  workflowStates,
} from '../../config/index.ts';
import {
  type BoundOrphan,
  bindOrphans,
  countHeldTargets,
  type EntityTable,
  filterOrphans,
  finishRun,
  listMissing,
  readClassifications,
  readNames,
  readTableMap,
  recordDecisions,
  recordMatchChanges,
  type Store,
  type StoreTransaction,
  writeClassifications,
} from '../store/index.ts';
import { openRun } from './decision.ts';
import { DecisionError } from './errors.ts';

export interface OrphanDecision {
  /** Of the resources. */
  readonly entityType: string;
  readonly resourceIds: readonly number[];
  /**
   * `bind`: this is the owner, and the rules say whether it may have it. `authorize`: it stays, with this owner or with none.
   * `delete`: it is deleted.
   */
  readonly decision: 'bind' | 'authorize' | 'delete';
  /** `null`: nobody. */
  readonly ownerId: number | null;
  /** Needed where neither a classification nor the entity type says what the resources are. */
  readonly resourceType?: string;
  readonly person: string;
  readonly comment: string | null;
  /** UTC ISO. */
  readonly at: string;
  readonly isDryRun: boolean;
}

interface Orphan {
  readonly id: number;
  readonly type: ResourceType;
}

/**
 * All of them or none. An owner that is chosen correlates and freezes the resource: no rule changes it again, and values that
 * differ from the policy become gaps at the next evaluation. Authorized without an owner, it is neither listed nor
 * classified nor correlated any more. Throws `DecisionError`.
 */
export async function decideOrphans(
  store: Store,
  model: Model,
  decision: OrphanDecision,
): Promise<{ readonly changed: number }> {
  return store.transaction(async (t) => {
    const ids = [...new Set(decision.resourceIds)].sort((a, b) => a - b);
    const orphans = await findOrphans(t, model, { ...decision, resourceIds: ids });
    await checkOwner(t, model, decision, orphans);
    if (decision.isDryRun) return { changed: orphans.length };
    const kind = `orphan ${decision.decision}`;
    const runId = await openRun(t, model, { at: decision.at, kind });
    const made = await apply(t, decision, orphans, runId);
    const names = await readNames(t, model.entityModel, decision.entityType, ids);
    await recordDecisions(
      t,
      orphans.map(({ id, type }, index) => ({
        kind,
        // Without an assignment the resource itself: ids are unique in the whole store.
        assigned_resource_type_id: made[index] ?? id,
        subject: `${decision.entityType}:${names.get(id)?.key ?? `#${id}`}`,
        decided_by: decision.person,
        decided_at: decision.at,
        comment: decision.comment,
        run_id: runId,
        owner_type: type.sourceEntityType,
        owner_id: decision.ownerId,
        item: type.identifier,
      })),
    );
    await finishRun(t, runId, {
      status: 'done',
      finishedAt: decision.at,
      details: { resources: orphans.length, person: decision.person },
    });
    return { changed: orphans.length };
  });
}

async function findOrphans(
  t: StoreTransaction,
  model: Model,
  decision: OrphanDecision,
): Promise<readonly Orphan[]> {
  const { entityType, resourceIds } = decision;
  const types = [...model.resourceTypes.values()].filter(
    (type) => type.targetEntityType === entityType,
  );
  const entity = (await readTableMap(t)).entities.get(entityType);
  const open = await openOf(t, entity, types, resourceIds);
  const stuck = resourceIds.find((id) => !open.has(id));
  if (stuck !== undefined) {
    throw new DecisionError(
      'DECISION_NOT_OPEN',
      `There is nothing to ${decision.decision} for ${stuck}: ${entityType} has no such resource without an owner.`,
      {
        hint: 'Nothing was changed. See what nobody owns with "lockstep reconcile list".',
        details: { resourceId: stuck },
      },
    );
  }
  const known = await readClassifications(t, resourceIds);
  return resourceIds.map((id) => ({
    id,
    type: chooseType(types, decision, known.get(id)?.resourceType, id),
  }));
}

async function openOf(
  t: StoreTransaction,
  entity: EntityTable | undefined,
  types: readonly ResourceType[],
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  if (entity === undefined || types.length === 0) return new Set();
  const resourceTypes = types.map((type) => type.identifier);
  return new Set(await filterOrphans(t, { table: entity.table, resourceTypes }, ids));
}

function chooseType(
  types: readonly ResourceType[],
  { entityType, resourceType }: OrphanDecision,
  classified: string | undefined,
  id: number,
): ResourceType {
  const wanted = resourceType ?? classified;
  const [only] = types;
  if (wanted === undefined && types.length === 1 && only !== undefined) return only;
  const found = types.find((type) => type.identifier === wanted);
  if (found !== undefined) return found;
  const names = types.map((type) => type.identifier).join(', ');
  throw new DecisionError(
    'DECISION_RESOURCE_TYPE_NEEDED',
    wanted === undefined
      ? `Nothing says which resource type number ${id} (${entityType}) is of; it could be ${names}.`
      : `${wanted} is no resource type of ${entityType}.`,
    {
      hint: `Nothing was changed. Name one of them with --resource-type: ${names}.`,
      details: { resourceId: id },
    },
  );
}

async function checkOwner(
  t: StoreTransaction,
  model: Model,
  { ownerId, decision }: OrphanDecision,
  orphans: readonly Orphan[],
): Promise<void> {
  if (ownerId === null) {
    if (decision !== 'bind') return;
    throw new DecisionError('DECISION_OWNER_UNKNOWN', 'Binding needs an owner.', {
      hint: 'Nothing was changed. Name the owner, or authorize the resource without one.',
    });
  }
  const tables = await readTableMap(t);
  for (const [type, own] of Map.groupBy(orphans, (orphan) => orphan.type)) {
    const entity = tables.entities.get(type.sourceEntityType);
    const isMissing =
      entity === undefined || (await listMissing(t, entity.table, [ownerId])).length > 0;
    if (isMissing) {
      throw new DecisionError(
        'DECISION_OWNER_UNKNOWN',
        `The chosen owner is no ${type.sourceEntityType}; those own resources of ${type.identifier}.`,
        { hint: 'Nothing was changed. Find the owner with "lockstep resource list".' },
      );
    }
    const held = await countHeldTargets(t, type.identifier, ownerId);
    if (type.correlateMultipleResources || held + own.length <= 1 || decision === 'delete')
      continue;
    throw new DecisionError(
      'DECISION_OWNER_TAKEN',
      `${type.sourceEntityType}:${await keyOf(t, model, type.sourceEntityType, ownerId)} would have ${held + own.length} resources of ${type.identifier}, of which an owner has one.`,
      {
        hint: 'Nothing was changed. Choose another owner, or set CorrelateMultipleResources on the resource type.',
        details: { resourceType: type.identifier, ownerId },
      },
    );
  }
}

async function keyOf(
  t: StoreTransaction,
  model: Model,
  entityType: string,
  id: number,
): Promise<string> {
  return (await readNames(t, model.entityModel, entityType, [id])).get(id)?.key ?? `#${id}`;
}

/** Returns the assignments that were made, in the order of the orphans; none when they stay without an owner. */
async function apply(
  t: StoreTransaction,
  { decision, ownerId, entityType, at }: OrphanDecision,
  orphans: readonly Orphan[],
  runId: number,
): Promise<readonly number[]> {
  if (decision === 'authorize' && ownerId === null) {
    const updates = orphans.map(({ id, type }) => ({
      resourceId: id,
      classification: { resourceType: type.identifier, confidence: 100 },
      isReviewed: true,
    }));
    await writeClassifications(t, entityType, updates, runId);
    return [];
  }
  const states = statesOf(decision);
  const bound = orphans.map(
    ({ id, type }): BoundOrphan => ({
      resourceType: type.identifier,
      ownerId: ownerId ?? 0,
      targetId: id,
      ...states,
    }),
  );
  const made = await bindOrphans(t, bound, { id: runId, at });
  if (ownerId !== null) {
    for (const sourceType of new Set(orphans.map(({ type }) => type.sourceEntityType)))
      await recordMatchChanges(t, sourceType, [ownerId], runId);
  }
  return made;
}

function statesOf(
  decision: OrphanDecision['decision'],
): Pick<BoundOrphan, 'workflowState' | 'provisioningState'> {
  const { none } = workflowStates;
  switch (decision) {
    case 'bind':
      return {
        workflowState: moveWorkflow(none, 'orphan-bound'),
        provisioningState: provisioningStates.none,
      };
    case 'authorize':
      return {
        workflowState: moveWorkflow(none, 'orphan-authorized'),
        provisioningState: moveProvisioning(provisioningStates.none, 'account-kept'),
      };
    case 'delete':
      return {
        workflowState: moveWorkflow(none, 'orphan-deleted'),
        provisioningState: moveProvisioning(provisioningStates.none, 'deletion-decided'),
      };
  }
}
