/** Freezes the model. */

/**
 * Freezes a value and everything in it: objects, arrays, and maps (whose changing methods then throw). Sets, functions
 * and instances of classes are left alone: compiled expressions keep their own state behind an immutable face.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const [key, item] of value) {
      deepFreeze(key);
      deepFreeze(item);
    }
    for (const method of ['set', 'delete', 'clear']) {
      Object.defineProperty(value, method, { value: refuseChange });
    }
    return Object.freeze(value);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
  return value;
}

function refuseChange(): never {
  throw new TypeError('The configuration model cannot be changed.');
}
