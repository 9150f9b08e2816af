/** What keeps a rule from applying to an owner now. */
import type {
  DimensionCriterion,
  Located,
  Model,
  Position,
  ResourceView,
  RuleType,
  TimeOffset,
} from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { matchesCriteria, matchingPeriods } from './criteria.ts';
import { covers, currentOrNext, type Period } from './periods.ts';
import { type OwnerPolicy, ruleReference, type TimedRule, windowsOf } from './resource-types.ts';
import type { EvaluationOptions, Matches, OwnerState, RoleKind } from './types.ts';

/** One thing that keeps a rule from giving something now. Dates are in the internal form, ends exclusive. */
export type Obstacle =
  | { readonly kind: 'no-context'; readonly others: number }
  | {
      readonly kind: 'criterion';
      readonly dimension: string;
      readonly wants: string;
      readonly includesDescendants: boolean;
      /** Keys that the context has; empty: none. */
      readonly has: readonly string[];
    }
  | ({ readonly kind: 'period' } & Period)
  | { readonly kind: 'role'; readonly roleKind: RoleKind; readonly role: string }
  | ({ readonly kind: 'offset'; readonly reference: TimeOffset['reference'] } & Partial<Period>)
  | { readonly kind: 'denied'; readonly element: string; readonly rule: Position }
  | { readonly kind: 'proposal'; readonly type: RuleType }
  | { readonly kind: 'no-resource-type'; readonly resourceType: string }
  | { readonly kind: 'new-accounts-only' }
  | { readonly kind: 'outranked'; readonly element: string; readonly rule: Position }
  | { readonly kind: 'no-match'; readonly entityType: string; readonly key: string | null }
  /** Gives another value than the one that is asked about; `null`: a query that finds another resource. */
  | { readonly kind: 'other-value'; readonly given: string | null }
  | { readonly kind: 'failed'; readonly message: string };

export interface RuleVerdict {
  readonly element: string;
  readonly rule: Position;
  /** `IsKey` text of the resource a navigation rule names. */
  readonly value: string | null;
  readonly isDenying: boolean;
  /** Empty: the rule applies now. */
  readonly obstacles: readonly Obstacle[];
  /** What the rule would give or deny later: kept apart from what never matches. */
  readonly criteria: number;
}

/** What one judgement knows of the owner. */
export interface Standing {
  readonly model: Model;
  readonly state: OwnerState;
  readonly matches: Matches;
  readonly options: EvaluationOptions;
  readonly policy: OwnerPolicy;
  /** When a role is held. */
  readonly roles: (kind: RoleKind, role: string) => readonly Period[];
  readonly now: string;
}

/** A rule whose window holds now has no obstacle; of another, what would have to be otherwise. */
export function judgeTimed(standing: Standing, rule: TimedRule): readonly Obstacle[] {
  const { model, policy, now } = standing;
  const reference = ruleReference(model, rule, policy);
  const windows = windowsOf(rule, reference);
  if (windows.some((window) => covers(window, now))) return [];
  const own = obstaclesOf(standing, rule.criteria ?? [], rule.singleRole, 'single');
  const isOnlyLater = own.every(({ kind }) => kind === 'period');
  if (own.length > 0 && !isOnlyLater) return own;
  const window = currentOrNext(windows, now) ?? windows.at(-1) ?? null;
  if (rule.timeOffset.reference === 'Default' && window !== null) {
    return [{ kind: 'period', startDate: window.startDate, endDate: window.endDate }];
  }
  if (own.length > 0 && window === null) return own;
  const period = window === null ? {} : { startDate: window.startDate, endDate: window.endDate };
  return [{ kind: 'offset', reference: rule.timeOffset.reference, ...period }];
}

/** Criteria that no context of now satisfies, and the role that is not held now. */
export function obstaclesOf(
  standing: Standing,
  criteria: readonly DimensionCriterion[],
  role: string | undefined,
  roleKind: RoleKind,
): readonly Obstacle[] {
  const { now, roles } = standing;
  const own = judgeCriteria(standing, criteria);
  if (role === undefined) return own;
  const held = roles(roleKind, role);
  if (held.some((period) => covers(period, now))) return own;
  return [...own, { kind: 'role', roleKind, role }];
}

function judgeCriteria(
  { model, policy, now }: Standing,
  criteria: readonly DimensionCriterion[],
): readonly Obstacle[] {
  const { contexts } = policy;
  const present = contexts.filter((context) => covers(context, now));
  if (present.some((context) => matchesCriteria(model, criteria, context))) return [];
  const periods = matchingPeriods(model, criteria, contexts);
  const period = currentOrNext(periods, now) ?? periods.at(-1);
  if (period !== undefined)
    return [{ kind: 'period', startDate: period.startDate, endDate: period.endDate }];
  if (present.length === 0) return [{ kind: 'no-context', others: contexts.length }];
  const candidates = present.map((context) => unmet(model, criteria, context));
  return candidates.reduce((best, one) => (one.length < best.length ? one : best));
}

function unmet(
  model: Model,
  criteria: readonly DimensionCriterion[],
  context: Context,
): readonly Obstacle[] {
  return criteria
    .filter((criterion) => !matchesCriteria(model, [criterion], context))
    .map(({ dimension, value, includesDescendants }) => ({
      kind: 'criterion',
      dimension,
      wants: value,
      includesDescendants,
      has: (context.dimensions.get(dimension) ?? []).map((value) => keyOf(model, value)),
    }));
}

export function proposalOf(type: RuleType): readonly Obstacle[] {
  return type === 'Required' ? [] : [{ kind: 'proposal', type }];
}

export function deniedBy(element: string, rule: Located): Obstacle {
  return { kind: 'denied', element, rule: rule.at };
}

export function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function keyOf(model: Model, resource: ResourceView): string {
  const [key] = model.entityModel.entityTypes.get(resource.entityType)?.keys ?? [];
  return (key === undefined ? null : resource.scalar(key)) ?? `#${resource.id}`;
}
