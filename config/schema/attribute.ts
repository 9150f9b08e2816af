/** How an attribute of the vocabulary is described, with one small builder per kind of value. */

/** `Name`, and the number that may stand for it. */
export type Member<M extends string = string> = readonly [M, number];

/** Where the entity type that a property reference belongs to is named. */
export type PropertyOwner =
  /** In this attribute of the same element. */
  | { readonly attribute: string }
  /** In this attribute of the parent element. */
  | { readonly parentAttribute: string }
  /** The target entity type of the resource type that the parent is named after. */
  | { readonly resourceTypeTarget: true }
  /** The target entity type of the resource type named in this attribute of the same element. */
  | { readonly resourceTypeAttribute: string }
  /** Of another system: plain or as `EntityType:Property`, and not looked up. */
  | { readonly isElsewhere: true };

export type AttributeType =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: 'number' }
  /** Documented as a flag on one page and as a number on another: both are read. */
  | { readonly kind: 'flag-or-integer'; readonly minimum?: number; readonly maximum?: number }
  /** `aliases` are further spellings that are read but not offered. */
  | {
      readonly kind: 'choice';
      readonly members: readonly Member[];
      readonly aliases: Readonly<Record<string, string>>;
      /** Published without numbers: only the names are read, and the members' numbers mean nothing. */
      readonly isUnnumbered?: boolean;
      /** Published as incomplete: another name is kept as written. */
      readonly isExtensible?: boolean;
    }
  /** The identifier of an element; `scope` is the element's scope of uniqueness. */
  | { readonly kind: 'reference'; readonly scope: string }
  | {
      readonly kind: 'property';
      readonly owner: PropertyOwner;
      readonly holds: 'scalar' | 'navigation' | 'any';
    }
  /** `EntityType:Property`. */
  | { readonly kind: 'type-property'; readonly holds: 'scalar' | 'navigation' | 'any' }
  /** The `IsKey` text of a resource, which exists only once data is loaded. */
  | { readonly kind: 'resource-key' }
  | { readonly kind: 'binding' }
  | { readonly kind: 'expression' };

/** `none`: read, and rightly without effect here. `not-yet`: would change what the engine does, and does not yet. */
export type Effect = 'used' | 'none' | 'not-yet';

export interface Attribute<N extends string = string, V = unknown> {
  readonly name: N;
  readonly type: AttributeType;
  readonly isRequired: boolean;
  /** As it would be written. */
  readonly defaultValue?: string;
  readonly doc: string;
  readonly effect: Effect;
  /** Only carries the type of the value; never set. */
  readonly valueType?: V;
}

interface Shape {
  readonly isRequired?: boolean;
  readonly defaultValue?: string;
  readonly effect?: Effect;
}

function attribute<N extends string, V>(
  name: N,
  type: AttributeType,
  doc: string,
  shape: Shape,
): Attribute<N, V> {
  const { isRequired = false, defaultValue, effect = 'used' } = shape;
  return {
    name,
    type,
    doc,
    isRequired,
    effect,
    ...(defaultValue === undefined ? {} : { defaultValue }),
  };
}

export function text<const N extends string>(
  name: N,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'text' }, doc, { effect });
}

export function requiredText<const N extends string>(name: N, doc: string): Attribute<N, string> {
  return attribute(name, { kind: 'text' }, doc, { isRequired: true });
}

/** The attribute that names the element. */
export function identifier(doc = 'Unique name of the element.'): Attribute<'Identifier', string> {
  return requiredText('Identifier', doc);
}

export function flag<const N extends string>(
  name: N,
  doc: string,
  defaultValue = false,
  effect: Effect = 'used',
): Attribute<N, boolean> {
  return attribute(name, { kind: 'boolean' }, doc, { defaultValue: String(defaultValue), effect });
}

export function integer<const N extends string>(
  name: N,
  doc: string,
  defaultValue: number,
  options: {
    readonly minimum?: number;
    readonly maximum?: number;
    readonly effect?: Effect;
  } = {},
): Attribute<N, number> {
  const { effect = 'used', ...bounds } = options;
  return attribute(name, { kind: 'integer', ...bounds }, doc, {
    defaultValue: String(defaultValue),
    effect,
  });
}

export function requiredInteger<const N extends string>(
  name: N,
  doc: string,
  bounds: { readonly minimum?: number; readonly maximum?: number },
): Attribute<N, number> {
  return attribute(name, { kind: 'integer', ...bounds }, doc, { isRequired: true });
}

export function optionalInteger<const N extends string>(
  name: N,
  doc: string,
  effect: Effect = 'used',
  bounds: { readonly minimum?: number; readonly maximum?: number } = {},
): Attribute<N, number | undefined> {
  return attribute(name, { kind: 'integer', ...bounds }, doc, { effect });
}

/** A level of confidence that another page documents as a flag. */
export function flagOrInteger<const N extends string>(
  name: N,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, boolean | number | undefined> {
  const bounds = { minimum: 0, maximum: 150 };
  return attribute(name, { kind: 'flag-or-integer', ...bounds }, doc, { effect });
}

export function decimal<const N extends string>(
  name: N,
  doc: string,
  defaultValue: number,
  effect: Effect = 'used',
): Attribute<N, number> {
  return attribute(name, { kind: 'number' }, doc, { defaultValue: String(defaultValue), effect });
}

/** A list of names with numbers, as enumerations are documented. */
export interface Choice<M extends string> {
  readonly members: readonly Member<M>[];
  readonly aliases: Readonly<Record<string, M>>;
  readonly isUnnumbered?: boolean;
  readonly isExtensible?: boolean;
}

export function choice<const N extends string, M extends string>(
  name: N,
  of: Choice<M>,
  doc: string,
  defaultValue: M,
  effect: Effect = 'used',
): Attribute<N, M> {
  return attribute(name, { kind: 'choice', ...of }, doc, { defaultValue, effect });
}

export function requiredChoice<const N extends string, M extends string>(
  name: N,
  of: Choice<M>,
  doc: string,
): Attribute<N, M> {
  return attribute(name, { kind: 'choice', ...of }, doc, { isRequired: true });
}

export function optionalChoice<const N extends string, M extends string>(
  name: N,
  of: Choice<M>,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, M | undefined> {
  return attribute(name, { kind: 'choice', ...of }, doc, { effect });
}

export function reference<const N extends string>(
  name: N,
  scope: string,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'reference', scope }, doc, { effect });
}

export function requiredReference<const N extends string>(
  name: N,
  scope: string,
  doc: string,
): Attribute<N, string> {
  return attribute(name, { kind: 'reference', scope }, doc, { isRequired: true });
}

export function property<const N extends string>(
  name: N,
  owner: PropertyOwner,
  holds: 'scalar' | 'navigation' | 'any',
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'property', owner, holds }, doc, { effect });
}

export function requiredProperty<const N extends string>(
  name: N,
  owner: PropertyOwner,
  holds: 'scalar' | 'navigation' | 'any',
  doc: string,
): Attribute<N, string> {
  return attribute(name, { kind: 'property', owner, holds }, doc, { isRequired: true });
}

export function typeProperty<const N extends string>(
  name: N,
  holds: 'scalar' | 'navigation' | 'any',
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'type-property', holds }, doc, { effect });
}

export function requiredTypeProperty<const N extends string>(
  name: N,
  holds: 'scalar' | 'navigation' | 'any',
  doc: string,
): Attribute<N, string> {
  return attribute(name, { kind: 'type-property', holds }, doc, { isRequired: true });
}

export function requiredResourceKey<const N extends string>(
  name: N,
  doc: string,
): Attribute<N, string> {
  return attribute(name, { kind: 'resource-key' }, doc, { isRequired: true });
}

export function resourceKey<const N extends string>(
  name: N,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'resource-key' }, doc, { effect });
}

export function requiredBinding<const N extends string>(
  name: N,
  doc: string,
): Attribute<N, string> {
  return attribute(name, { kind: 'binding' }, doc, { isRequired: true });
}

export function binding<const N extends string>(
  name: N,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'binding' }, doc, { effect });
}

export function expression<const N extends string>(
  name: N,
  doc: string,
  effect: Effect = 'used',
): Attribute<N, string | undefined> {
  return attribute(name, { kind: 'expression' }, doc, { effect });
}
