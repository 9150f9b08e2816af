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
  | { readonly kind: 'resources'; readonly value: readonly ResourceView[] }
  /** Named arguments in the order they were added; the object has no prototype, so that any name is only a name. */
  | { readonly kind: 'arguments'; readonly value: Readonly<Record<string, string | null>> };

/** Whole entity types, for queries. */
export interface QueryHost {
  /** All resources of the type, by ascending id. */
  resourcesOf(entityType: string): readonly ResourceView[];
  /** Those whose property has this key, by ascending id; `keyOf` is the same for every look-up by the property. */
  lookUp(
    entityType: string,
    property: string,
    key: string | boolean | null,
    keyOf: (resource: ResourceView) => string | boolean | null,
  ): readonly ResourceView[];
  /** The resource as its readings are watched, where they are; asked for resources a query has found. */
  watch?(resource: ResourceView): ResourceView;
}

/** The change an arguments expression is asked about, by properties of the resource that is changed. */
export interface OrderView {
  readonly changeType: 'none' | 'added' | 'updated' | 'deleted';
  hasChanged(property: string): boolean;
  /** The new value in the internal form; `undefined`: it does not change. */
  scalar(property: string): string | null | undefined;
  added(property: string): readonly ResourceView[];
  removed(property: string): readonly ResourceView[];
}

/** What an evaluation may know besides its input. */
export interface EvaluationContext {
  /** The run's clock, internal form, UTC. `DateTime.Now`, `UtcNow` and `Today` read it. */
  readonly now: string;
  readonly assignment?: {
    readonly startDate: string | null;
    readonly endDate: string | null;
    /** Values of the role parameters of the assignment by name, as `assignment.ParametersValues` reads them. */
    readonly parametersValues?: ReadonlyMap<string, string | null>;
  };
  /** What `queryHandler` looks through: the types of the expression's `queried`, with all it may read of them. */
  readonly queries?: QueryHost;
  /** Told how many steps the evaluation took. */
  readonly meter?: { steps: number };
  /** What `provisioningOrder` stands for; without it, it is null. */
  readonly order?: OrderView;
}

/** A checked, compiled expression or binding. `evaluate` throws `ExpressionError` only. */
export interface CompiledExpression {
  /** Every (type, property) pair the expression may read, found statically. */
  readonly reads: ReadonlySet<ReadPair>;
  /**
   * The (type, property) pairs that queries of the expression read of any resource of a type, `Type:Id` for each queried
   * type included: a change of one, a resource that appears or vanishes, may change the result for every input.
   */
  readonly queried?: ReadonlySet<ReadPair>;
  /** True when the result depends on the clock. */
  readonly readsClock: boolean;
  /** Of the clock only the date is read: the result holds until the next midnight, UTC. */
  readonly changesDaily?: boolean;
  readonly at: Position;
  evaluate(input: ResourceView | string | null, context: EvaluationContext): ExpressionResult;
}
