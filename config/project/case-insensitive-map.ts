/** A map whose keys are found whatever their case, as keys of settings are. */

/** A frozen map of `entries`; iteration gives the keys as written, in the order given. */
export function createCaseInsensitiveMap<V>(
  entries: Iterable<readonly [string, V]>,
): ReadonlyMap<string, V> {
  const written = new Map(entries);
  const values = new Map([...written].map(([key, value]) => [key.toLowerCase(), value]));
  const map: ReadonlyMap<string, V> = {
    size: written.size,
    get: (key) => values.get(key.toLowerCase()),
    has: (key) => values.has(key.toLowerCase()),
    keys: () => written.keys(),
    values: () => written.values(),
    entries: () => written.entries(),
    forEach: (callback) => {
      for (const [key, value] of written) callback(value, key, map);
    },
    [Symbol.iterator]: () => written[Symbol.iterator](),
  };
  return Object.freeze(map);
}
