/** Who is concerned by a resource that assignments name as the value of a parameter: no link leads from it to them. */
import type { Model } from '../../../config/index.ts';
import type { AssignmentParameters } from '../../evaluate/index.ts';
import {
  findByKeys,
  listOwnersWithParameters,
  listParameters,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import type { Touched } from './affected-owners.ts';

/** Owners of this entity type with an assignment that names a reached resource, or one that is not there (any more). */
export async function listOwnersNaming(
  t: StoreTransaction,
  about: {
    readonly model: Model;
    readonly tables: TableMap;
    readonly ownerType: string;
    readonly resourceTypes: readonly string[];
  },
  reached: Touched,
): Promise<readonly number[]> {
  const { model, tables, ownerType, resourceTypes } = about;
  const dimensions = [...model.dimensions.values()].filter(
    ({ entityType }) => (reached.get(entityType)?.size ?? 0) > 0,
  );
  if (dimensions.length === 0) return [];
  const all = (await listParameters(t, ownerType, resourceTypes)).map((text) => {
    // Written by the store.
    return { text, values: JSON.parse(text) as AssignmentParameters };
  });
  const concerned = new Set<string>();
  for (const { identifier, entityType } of dimensions) {
    const entity = tables.entities.get(entityType);
    const naming = all.filter(({ values }) => values[identifier] !== undefined);
    if (entity === undefined || naming.length === 0) continue;
    const keys = [...new Set(naming.map(({ values }) => values[identifier] ?? ''))];
    const known = model.entityModel.entityTypes.get(entityType)?.keys ?? [];
    const found = await findByKeys(t, entity, known, keys);
    const ids = reached.get(entityType);
    for (const { text, values } of naming) {
      const id = found.get(values[identifier] ?? '');
      if (id === undefined || ids?.has(id) === true) concerned.add(text);
    }
  }
  return listOwnersWithParameters(t, ownerType, resourceTypes, [...concerned]);
}
