/** What contexts are made of: values of dimensions and dates, read from one record. */
import type {
  ContextRule,
  EvaluationContext,
  ExpressionResult,
  Model,
  ResourceView,
} from '../../config/index.ts';
import { type Period, parseInstant } from './periods.ts';
import type { Matches } from './types.ts';

export interface Context extends Period {
  /** By dimension; several values when the binding passes through a multi-valued property, ascending by id. */
  readonly dimensions: ReadonlyMap<string, readonly ResourceView[]>;
}

/** One dimension of a context rule. */
export type BoundDimension = ContextRule['dimensions'][number];

/** What reading records needs besides them. */
export interface RecordReading {
  readonly model: Model;
  readonly rule: ContextRule;
  readonly matches: Pick<Matches, 'byKey'>;
  readonly clock: EvaluationContext;
}

/** The values the record gives the dimension, ascending by id. */
export function dimensionValues(
  { model, matches, clock }: RecordReading,
  { dimension, value }: BoundDimension,
  record: ResourceView,
): readonly ResourceView[] {
  const entityType = model.dimensions.get(dimension)?.entityType;
  return resourcesOf(value.evaluate(record, clock), (key) => {
    const named = key === null || entityType === undefined ? null : matches.byKey(entityType, key);
    return named === null ? [] : [named];
  });
}

export function resourcesOf(
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

/** The text as it is when it is a date or empty; throws for anything else. */
export function asDate(text: string | null, name: 'start' | 'end'): string | null {
  if (text === null || text === '' || parseInstant(text) !== null) return text;
  // The value itself is left out of the message: it is a person's data.
  throw new Error(`The ${name} of a record is not a date of the form yyyyMMddHHmmss.`);
}
