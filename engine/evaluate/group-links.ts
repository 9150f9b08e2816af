/** Links of which an owner may hold only one of each group. */
import type { EntityModel, NavigationProperty, ResourceView } from '../../config/index.ts';

/**
 * Ids of the resources to link to, when those of equal `GroupByProperty` exclude each other: the first of each group, in the
 * order given. A resource without a group, or a property without `GroupByProperty`, excludes nobody.
 */
export function oneOfEachGroup(
  entityModel: EntityModel,
  { target, groupByProperty }: NavigationProperty,
  preferred: readonly ResourceView[],
): ReadonlySet<number> {
  const all = new Set(preferred.map(({ id }) => id));
  if (groupByProperty === undefined) return all;
  const grouping = entityModel.entityTypes.get(target)?.properties.get(groupByProperty);
  const groupOf = (resource: ResourceView): string => {
    if (grouping?.kind === 'navigation') return String(resource.one(groupByProperty)?.id ?? '');
    return resource.scalar(groupByProperty) ?? '';
  };
  const holders = new Map<string, number>();
  for (const resource of preferred) {
    const group = groupOf(resource);
    if (group === '') continue;
    const holder = holders.get(group);
    if (holder === undefined) holders.set(group, resource.id);
    else if (holder !== resource.id) all.delete(resource.id);
  }
  return all;
}
