/** What went wrong for one owner, as a value. */
import type { EvaluationFailure } from './types.ts';

/** The rule, and for whom it was computed. */
type AboutFailure = Omit<EvaluationFailure, 'message'>;

/** What was thrown, as a failure. */
export function toFailure(about: AboutFailure, thrown: unknown): EvaluationFailure {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { ...about, message };
}

/**
 * Runs one computation of one rule; what it throws becomes the failure of that rule alone. Everything thrown is caught on
 * purpose: one owner's data must never stop the evaluation of the others.
 */
export function attempt<T>(
  about: AboutFailure,
  compute: () => T,
):
  | { readonly status: 'computed'; readonly value: T }
  | { readonly status: 'failed'; readonly failure: EvaluationFailure } {
  try {
    return { status: 'computed', value: compute() };
  } catch (error) {
    return { status: 'failed', failure: toFailure(about, error) };
  }
}
