/** What owners hold indirectly, as an evaluation found it, into the store. */
import type { Model } from '../../../config/index.ts';
import { indirectRulesOf, type OwnerOutcome } from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  closeIndirectPermissions,
  type StoreTransaction,
  type WrittenPermissions,
  writeIndirectPermissions,
} from '../../store/index.ts';

const nothing: WrittenPermissions = { inserted: 0, updated: 0, deleted: 0 };

/** Owners that could not be computed keep what is stored about them. Where no rule looks for it, the store is not asked. */
export async function saveIndirect(
  t: StoreTransaction,
  ownerType: string,
  outcomes: readonly Pick<OwnerOutcome, 'ownerId' | 'indirect'>[],
  run: AssignmentRun,
): Promise<WrittenPermissions> {
  const computed = outcomes.flatMap(({ ownerId, indirect }) =>
    indirect === undefined ? [] : [{ ownerId, indirect }],
  );
  if (computed.length === 0) return nothing;
  const found = computed.flatMap(({ ownerId, indirect }) =>
    indirect.map(({ resourceType, property, linkedId, through, targetId }) => ({
      owner_id: ownerId,
      resource_type: resourceType,
      property,
      linked_id: linkedId,
      through,
      target_id: targetId,
    })),
  );
  const ids = computed.map(({ ownerId }) => ownerId);
  return writeIndirectPermissions(t, ownerType, ids, found, run);
}

/** Owners that are gone hold nothing. */
export async function endIndirect(
  t: StoreTransaction,
  model: Model,
  ownerType: string,
  ownerIds: readonly number[],
  run: AssignmentRun,
): Promise<WrittenPermissions> {
  if (indirectRulesOf(model, ownerType).length === 0) return nothing;
  return writeIndirectPermissions(t, ownerType, ownerIds, [], run);
}

/** After an evaluation of everybody: where no rule looks for it any more, nothing is held indirectly. */
export async function endUnsoughtIndirect(
  t: StoreTransaction,
  model: Model,
  ownerType: string,
  run: AssignmentRun,
): Promise<number> {
  if (indirectRulesOf(model, ownerType).length > 0) return 0;
  return closeIndirectPermissions(t, ownerType, run);
}
