/** What every owner of an entity type has in common, found once per model, not once per owner. */
import type { Model, ResourceType } from '../../config/index.ts';
import { type ClockDependence, clockDependence, resourceTypesOf } from './reads.ts';

export interface OwnerPlan {
  readonly clock: ClockDependence;
  /** In the order of the model. */
  readonly resourceTypes: readonly ResourceType[];
}

/** By frozen model: the same model gives the same answer, so that remembering it shows only in the time it takes. */
const known = new WeakMap<Model, Map<string, OwnerPlan>>();

export function ownerPlanOf(model: Model, entityType: string): OwnerPlan {
  const found = known.get(model)?.get(entityType);
  if (found !== undefined) return found;
  const plan = {
    clock: clockDependence(model, entityType),
    resourceTypes: resourceTypesOf(model, entityType),
  };
  const byType = known.get(model) ?? new Map<string, OwnerPlan>();
  known.set(model, byType.set(entityType, plan));
  return plan;
}
