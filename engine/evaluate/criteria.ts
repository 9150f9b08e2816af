/** Whether the contexts of an owner satisfy the dimension criteria of a rule. */
import type { DimensionCriterion, Model, ResourceView } from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { mergePeriods, type Period } from './periods.ts';

const noPeriods: readonly Period[] = [];

/** What of a criterion decides whether it is met. */
export type Criterion = Omit<DimensionCriterion, 'at'>;

/** All criteria hold in this context; a rule without criteria matches every context. */
export function matchesCriteria(
  model: Model,
  criteria: readonly Criterion[],
  context: Context,
): boolean {
  for (const criterion of criteria) {
    const values = context.dimensions.get(criterion.dimension);
    if (values === undefined || !matchesAny(model, criterion, values)) return false;
  }
  return true;
}

function matchesAny(model: Model, criterion: Criterion, values: readonly ResourceView[]): boolean {
  for (const value of values) if (matchesCriterion(model, criterion, value)) return true;
  return false;
}

/** When the criteria hold: the merged periods of the contexts that satisfy them. */
export function matchingPeriods(
  model: Model,
  criteria: readonly Criterion[],
  contexts: readonly Context[],
): readonly Period[] {
  // Nearly everybody has one context; every rule of every owner comes here.
  const [only] = contexts;
  if (only !== undefined && contexts.length === 1)
    return matchesCriteria(model, criteria, only) ? mergePeriods(contexts) : noPeriods;
  const matching: Context[] = [];
  for (const context of contexts) {
    if (matchesCriteria(model, criteria, context)) matching.push(context);
  }
  return mergePeriods(matching);
}

function matchesCriterion(model: Model, criterion: Criterion, value: ResourceView): boolean {
  if (isNamed(model, value, criterion.value)) return true;
  const parentProperty = model.dimensions.get(criterion.dimension)?.parentProperty;
  if (!criterion.includesDescendants || parentProperty === undefined) return false;
  // Data may hold a cycle of parents; each resource is looked at once.
  const seen = new Set([value.id]);
  let ancestor = value.one(parentProperty);
  while (ancestor !== null && !seen.has(ancestor.id)) {
    if (isNamed(model, ancestor, criterion.value)) return true;
    seen.add(ancestor.id);
    ancestor = ancestor.one(parentProperty);
  }
  return false;
}

/** One of the resource's `IsKey` properties holds the text. */
function isNamed(model: Model, resource: ResourceView, key: string): boolean {
  const keys = model.entityModel.entityTypes.get(resource.entityType)?.keys ?? [];
  for (const property of keys) if (resource.scalar(property) === key) return true;
  return false;
}
