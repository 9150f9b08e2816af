/** What resources that nobody owns are taken for. A row per such resource that a rule recognizes or a person reviewed. */
import type { StoreTransaction } from '../open-store.ts';
import type { ClassifiedResourceRow } from '../tables.ts';

export interface Classification {
  readonly resourceId: number;
  readonly resourceType: string;
  readonly confidence: number;
  /** A person has authorized it without an owner. */
  readonly isReviewed: boolean;
}

/** Of these resources; those without have no entry. */
export async function readClassifications(
  { tx, dialect }: StoreTransaction,
  resourceIds: readonly number[],
): Promise<ReadonlyMap<number, Classification>> {
  const found = new Map<number, Classification>();
  for (let start = 0; start < resourceIds.length; start += dialect.maxParameters) {
    const chunk = resourceIds.slice(start, start + dialect.maxParameters);
    const rows = await tx<ClassifiedResourceRow>('classified_resources').whereIn(
      'resource_id',
      chunk,
    );
    for (const row of rows) {
      found.set(Number(row.resource_id), {
        resourceId: Number(row.resource_id),
        resourceType: row.resource_type,
        confidence: row.confidence,
        isReviewed: row.is_reviewed === 1,
      });
    }
  }
  return found;
}

/** Resources of these entity types that a person authorized without an owner: as many as people have decided about. */
export async function readReviewedResources(
  { tx }: StoreTransaction,
  entityTypes: readonly string[],
): Promise<ReadonlySet<number>> {
  const rows = await tx('classified_resources')
    // Written out, as the partial index has it.
    .whereRaw('is_reviewed = 1')
    .whereIn('entity_type', [...entityTypes])
    .select('resource_id');
  return new Set(rows.map((row) => Number(row.resource_id)));
}

export interface ClassificationUpdate {
  readonly resourceId: number;
  /** `null`: no rule recognizes it (any more). */
  readonly classification: Pick<Classification, 'resourceType' | 'confidence'> | null;
}

/** Replaces what is known of these resources. */
export async function writeClassifications(
  { tx, dialect }: StoreTransaction,
  entityType: string,
  updates: readonly (ClassificationUpdate & { readonly isReviewed?: boolean })[],
  runId: number,
): Promise<void> {
  for (let start = 0; start < updates.length; start += dialect.maxParameters) {
    const chunk = updates.slice(start, start + dialect.maxParameters);
    await tx('classified_resources')
      .whereIn(
        'resource_id',
        chunk.map(({ resourceId }) => resourceId),
      )
      .delete();
    await dialect.insertRows(
      tx,
      'classified_resources',
      ['resource_id', 'entity_type', 'resource_type', 'confidence', 'is_reviewed', 'run_id'],
      chunk.flatMap(({ resourceId, classification, isReviewed = false }) =>
        classification === null
          ? []
          : [
              [
                resourceId,
                entityType,
                classification.resourceType,
                classification.confidence,
                isReviewed ? 1 : 0,
                runId,
              ],
            ],
      ),
    );
  }
}

/**
 * Forgets resources that are gone, and those that have an owner by now; what a person reviewed is kept as long as it exists.
 * Returns how many were forgotten.
 */
export async function removeStaleClassifications(
  { tx }: StoreTransaction,
  of: {
    readonly entityType: string;
    readonly table: string;
    readonly resourceTypes: readonly string[];
  },
): Promise<number> {
  const own = { entity_type: of.entityType };
  const gone = await tx('classified_resources')
    .where(own)
    .whereNotIn('resource_id', tx(of.table).select('id'))
    .delete();
  const owned = await tx('classified_resources')
    .where({ ...own, is_reviewed: 0 })
    .whereIn(
      'resource_id',
      tx('assigned_resource_types')
        .whereIn('resource_type', [...of.resourceTypes])
        .whereNotNull('target_id')
        .whereRaw('(is_denied = 0 or confidence is null)')
        .select('target_id'),
    )
    .delete();
  return gone + owned;
}

/** Forgets what no rule speaks of any more: entity types without rules. Returns how many resources were forgotten. */
export async function removeOtherClassifications(
  { tx }: StoreTransaction,
  entityTypes: readonly string[],
): Promise<number> {
  return tx('classified_resources')
    .where('is_reviewed', 0)
    .whereNotIn('entity_type', [...entityTypes])
    .delete();
}
