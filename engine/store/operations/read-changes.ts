/** What synchronizations and key computations changed, and how far each entity type's evaluation has read it. */
import type { StoreTransaction } from '../open-store.ts';
import type { ResourceChangeRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

export interface EvaluationMark {
  readonly configurationHash: string;
  /** Changes up to this id are reflected in the assignments. */
  readonly lastChangeId: number;
}

export async function readEvaluationMark(
  { tx }: StoreTransaction,
  entityType: string,
): Promise<EvaluationMark | null> {
  const row = await tx('evaluations').where({ entity_type: entityType }).first();
  if (row === undefined) return null;
  return { configurationHash: row.configuration_hash, lastChangeId: Number(row.last_change_id) };
}

export async function writeEvaluationMark(
  { tx }: StoreTransaction,
  entityType: string,
  mark: EvaluationMark,
  runId: number,
): Promise<void> {
  await tx('evaluations').where({ entity_type: entityType }).delete();
  await tx('evaluations').insert({
    entity_type: entityType,
    configuration_hash: mark.configurationHash,
    last_change_id: mark.lastChangeId,
    run_id: runId,
  });
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
    if (rows.length === 0) return;
    yield rows;
    last = rows.at(-1)?.id ?? last;
  }
}

/** Marks owners as touched though none of their own values changed: what they are matched with did. */
export async function recordMatchChanges(
  transaction: StoreTransaction,
  entityType: string,
  ownerIds: readonly number[],
  runId: number,
): Promise<void> {
  if (ownerIds.length === 0) return;
  const first = await allocateIds(transaction, ownerIds.length);
  await transaction.dialect.insertRows(
    transaction.tx,
    'resource_changes',
    ['id', 'run_id', 'entity_type', 'resource_id', 'kind', 'properties'],
    ownerIds.map((id, index) => [first + index, runId, entityType, id, 'update', '["*"]']),
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
