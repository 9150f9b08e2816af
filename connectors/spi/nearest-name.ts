/** What to say of a mistyped name of a column, a table or a setting. */
import { findNearestName } from '../../config/index.ts';

/** A hint that names the nearest known name, else up to eight known names; `undefined` when nothing is known. */
export function suggestName(wanted: string, known: readonly string[]): string | undefined {
  const nearest = findNearestName(wanted, known);
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  if (known.length === 0) return undefined;
  const shown = known.slice(0, 8).join(', ');
  return `Known names: ${shown}${known.length > 8 ? ', …' : ''}.`;
}
