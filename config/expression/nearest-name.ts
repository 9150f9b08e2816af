/** What to say of a mistyped name inside an expression. */
import { findNearestName } from '../nearest-name.ts';

/** `Did you mean X?`, or the alternative when nothing is near. */
export function suggestName(
  name: string,
  known: Iterable<string>,
  otherwise?: string,
): string | undefined {
  const nearest = findNearestName(name, known);
  return nearest === undefined ? otherwise : `Did you mean ${nearest}?`;
}
