/** How one test ended. */
import type { Diagnostic } from '../../../config/index.ts';
import type { Difference } from './compare-owner.ts';

export interface TestFailure extends Difference {
  /** `EntityType:key`. */
  readonly owner: string;
  /** UTC, as 2026-01-31T12:00:00.000Z. */
  readonly on: string;
  readonly explanation: readonly string[];
}

export type TestOutcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly failures: readonly TestFailure[] }
  /** The data of the test cannot be read, or a step broke off. */
  | { readonly status: 'invalid'; readonly diagnostics: readonly Diagnostic[] };
