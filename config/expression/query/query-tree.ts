/** The tree of a query, as written. Offsets are from 0 within the query text. */

export interface Place {
  readonly offset: number;
  readonly length: number;
}

/**
 * The text of a query, with holes for values that are known only when it runs. A hole takes one character of `text`,
 * whatever that character is; it can never be read as a part of the language.
 */
export interface QueryText {
  readonly text: string;
  /** Position in `text` to the number of the hole that stands there. */
  readonly holes: ReadonlyMap<number, number>;
}

interface NameNode extends Place {
  readonly name: string;
}

/** `property`, `alias.property`, `navigation.property`. */
export interface PathNode extends Place {
  readonly segments: readonly NameNode[];
}

export type StringPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hole'; readonly hole: number };

export type ValueNode = Place &
  (
    | { readonly kind: 'integer'; readonly value: bigint }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'null' }
    | { readonly kind: 'string'; readonly parts: readonly StringPart[] }
    | { readonly kind: 'hole'; readonly hole: number }
    | { readonly kind: 'path'; readonly path: PathNode }
  );

export const comparisonOperators = [
  '!%=%',
  '%=%',
  '!%=',
  '!=%',
  '%=',
  '=%',
  '&=',
  '!=',
  '<=',
  '>=',
  '=',
  '<',
  '>',
] as const;

export type ComparisonOperator = (typeof comparisonOperators)[number];

export interface ComparisonNode extends Place {
  readonly kind: 'comparison';
  readonly path: PathNode;
  readonly operator: ComparisonOperator;
  readonly operatorPlace: Place;
  readonly value: ValueNode;
}

export type FilterNode =
  | ComparisonNode
  | (Place & { readonly kind: 'and' | 'or'; readonly filters: readonly FilterNode[] });

export interface JoinNode extends Place {
  readonly path: PathNode;
  readonly type?: NameNode;
  readonly alias: NameNode;
}

export interface OrderNode extends Place {
  readonly path: PathNode;
  readonly isDescending: boolean;
}

export interface HistoryNode extends Place {
  readonly kind: 'as of' | 'between' | 'contained in';
  readonly dates: readonly ValueNode[];
}

export interface QueryNode {
  readonly history?: HistoryNode;
  readonly joins: readonly JoinNode[];
  readonly pageSize?: number;
  readonly select: readonly PathNode[];
  readonly where?: FilterNode;
  readonly orderBy: readonly OrderNode[];
}
