/** The contexts of one owner: dimension values and the period they hold for. */
import type {
  CompiledExpression,
  ContextRule,
  EvaluationContext,
  ExpressionResult,
  Model,
  ResourceView,
} from '../../config/index.ts';
import { attempt } from './failures.ts';
import { isEmpty, type Period, parseInstant, readEnd, readStart, unbounded } from './periods.ts';
import type { EvaluationFailure, Matches } from './types.ts';

export interface Context extends Period {
  /** By dimension; several values when the binding passes through a multi-valued property, ascending by id. */
  readonly dimensions: ReadonlyMap<string, readonly ResourceView[]>;
}

export type ContextOutcome =
  | { readonly status: 'computed'; readonly contexts: readonly Context[] }
  /** Every record is excluded: the owner is outside the role model, what is stored about it stays as it is. */
  | { readonly status: 'excluded' }
  | { readonly status: 'failed'; readonly failures: readonly EvaluationFailure[] };

const noDimensions: ReadonlyMap<string, readonly ResourceView[]> = new Map();

/**
 * One context per record of the owner, ordered by start. Without a context rule: one context without dimensions that
 * always holds. A record whose end is not after its start gives none. One record that cannot be read fails the owner as
 * a whole, because a context left out would take entitlements away.
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

  const contexts: Context[] = [];
  const failures: EvaluationFailure[] = [];
  let excluded = 0;
  for (const record of records.value) {
    const read = attempt({ ...about, rule: rule.at }, () => {
      if (isExcluded(rule, record, clock)) return null;
      return contextOf(model, rule, record, matches, clock);
    });
    if (read.status === 'failed') failures.push(read.failure);
    else if (read.value === null) excluded += 1;
    else if (!isEmpty(read.value)) contexts.push(read.value);
  }
  if (failures.length > 0) return { status: 'failed', failures };
  if (excluded > 0 && excluded === records.value.length) return { status: 'excluded' };
  return { status: 'computed', contexts: contexts.toSorted(byStart) };
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

function contextOf(
  model: Model,
  rule: ContextRule,
  record: ResourceView,
  matches: Pick<Matches, 'byKey'>,
  clock: EvaluationContext,
): Context {
  const dimensions = new Map<string, readonly ResourceView[]>();
  for (const { dimension, value } of rule.dimensions) {
    const entityType = model.dimensions.get(dimension)?.entityType;
    const values = resourcesOf(value.evaluate(record, clock), (key) => {
      const named =
        key === null || entityType === undefined ? null : matches.byKey(entityType, key);
      return named === null ? [] : [named];
    });
    dimensions.set(dimension, values);
  }
  return {
    startDate: readStart(dateOf(rule.start, 'start', record, clock)),
    endDate: readEnd(dateOf(rule.end, 'end', record, clock)),
    dimensions,
  };
}

function resourcesOf(
  result: ExpressionResult,
  fromText: (text: string | null) => readonly ResourceView[],
): readonly ResourceView[] {
  switch (result.kind) {
    case 'resources':
      return result.value.toSorted((left, right) => left.id - right.id);
    case 'resource':
      return result.value === null ? [] : [result.value];
    case 'text':
      return fromText(result.value);
    case 'arguments':
      return [];
  }
}

function dateOf(
  expression: CompiledExpression | undefined,
  name: 'start' | 'end',
  record: ResourceView,
  clock: EvaluationContext,
): string | null {
  if (expression === undefined) return null;
  const result = expression.evaluate(record, clock);
  const isDate =
    result.kind === 'text' &&
    (result.value === null || result.value === '' || parseInstant(result.value) !== null);
  // The value itself is left out of the message: it is a person's data.
  if (!isDate) throw new Error(`The ${name} of a record is not a date of the form yyyyMMddHHmmss.`);
  return result.value;
}
