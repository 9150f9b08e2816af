/** The bounds of dates. */
import { failed } from '../expression-error.ts';
import { type Moment, maxMoment, minMoment } from '../functions/date-text.ts';

/** A moment within the years 1 to 9999, or a failure. */
export function checkedMoment(moment: number): Moment {
  const rounded = Math.round(moment);
  if (rounded >= minMoment && rounded <= maxMoment) return rounded;
  throw failed('a date lies outside the years 1 to 9999.');
}
