/** What rules can ask about an owner today: contexts, roles, criteria. For explaining what was not given. */
import type { DimensionCriterion, Model } from '../../config/index.ts';
import { computeContexts } from './contexts.ts';
import { matchesCriteria } from './criteria.ts';
import { covers } from './periods.ts';
import { computeRoles } from './roles.ts';
import type { EvaluationOptions, Matches, OwnerState } from './types.ts';

export interface OwnerSituation {
  /** `computed`, or why nothing is computed for this owner. */
  readonly status: 'computed' | 'excluded' | 'failed';
  /** Contexts that hold now, and how many there are in all. */
  readonly contexts: number;
  readonly allContexts: number;
  /** Values of each dimension in the contexts that hold now, by key. */
  readonly dimensions: ReadonlyMap<string, readonly string[]>;
  readonly roles: ReadonlySet<string>;
  /** A context that holds now satisfies all of these criteria. */
  readonly meets: (criteria: readonly DimensionCriterion[]) => boolean;
}

export function describeSituation(
  model: Model,
  state: OwnerState,
  matches: Matches,
  options: EvaluationOptions,
): OwnerSituation {
  const { owner } = state;
  const found = computeContexts(model, owner, matches, options.now);
  const all = found.status === 'computed' ? found.contexts : [];
  const contexts = all.filter((context) => covers(context, options.now));
  const dimensions = new Map<string, Set<string>>();
  for (const context of contexts) {
    for (const [dimension, values] of context.dimensions) {
      const known = dimensions.get(dimension) ?? new Set<string>();
      dimensions.set(dimension, known);
      for (const value of values) {
        const [key] = model.entityModel.entityTypes.get(value.entityType)?.keys ?? [];
        known.add((key === undefined ? null : value.scalar(key)) ?? String(value.id));
      }
    }
  }
  const { held } = computeRoles(model, owner.entityType, all, state.roles, matches, options);
  const isHeldNow = ([, periods]: readonly [
    string,
    readonly { readonly startDate: string | null; readonly endDate: string | null }[],
  ]) => periods.some((period) => covers(period, options.now));
  return {
    status: found.status,
    contexts: contexts.length,
    allContexts: all.length,
    dimensions: new Map([...dimensions].map(([name, values]) => [name, [...values]])),
    roles: new Set([...held].filter(isHeldNow).map(([role]) => role)),
    meets: (criteria) => contexts.some((context) => matchesCriteria(model, criteria, context)),
  };
}
