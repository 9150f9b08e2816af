/** Whether two rules of one property hold at the same time, as far as their time offsets alone tell. */
import type { Declared } from './schema/declare.ts';

/**
 * The first earlier rule of the property with the same mode of offset whose window meets this one's; then `rule` counts as
 * seen. Rules of different modes overwrite each other in a stated order and never conflict.
 */
export function findCoinciding(
  seen: Map<string, Declared[]>,
  property: string,
  rule: Declared,
): Declared | undefined {
  const earlier = seen.get(property) ?? [];
  seen.set(property, earlier);
  const found = earlier.find((other) => mayCoincide(other, rule));
  earlier.push(rule);
  return found;
}

function mayCoincide(left: Declared, right: Declared): boolean {
  const mode = left.values['TimeOffsetReference'];
  if (mode !== right.values['TimeOffsetReference']) return false;
  // The period between start and end may be of any length, so that windows over it meet sooner or later.
  if (mode !== 'Before' && mode !== 'After') return true;
  const edge = (rule: Declared, side: 'Before' | 'After'): number =>
    Number(rule.values[`TimeOffset${side}Reference`] ?? 0);
  const begin = Math.max(edge(left, 'Before'), edge(right, 'Before'));
  return begin < Math.min(edge(left, 'After'), edge(right, 'After'));
}
