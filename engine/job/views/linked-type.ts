import type { Model } from '../../../config/index.ts';

/** Entity type of what the property of a resource type's targets leads to. */
export function linkedType(
  model: Model,
  resourceType: string,
  property: string,
): string | undefined {
  const target = model.resourceTypes.get(resourceType)?.targetEntityType ?? '';
  const declared = model.entityModel.entityTypes.get(target)?.properties.get(property);
  return declared?.kind === 'navigation' ? declared.target : undefined;
}
