/** Risks that an evaluation found, into the store. */
import type { Model } from '../../../config/index.ts';
import { type OwnerOutcome, risksOf } from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  closeUndeclaredRisks,
  type StoreTransaction,
  writeIdentifiedRisks,
} from '../../store/index.ts';

/** Owners that could not be computed keep what is stored about them. Where no risk is declared, the store is not asked. */
export async function saveRisks(
  t: StoreTransaction,
  ownerType: string,
  outcomes: readonly Pick<OwnerOutcome, 'ownerId' | 'risks'>[],
  run: AssignmentRun,
): Promise<void> {
  const computed = outcomes.flatMap(({ ownerId, risks }) =>
    risks === undefined ? [] : [{ ownerId, risks }],
  );
  if (computed.length === 0) return;
  const found = computed.flatMap(({ ownerId, risks }) =>
    risks.map(({ risk, rules }) => ({ ownerId, risk, evidence: JSON.stringify(rules) })),
  );
  const ids = computed.map(({ ownerId }) => ownerId);
  await writeIdentifiedRisks(t, ownerType, ids, found, run);
}

/** Owners that are gone have no risks. */
export async function endRisks(
  t: StoreTransaction,
  model: Model,
  ownerType: string,
  ownerIds: readonly number[],
  run: AssignmentRun,
): Promise<void> {
  if (risksOf(model, ownerType).length === 0) return;
  await writeIdentifiedRisks(t, ownerType, ownerIds, [], run);
}

/** After an evaluation of everybody: risks the configuration declares no more are over. */
export async function endUndeclaredRisks(
  t: StoreTransaction,
  model: Model,
  ownerType: string,
  run: AssignmentRun,
): Promise<void> {
  const declared = risksOf(model, ownerType).map(({ identifier }) => identifier);
  await closeUndeclaredRisks(t, ownerType, declared, run);
}
