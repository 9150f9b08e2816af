/** What is asked of the expression compiler, and its answer. */
import type { EntityModel, ScalarType } from '../entity-model.ts';
import type { Position } from '../errors.ts';
import type { CompiledExpression } from './values.ts';

/** What the place the expression stands in needs. */
export type ExpectedValue =
  | { readonly kind: 'scalar'; readonly type: ScalarType }
  | { readonly kind: 'boolean' }
  /** A resource of this entity type, or its internal id. */
  | { readonly kind: 'resource'; readonly entityType: string }
  | { readonly kind: 'resources'; readonly entityType?: string }
  /** Text used as a key: any scalar, rendered in the internal form. */
  | { readonly kind: 'key' }
  /** Named arguments: a `Dictionary<string, T>` whose values have a text, or null for none. */
  | {
      readonly kind: 'arguments';
      /** Entity type of what the order changes, for `provisioningOrder`. */
      readonly orderOf?: string;
    };

export interface CompileRequest {
  /** The attribute texts as XML or JSON gives them, entities resolved; at least one of the two. */
  readonly binding?: string;
  readonly expression?: string;
  /** Entity type a binding starts from when it names none, and the type of an expression's parameter. */
  readonly root: string;
  readonly expected: ExpectedValue;
  readonly isLiteralAllowed: boolean;
  readonly entityModel: EntityModel;
  /** Where the attribute stands, for messages at run time. */
  readonly at: Position;
}

export interface ExpressionProblem {
  readonly in: 'binding' | 'expression';
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
  /** From 0, within the attribute text. */
  readonly offset: number;
  readonly length: number;
}

export type CompileResult =
  | {
      readonly status: 'compiled';
      readonly expression: CompiledExpression;
      readonly resultEntityType?: string;
      readonly warnings: readonly ExpressionProblem[];
    }
  | { readonly status: 'rejected'; readonly problems: readonly ExpressionProblem[] };
