/** What the whole configuration says at one moment: the base on which open sites are resolved. */
import type { DimensionSlots } from '../check-criteria.ts';
import type { CheckedEntityModel } from '../check-entity-model.ts';
import type { Names } from '../check-names.ts';
import type { EntityType } from '../entity-model.ts';

export interface Scene {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly slots: DimensionSlots;
}

export function entityTypeOf(scene: Scene, identifier: string | undefined): EntityType | undefined {
  return identifier === undefined ? undefined : scene.entities.model.entityTypes.get(identifier);
}
