/** What synchronizations and key computations changed, and how far each entity type's evaluation has read it. */
import type { Model } from '../../../config/index.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { ResourceChangeRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

export interface EvaluationMark {
  readonly configurationHash: string;
  /** Changes up to this id are reflected in the assignments. */
  readonly lastChangeId: number;
  /** UTC ISO: as of when it was evaluated; absent where time does not matter. */
  readonly evaluatedAt?: string | null;
}

export async function readEvaluationMark(
  { tx }: StoreTransaction,
  entityType: string,
): Promise<EvaluationMark | null> {
  const row = await tx('evaluations').where({ entity_type: entityType }).first();
  if (row === undefined) return null;
  return {
    configurationHash: row.configuration_hash,
    lastChangeId: Number(row.last_change_id),
    evaluatedAt: row.evaluated_at,
  };
}

export async function writeEvaluationMark(
  { tx }: StoreTransaction,
  entityType: string,
  mark: EvaluationMark,
  runId: number,
): Promise<void> {
  const row = {
    configuration_hash: mark.configurationHash,
    last_change_id: mark.lastChangeId,
    evaluated_at: mark.evaluatedAt ?? null,
    run_id: runId,
  };
  const updated = await tx('evaluations').where({ entity_type: entityType }).update(row);
  if (updated === 0) await tx('evaluations').insert({ entity_type: entityType, ...row });
}

/** Id of the newest change; 0 when there is none. */
export async function readLastChangeId({ tx }: StoreTransaction): Promise<number> {
  const row = await tx('meta').where({ name: 'next_id' }).first('value');
  return Number(row.value) - 1;
}

/** Changes after `lastChangeId`, in order, in batches. */
export async function* readChanges(
  { tx }: StoreTransaction,
  lastChangeId: number,
  batchSize = 1_000,
): AsyncGenerator<readonly ResourceChangeRow[]> {
  let last = lastChangeId;
  for (;;) {
    const rows = await tx<ResourceChangeRow>('resource_changes')
      .where('id', '>', last)
      .orderBy('id')
      .limit(batchSize);
    if (rows.length > 0) yield rows;
    if (rows.length < batchSize) return;
    last = rows.at(-1)?.id ?? last;
  }
}

/** Ids of the resources that went after `lastChangeId`, by entity type. */
export async function listDeletedSince(
  { tx }: StoreTransaction,
  lastChangeId: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rows = await tx<ResourceChangeRow>('resource_changes')
    .where('id', '>', lastChangeId)
    .where('kind', 'delete')
    .orderBy('id')
    .select('entity_type', 'resource_id');
  const ids = new Map<string, number[]>();
  for (const row of rows) {
    const known = ids.get(row.entity_type);
    if (known === undefined) ids.set(row.entity_type, [row.resource_id]);
    else known.push(row.resource_id);
  }
  return ids;
}

/**
 * Marks owners as touched though none of their own values changed: what they are matched with did. Returns the id of the
 * first of these changes, which follow each other; `null`: there are none.
 */
export async function recordMatchChanges(
  transaction: StoreTransaction,
  entityType: string,
  ownerIds: readonly number[],
  runId: number,
): Promise<number | null> {
  if (ownerIds.length === 0) return null;
  const first = await allocateIds(transaction, ownerIds.length);
  await transaction.dialect.insertRows(
    transaction.tx,
    'resource_changes',
    ['id', 'run_id', 'entity_type', 'resource_id', 'kind', 'properties'],
    ownerIds.map((id, index) => [first + index, runId, entityType, id, 'update', '["*"]']),
  );
  return first;
}

/**
 * Marks the owners of these assignments as touched: a person decided about one of them, or a system answered, and the
 * next evaluation draws the conclusions though no resource changed.
 */
export async function recordAssignmentChanges(
  transaction: StoreTransaction,
  model: Model,
  assignmentIds: readonly number[],
  runId: number,
): Promise<void> {
  const { tx, dialect } = transaction;
  const owners = new Map<string, Set<number>>();
  for (let start = 0; start < assignmentIds.length; start += dialect.maxParameters) {
    const rows = await tx('assigned_resource_types')
      .whereIn('id', assignmentIds.slice(start, start + dialect.maxParameters))
      .select('resource_type', 'owner_id');
    for (const row of rows) {
      const entityType = model.resourceTypes.get(row.resource_type)?.sourceEntityType;
      if (entityType === undefined) continue;
      const ids = owners.get(entityType) ?? new Set<number>();
      owners.set(entityType, ids.add(Number(row.owner_id)));
    }
    const roles = await tx('assigned_roles')
      .whereIn('id', assignmentIds.slice(start, start + dialect.maxParameters))
      .select('owner_type', 'owner_id');
    for (const row of roles) {
      const ids = owners.get(row.owner_type) ?? new Set<number>();
      owners.set(row.owner_type, ids.add(Number(row.owner_id)));
    }
  }
  for (const [entityType, ids] of owners)
    await recordMatchChanges(
      transaction,
      entityType,
      [...ids].sort((a, b) => a - b),
      runId,
    );
}

/** Removes changes that every evaluated entity type has read. Returns how many. */
export async function purgeReadChanges(
  { tx }: StoreTransaction,
  sourceEntityTypes: readonly string[],
): Promise<number> {
  const marks = await tx('evaluations')
    .whereIn('entity_type', [...sourceEntityTypes])
    .select('last_change_id');
  if (marks.length < sourceEntityTypes.length || marks.length === 0) return 0;
  const oldest = Math.min(...marks.map((row) => Number(row.last_change_id)));
  return tx('resource_changes').where('id', '<=', oldest).delete();
}
