/** Equality of values. */
import { asResource, type Value } from './runtime.ts';

/** Equality of two values of one type: resources by id, all else by value; texts by code units. */
export function areEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (!('entityType' in a) || !('entityType' in b)) return false;
  return asResource(a).id === asResource(b).id && a.entityType === b.entityType;
}
