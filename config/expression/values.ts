/** What expressions read and give back: the contract between the interpreter and whoever holds the resources. */
import type { Position } from '../errors.ts';

/**
 * A resource as an expression sees it. Scalars are text in the internal form (dates `yyyyMMddHHmmss` in UTC,
 * booleans `true`/`false`, numbers in invariant decimal form), `null` when there is no value. The holder decides where
 * the data come from; an expression only ever asks for (type, property) pairs listed in its `reads`.
 */
export interface ResourceView {
  readonly id: number;
  readonly entityType: string;
  scalar(property: string): string | null;
  one(property: string): ResourceView | null;
  /** Ordered by id, so that results do not depend on storage order. */
  many(property: string): readonly ResourceView[];
}

/** `EntityType:Property`, scalar or navigation. */
export type ReadPair = `${string}:${string}`;

/** The value of a compiled expression or binding, in the form the store holds. */
export type ExpressionResult =
  | { readonly kind: 'text'; readonly value: string | null }
  | { readonly kind: 'resource'; readonly value: ResourceView | null }
  | { readonly kind: 'resources'; readonly value: readonly ResourceView[] };

/** What an evaluation may know besides its input. */
export interface EvaluationContext {
  /** The run's clock, internal form, UTC. `DateTime.Now`, `UtcNow` and `Today` read it. */
  readonly now: string;
  readonly assignment?: { readonly startDate: string | null; readonly endDate: string | null };
}

/** A checked, compiled expression or binding. `evaluate` throws `ExpressionError` only. */
export interface CompiledExpression {
  /** Every (type, property) pair the expression may read, found statically. */
  readonly reads: ReadonlySet<ReadPair>;
  /** True when the result depends on the clock. */
  readonly readsClock: boolean;
  /** Of the clock only the date is read: the result holds until the next midnight, UTC. */
  readonly changesDaily?: boolean;
  readonly at: Position;
  evaluate(input: ResourceView | string | null, context: EvaluationContext): ExpressionResult;
}
