/** Creations that are ready and wait for something of the same owner: it is said with them. */
import { type Model, provisioningStates, type ResourceView } from '../../config/index.ts';
import { isLeaving } from './correlate.ts';
import { isDependencyMet } from './resource-types.ts';
import type { AssignedResourceType } from './types.ts';

/**
 * The rows, each creation that is ready with or without the reason `dependency`, as things stand. It stays Pending: the
 * moment what it waits for is there, its order is made.
 */
export function noteDependencies(
  model: Model,
  owner: ResourceView,
  rows: readonly AssignedResourceType[],
): readonly AssignedResourceType[] {
  return rows.map((row) => {
    const isNoted = row.blockedBy.includes('dependency');
    if (isNoted === isWaiting(model, owner, row, rows)) return row;
    const others = row.blockedBy.filter((reason) => reason !== 'dependency');
    return { ...row, blockedBy: isNoted ? others : [...others, 'dependency'] };
  });
}

function isWaiting(
  model: Model,
  owner: ResourceView,
  row: AssignedResourceType,
  rows: readonly AssignedResourceType[],
): boolean {
  const type = model.resourceTypes.get(row.resourceType);
  const isReadyCreation =
    row.provisioningState === provisioningStates.pending && row.targetId === null;
  if (type === undefined || !isReadyCreation || isLeaving(row)) return false;
  return !isDependencyMet(type, owner, rows);
}
