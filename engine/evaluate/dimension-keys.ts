/** By which keys rules can name the values of an owner's contexts: those of the values, and of all above them. */
import type { Model, ResourceView } from '../../config/index.ts';
import type { Context } from './contexts.ts';

/**
 * The last answers, by model: the same owner is asked about several times in a row, and its contexts are made anew for each
 * evaluation, so that nothing here outlives its data.
 */
const last = new WeakMap<
  Model,
  { contexts: readonly Context[]; keys: Map<string, ReadonlySet<string>> }
>();

/** Each text that is a key of a value of the dimension in one of the contexts, or of a value above one. */
export function dimensionKeys(
  model: Model,
  dimension: string,
  contexts: readonly Context[],
): ReadonlySet<string> {
  let memory = last.get(model);
  if (memory === undefined) {
    memory = { contexts, keys: new Map() };
    last.set(model, memory);
  } else if (memory.contexts !== contexts) {
    memory.contexts = contexts;
    memory.keys.clear();
  }
  const found = memory.keys.get(dimension);
  if (found !== undefined) return found;
  const keys = collectKeys(model, dimension, contexts);
  memory.keys.set(dimension, keys);
  return keys;
}

function collectKeys(
  model: Model,
  dimension: string,
  contexts: readonly Context[],
): ReadonlySet<string> {
  const parent = model.dimensions.get(dimension)?.parentProperty;
  const keys = new Set<string>();
  // Data may hold a cycle of parents, and several contexts the same value.
  const seen = new Set<number>();
  for (const context of contexts) {
    for (const value of context.dimensions.get(dimension) ?? []) {
      for (let each: ResourceView | null = value; each !== null && !seen.has(each.id); ) {
        seen.add(each.id);
        for (const property of model.entityModel.entityTypes.get(each.entityType)?.keys ?? []) {
          const key = each.scalar(property);
          if (key !== null) keys.add(key);
        }
        each = parent === undefined ? null : each.one(parent);
      }
    }
  }
  return keys;
}
