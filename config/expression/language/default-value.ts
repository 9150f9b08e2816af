/** `default(T)`. */
import type { Value } from './runtime.ts';
import { acceptsNull, type StaticType } from './static-type.ts';

const zeros: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['long', 0n],
  ['bool', false],
  ['char', '\0'],
  ['guid', '00000000-0000-0000-0000-000000000000'],
  ['dateTime', -62_135_596_800_000],
]);

/** The default of a type: null where it may be null, else zero, false, the first date. */
export function defaultOf(type: StaticType): Value {
  if (type.kind !== 'scalar' || acceptsNull(type)) return null;
  return zeros.get(type.scalar) ?? 0;
}
