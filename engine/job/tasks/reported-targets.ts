/** Resources that executed orders created under another key than was ordered, found by the key that was reported. */
import { type Model, provisioningStates, type ResourceType } from '../../../config/index.ts';
import type { AssignedResourceType } from '../../evaluate/index.ts';
import { keyPropertiesOf } from '../../provision/index.ts';
import {
  findByKeys,
  readTableMap,
  readWrittenValues,
  type StoreTransaction,
} from '../../store/index.ts';

/**
 * By assignment: the id of the target, of those without a target whose order a person or a system answered with a key. A
 * few queries for all of them; none where nothing is executed.
 */
export async function findReportedTargets(
  t: StoreTransaction,
  model: Model,
  { identifier, targetEntityType }: ResourceType,
  rows: readonly AssignedResourceType[],
): Promise<ReadonlyMap<number, number>> {
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
  if (written.size === 0 || entity === undefined) return found;
  for (const property of keyPropertiesOf(model, targetEntityType)) {
    const keys = new Map<number, string>();
    for (const { id, orderId } of waiting) {
      const key = written.get(orderId ?? 0)?.[property] ?? '';
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
