/** Whom an evaluation of what changed is about. */
import { type Model, provisioningStates } from '../../../config/index.ts';
import { groupingsOf, indirectRulesOf, resourceTypesOf } from '../../evaluate/index.ts';
import {
  listDueOwners,
  listMissing,
  listOwnersInFlight,
  listOwnersInState,
  listOwnersOfTargets,
  listVanishedOwners,
  removeDues,
  removeStaleDues,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import { findReached, isAnyUpdated, isQueriedTouched } from './affected-owners.ts';
import type { EvaluationSession } from './evaluation-session.ts';
import { listOwnersNaming } from './parameter-owners.ts';

export interface SoughtOwners {
  readonly model: Model;
  readonly entityType: string;
  readonly tables: TableMap;
}

/**
 * Owners whose reads changed, whose dates fall due, or who have something in flight; ascending. `null`: everybody,
 * because a query may find something else.
 */
export async function findDirtyOwners(
  t: StoreTransaction,
  { model, entityType, tables }: SoughtOwners,
  { readGroups, queried }: Pick<EvaluationSession, 'readGroups' | 'queried'>,
  since: {
    readonly lastChangeId: number;
    readonly now: string;
    /** The evaluation before held back other orders than this one. */
    readonly isHeldOtherwise: boolean;
  },
): Promise<readonly number[] | null> {
  const { lastChangeId, now } = since;
  if (await isQueriedTouched(t, queried, lastChangeId)) return null;
  if (await isAnyUpdated(t, groupingsOf(model, entityType), lastChangeId)) return null;
  const own = resourceTypesOf(model, entityType);
  const identifiers = own.map((type) => type.identifier);
  const roots = [entityType, ...own.map((type) => type.targetEntityType)];
  const places = { entityModel: model.entityModel, tables };
  const reached = await findReached(t, places, readGroups, roots, lastChangeId);
  const ids = new Set<number>(reached.get(entityType) ?? []);
  for (const targetType of new Set(own.map((type) => type.targetEntityType))) {
    const types = own
      .filter((type) => type.targetEntityType === targetType)
      .map((type) => type.identifier);
    for (const id of await listOwnersOfTargets(t, types, [...(reached.get(targetType) ?? [])]))
      ids.add(id);
  }
  const about = { model, tables, ownerType: entityType, resourceTypes: identifiers };
  for (const id of await listOwnersNaming(t, about, reached)) ids.add(id);
  for (const id of await listDueOwners(t, entityType, now)) ids.add(id);
  // A computation failed; or carried out, not verified yet.
  const { error, executed, transmitted, pending, awaitingApproval } = provisioningStates;
  const open = since.isHeldOtherwise ? [pending, awaitingApproval] : [];
  for (const id of await listOwnersInFlight(t, identifiers, [error, executed, ...open]))
    ids.add(id);
  // An order that nobody answers runs out.
  const running = own
    .filter((type) => type.transmittedStateValidityMinutes > 0)
    .map((type) => type.identifier);
  for (const id of await listOwnersInFlight(t, running, [transmitted])) ids.add(id);
  return tables.entities.has(entityType) ? [...ids].sort((a, b) => a - b) : [];
}

/**
 * Owners that are in the store no more and may still hold something; they are no longer due. After an evaluation of what
 * changed these are among the owners it was about, and among what was waited for.
 */
export async function takeVanishedOwners(
  t: StoreTransaction,
  { model, entityType, tables }: SoughtOwners,
  dirtyIds: readonly number[] | null,
): Promise<readonly number[]> {
  const entity = tables.entities.get(entityType);
  if (entity === undefined) return [];
  const resourceTypes = resourceTypesOf(model, entityType).map((type) => type.identifier);
  if (dirtyIds === null) {
    await removeStaleDues(t, entity);
    // What was frozen may outlive the assignments that it came from.
    const isSought = indirectRulesOf(model, entityType).length > 0;
    const beside = isSought ? (['indirect_permissions', 'identified_risks'] as const) : [];
    return listVanishedOwners(t, entity, resourceTypes, beside);
  }
  const { pending, transmitted, errored, awaitingApproval, inactive, error, executed } =
    provisioningStates;
  const unsettled = [pending, transmitted, errored, awaitingApproval, inactive, error, executed];
  const waiting = await listOwnersInState(t, resourceTypes, unsettled);
  const candidates = [...new Set([...dirtyIds, ...waiting])].sort((a, b) => a - b);
  const gone = await listMissing(t, entity.table, candidates);
  await removeDues(t, entityType, gone);
  return gone;
}
