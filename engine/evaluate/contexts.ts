/** The contexts of one owner: dimension values and the period they hold for. */
import type {
  CompiledExpression,
  ContextRule,
  EvaluationContext,
  Model,
  ResourceView,
} from '../../config/index.ts';
import {
  asDate,
  type Context,
  dimensionValues,
  type RecordReading,
  resourcesOf,
} from './context-values.ts';
import { contextsOfSections } from './contexts-of-sections.ts';
import { attempt } from './failures.ts';
import { isEmpty, readEnd, readStart, unbounded } from './periods.ts';
import type { EvaluationFailure, Matches } from './types.ts';

export type { Context } from './context-values.ts';

export type ContextOutcome =
  | { readonly status: 'computed'; readonly contexts: readonly Context[] }
  /** Every record is excluded: the owner is outside the role model, what is stored about it stays as it is. */
  | { readonly status: 'excluded' }
  | { readonly status: 'failed'; readonly failures: readonly EvaluationFailure[] };

const noDimensions: ReadonlyMap<string, readonly ResourceView[]> = new Map();

/**
 * The contexts of the owner, ordered by start: one per record, or, with record sections, one per stretch in which no section changes
 * and per instances that hold in it at once. Without a context rule: one context without dimensions that always holds. A
 * record whose end is not after its start gives none. One record that cannot be read fails the owner as a whole, because
 * a context left out would take entitlements away.
 */
export function computeContexts(
  model: Model,
  owner: ResourceView,
  matches: Pick<Matches, 'byKey' | 'queries'>,
  now: string,
): ContextOutcome {
  const rule = model.contextRules.get(owner.entityType);
  if (rule === undefined) {
    return { status: 'computed', contexts: [{ ...unbounded, dimensions: noDimensions }] };
  }
  const about = { ownerId: owner.id, resourceType: null, property: null };
  const { queries } = matches;
  const clock: EvaluationContext = queries === undefined ? { now } : { now, queries };
  const records = attempt({ ...about, rule: rule.records?.at ?? rule.at }, () =>
    recordsOf(rule, owner, clock),
  );
  if (records.status === 'failed') return { status: 'failed', failures: [records.failure] };

  const reading: RecordReading = { model, rule, matches, clock };
  const included: ResourceView[] = [];
  const contexts: Context[] = [];
  const failures: EvaluationFailure[] = [];
  for (const record of records.value) {
    const read = attempt({ ...about, rule: rule.at }, () => {
      if (isExcluded(rule, record, clock)) return;
      included.push(record);
      if (rule.sections === undefined) contexts.push(contextOf(reading, record));
    });
    if (read.status === 'failed') failures.push(read.failure);
  }
  if (failures.length > 0) return { status: 'failed', failures };
  if (included.length === 0 && records.value.length > 0) return { status: 'excluded' };
  const { sections } = rule;
  if (sections === undefined) {
    return {
      status: 'computed',
      contexts: contexts.filter((context) => !isEmpty(context)).toSorted(byStart),
    };
  }
  const combined = attempt({ ...about, rule: sections[0]?.at ?? rule.at }, () =>
    contextsOfSections(reading, sections, included),
  );
  if (combined.status === 'failed') return { status: 'failed', failures: [combined.failure] };
  return { status: 'computed', contexts: combined.value.toSorted(byStart) };
}

function byStart(left: Context, right: Context): number {
  const start = compareText(left.startDate ?? '', right.startDate ?? '');
  return start || compareText(left.endDate ?? '~', right.endDate ?? '~');
}

function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function recordsOf(
  rule: ContextRule,
  owner: ResourceView,
  clock: EvaluationContext,
): readonly ResourceView[] {
  if (rule.records === undefined) return [owner];
  return resourcesOf(rule.records.evaluate(owner, clock), () => {
    throw new Error('The records of the context rule are no resources.');
  });
}

function isExcluded(rule: ContextRule, record: ResourceView, clock: EvaluationContext): boolean {
  const result = rule.exclude?.evaluate(record, clock);
  return result?.kind === 'text' && result.value === 'true';
}

/** Without sections the record has one period, and all its values hold as long. */
function contextOf(reading: RecordReading, record: ResourceView): Context {
  const { rule, clock } = reading;
  const dimensions = rule.dimensions.map(
    (bound) => [bound.dimension, dimensionValues(reading, bound, record)] as const,
  );
  return {
    startDate: readStart(dateOf(rule.start, 'start', record, clock)),
    endDate: readEnd(dateOf(rule.end, 'end', record, clock)),
    dimensions: new Map(dimensions),
  };
}

function dateOf(
  expression: CompiledExpression | undefined,
  name: 'start' | 'end',
  record: ResourceView,
  clock: EvaluationContext,
): string | null {
  if (expression === undefined) return null;
  const result = expression.evaluate(record, clock);
  return asDate(result.kind === 'text' ? result.value : 'a resource', name);
}
