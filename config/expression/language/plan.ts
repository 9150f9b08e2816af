/** How values are computed, where whoever uses them can compute them in one go with what it does. */
import type { ScalarType } from '../../entity-model.ts';
import type { Frame, Run, Value } from './runtime.ts';

/** One property read of a resource. */
export interface Link {
  readonly property: string;
  /** `EntityType:Property`, for messages. */
  readonly subject: string;
  /** Written `?.`: without a resource the whole path gives null. */
  readonly isOptional: boolean;
}

/** What the last link of a path gives. */
export type ReadingEnd = 'one' | 'many' | ScalarType;

/** A path from the variable in a slot. */
export interface Reading {
  readonly slot: number;
  /** At least one; all but the last lead to one resource. */
  readonly links: readonly Link[];
  readonly end: ReadingEnd;
}

/** What happens to one item: `body` runs with the item in the slot. */
export interface Stage {
  /** `where` and `whereNot` keep items, `select` changes them, `distinct` keeps the first of its kind. */
  readonly kind: 'where' | 'whereNot' | 'select' | 'distinct';
  readonly slot: number;
  readonly body: Run;
}

/** What to sort by: `body` gives the key of the item in the slot. */
export interface SortKey {
  readonly slot: number;
  readonly body: Run;
  readonly isDescending: boolean;
}

/**
 * How a value is computed, for those who can compute it together with what they do with it. It holds for this `run`
 * only: a value that is converted has another one.
 */
export type Plan =
  /** The variable in a slot. */
  | { readonly kind: 'slot'; readonly run: Run; readonly slot: number }
  /** A property, along a path from a variable. */
  | { readonly kind: 'reading'; readonly run: Run; readonly reading: Reading }
  /** Items of a collection that pass through stages one by one. */
  | {
      readonly kind: 'sequence';
      readonly run: Run;
      readonly source: Run;
      readonly stages: readonly Stage[];
    }
  /** A sorted collection; `sorted` gives it without what `ThenBy` would need of it. */
  | {
      readonly kind: 'ordered';
      readonly run: Run;
      readonly sorted: Run;
      readonly items: (frame: Frame) => readonly Value[];
      readonly keys: readonly SortKey[];
    }
  /** One operation on two whole numbers, the first of which is in a slot. */
  | {
      readonly kind: 'ints';
      readonly run: Run;
      readonly operator: '+' | '-' | '*' | '/' | '%';
      readonly slot: number;
      readonly other: { readonly slot: number } | { readonly constant: number };
    }
  /** A whole number in a slot compared with a constant. */
  | {
      readonly kind: 'bound';
      readonly run: Run;
      readonly slot: number;
      readonly operator: '<' | '<=' | '>' | '>=';
      readonly limit: number;
    };
