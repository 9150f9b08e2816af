/** What a request needs to know of its owner: the span of his records, and the values they suggest as parameters. */
import type { Model, ResourceView } from '../../config/index.ts';
import { type Context, computeContexts } from './contexts.ts';
import { covers, type Period, spanOf } from './periods.ts';
import { keyOf } from './role-grants.ts';
import type { Matches } from './types.ts';

export interface OwnerFacts {
  /** Earliest start to latest end of the owner's contexts; `null`: there are none, or they cannot be computed. */
  readonly span: Period | null;
  /** By dimension: the key of its value now, or when the first context begins; `null`: none, or several. */
  readonly suggested: ReadonlyMap<string, string | null>;
}

export function readOwnerFacts(
  model: Model,
  owner: ResourceView,
  matches: Matches,
  now: string,
): OwnerFacts {
  const outcome = computeContexts(model, owner, matches, now);
  const contexts = outcome.status === 'computed' ? outcome.contexts : [];
  const context = contexts.find((one) => covers(one, now)) ?? contexts[0];
  const suggested = [...(context?.dimensions ?? [])].map(
    ([dimension, values]) =>
      [dimension, values.length === 1 ? keyOf(model, values[0]) : null] as const,
  );
  return { span: contextSpan(contexts), suggested: new Map(suggested) };
}

/** The shortest period that holds all contexts; `null`: there are none. */
export function contextSpan(contexts: readonly Context[]): Period | null {
  const [first, ...others] = contexts;
  if (first === undefined) return null;
  const { startDate, endDate } = first;
  return others.reduce<Period>((span, one) => spanOf(span, one), { startDate, endDate });
}
