/** Creations that cannot say yet below what they go: the unit of a new department and its people may come on one day. */
import type { Model, ResourceType } from '../../config/index.ts';
import { findFlaggedProperty, type ProvisioningOrder } from '../../connectors/index.ts';

/**
 * Why the new entry has no place, where the mapping names the property that gives it one (`IsParentProperty`); `null`: it has, is no
 * creation, or is given its whole name.
 */
export function describeMissingPlace(
  model: Model,
  resourceType: ResourceType,
  order: ProvisioningOrder,
): string | null {
  const { mapping } = resourceType;
  if (order.changeType !== 'added' || mapping === undefined) return null;
  const parent = findFlaggedProperty(mapping, 'IsParentProperty');
  if (parent === undefined) return null;
  const places = [
    parent,
    findFlaggedProperty(mapping, 'IsDNProperty'),
    ...listNames(model, resourceType),
  ];
  const hasPlace = order.changes.some(
    ({ property, value }) => places.includes(property) && value !== null && value !== '',
  );
  return hasPlace ? null : `${parent} has no value, and says below which entry the new one goes`;
}

/** Properties that hold the whole name of an entry. */
function listNames(model: Model, { targetEntityType }: ResourceType): readonly string[] {
  const properties = model.entityTypeMappings.get(targetEntityType)?.properties ?? [];
  return properties
    .filter(({ connectionColumn }) => connectionColumn.toLowerCase() === 'dn')
    .map(({ identifier }) => identifier);
}
