/** What a configuration declares and what refers to it, each with its place in a file. */
import type { Declared } from '../schema/declare.ts';
import type { SourceAttribute, Span } from '../source/element-tree.ts';

/** Something with a name that others refer to. */
export type SymbolTarget =
  /** An element, by the scope in which its identifier is unique. */
  | { readonly kind: 'element'; readonly scope: string; readonly identifier: string }
  /** A property of an entity type. */
  | { readonly kind: 'property'; readonly entityType: string; readonly identifier: string };

/** Where something is declared: the place is the value of the attribute that names it. */
export interface Definition {
  readonly target: SymbolTarget;
  readonly element: Declared;
  readonly attribute: SourceAttribute;
}

/** A stretch of an attribute's value that names something, in characters of the value. */
export interface Piece {
  readonly target: SymbolTarget;
  readonly offset: number;
  readonly length: number;
}

/** A piece where it stands. */
export interface Occurrence extends Piece {
  readonly element: Declared;
  readonly attribute: SourceAttribute;
  readonly isDefinition: boolean;
}

/** An attribute whose pieces depend on other elements: a binding, an expression, a property of a type named elsewhere. */
export interface OpenSite {
  readonly element: Declared;
  readonly attribute: SourceAttribute;
  /** The name by which the vocabulary knows the attribute. */
  readonly name: string;
  readonly kind: 'binding' | 'expression' | 'property';
}

/** The same text for the same target, different for different ones. */
export function keyOf(target: SymbolTarget): string {
  return target.kind === 'element'
    ? `${target.scope}\u0000${target.identifier}`
    : `\u0000${target.entityType}\u0000${target.identifier}`;
}

export function elementTarget(scope: string, identifier: string): SymbolTarget {
  return { kind: 'element', scope, identifier };
}

export function propertyTarget(entityType: string, identifier: string): SymbolTarget {
  return { kind: 'property', entityType, identifier };
}

/** `HR_Person:Login`, or the identifier of an element. */
export function describeTarget(target: SymbolTarget): string {
  return target.kind === 'element'
    ? `${target.scope} "${target.identifier}"`
    : `${target.entityType}:${target.identifier}`;
}

/** A symbol found at a place of a file. */
export interface FoundSymbol {
  readonly target: SymbolTarget;
  readonly span: Span;
}
