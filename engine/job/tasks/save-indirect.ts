/** What owners hold indirectly, as an evaluation found it, into the store; and what is frozen there out of it. */
import type { Model } from '../../../config/index.ts';
import {
  type IndirectPermission,
  indirectRulesOf,
  type OwnerOutcome,
  risksOf,
} from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  closeIndirectPermissions,
  readIndirectPermissions,
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
  const found = new Map<number, readonly IndirectPermission[]>();
  for (const { ownerId, indirect } of outcomes)
    if (indirect !== undefined) found.set(ownerId, indirect);
  return found.size === 0 ? nothing : writeIndirectPermissions(t, ownerType, found, run);
}

/** What risks of these owners are to count while it is frozen: as it is stored. Where none is declared, the store is not asked. */
export async function readFrozen(
  t: StoreTransaction,
  model: Model,
  ownerType: string,
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, readonly IndirectPermission[]>> {
  if (risksOf(model, ownerType).length === 0) return new Map();
  return readIndirectPermissions(t, ownerType, ownerIds);
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
  const none = new Map(ownerIds.map((id) => [id, []]));
  return writeIndirectPermissions(t, ownerType, none, run);
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
