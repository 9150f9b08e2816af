/** What went wrong for one owner, as a value. */
import type { Position } from '../../config/index.ts';
import type { EvaluationFailure } from './types.ts';

/**
 * Runs one computation of one rule; what it throws becomes the failure of that rule alone. Everything thrown is caught on
 * purpose: one owner's data must never stop the evaluation of the others.
 */
export function attempt<T>(
  about: {
    readonly ownerId: number;
    readonly resourceType: string | null;
    readonly property: string | null;
    readonly rule: Position;
  },
  compute: () => T,
):
  | { readonly status: 'computed'; readonly value: T }
  | { readonly status: 'failed'; readonly failure: EvaluationFailure } {
  try {
    return { status: 'computed', value: compute() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 'failed', failure: { ...about, message } };
  }
}
