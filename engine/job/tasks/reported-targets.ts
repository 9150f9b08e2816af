/**
 * Resources that executed orders created under another key than was ordered, found by the key that was reported; and accounts
 * that were asked for beside others, found by the key that was ordered.
 */
import { type Model, provisioningStates, type ResourceType } from '../../../config/index.ts';
import { type AssignedResourceType, isFurtherAccount } from '../../evaluate/index.ts';
import { keyPropertiesOf } from '../../provision/index.ts';
import {
  findByKeys,
  readTableMap,
  readWrittenValues,
  type StoreTransaction,
} from '../../store/index.ts';

/**
 * By assignment: the id of the target, of those without a target whose order a person or a system answered with a key, or
 * that stand for a further account. A few queries for all of them; none where nothing is executed.
 */
export async function findReportedTargets(
  t: StoreTransaction,
  model: Model,
  resourceType: ResourceType,
  rows: readonly AssignedResourceType[],
): Promise<ReadonlyMap<number, number>> {
  const { identifier, targetEntityType } = resourceType;
  const waiting = rows.filter(
    (row) =>
      row.resourceType === identifier &&
      row.targetId === null &&
      row.orderId !== null &&
      row.provisioningState === provisioningStates.executed,
  );
  const found = new Map<number, number>();
  if (waiting.length === 0) return found;
  const written = await readWrittenValues(
    t,
    waiting.flatMap((row) => row.orderId ?? []),
  );
  const entity = (await readTableMap(t)).entities.get(targetEntityType);
  const isFurther = (row: AssignedResourceType): boolean => isFurtherAccount(resourceType, row);
  if (entity === undefined || (written.size === 0 && !waiting.some(isFurther))) return found;
  for (const property of keyPropertiesOf(model, targetEntityType)) {
    const keys = new Map<number, string>();
    for (const row of waiting) {
      const { id, orderId, policyValues } = row;
      // Rules look for the owner, and may not know his further accounts by it.
      const ordered = isFurther(row) ? policyValues[property] : null;
      const key =
        written.get(orderId ?? 0)?.[property] ?? (typeof ordered === 'string' ? ordered : '');
      if (id !== null && !found.has(id) && key !== '') keys.set(id, key);
    }
    if (keys.size === 0) continue;
    const ids = await findByKeys(t, entity, [property], [...new Set(keys.values())]);
    for (const [assignment, key] of keys) {
      const target = ids.get(key);
      if (target !== undefined) found.set(assignment, target);
    }
  }
  return found;
}
