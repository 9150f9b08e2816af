/** The shape of resources: what the store's tables, expressions and bindings are typed against. */
import type { Position } from './errors.ts';

/** Scalar types of `EntityPropertyType`; values are stored as text in the internal form. */
export type ScalarType =
  | 'String'
  | 'Bytes'
  | 'Int32'
  | 'Int64'
  | 'DateTime'
  | 'Bool'
  | 'Guid'
  | 'Double'
  | 'Binary'
  | 'Byte'
  | 'Int16'
  | 'Option';

export interface ScalarProperty {
  readonly kind: 'scalar';
  readonly identifier: string;
  readonly type: ScalarType;
  /** Names resources inside the configuration. */
  readonly isKey: boolean;
  /** A change of nothing but such properties within so many minutes of the last version makes no version of its own. */
  readonly historyPrecisionMinutes?: number;
  readonly at: Position;
}

export interface NavigationProperty {
  readonly kind: 'navigation';
  readonly identifier: string;
  /** Identifier of the entity type the property leads to. */
  readonly target: string;
  readonly isCollection: boolean;
  readonly association: string;
  /** The side of the association this property is declared on. */
  readonly side: 1 | 2;
  /** The navigation property that leads back. */
  readonly reverse: string;
  /** Property of the target: rules give an owner only one resource of each of its values. */
  readonly groupByProperty?: string;
  readonly at: Position;
}

export type Property = ScalarProperty | NavigationProperty;

export interface EntityType {
  readonly identifier: string;
  readonly displayName: string;
  /** In the order of declaration. */
  readonly properties: ReadonlyMap<string, Property>;
  /** Identifiers of the `IsKey` properties. */
  readonly keys: readonly string[];
  /** The property that stands for `InternalDisplayName` when no expression computes it. */
  readonly displayProperty: string;
  readonly at: Position;
}

export interface Association {
  readonly identifier: string;
  readonly type1: string;
  readonly property1: string;
  readonly isProperty1Collection: boolean;
  readonly type2: string;
  readonly property2: string;
  readonly isProperty2Collection: boolean;
  readonly at: Position;
}

export interface EntityModel {
  readonly entityTypes: ReadonlyMap<string, EntityType>;
  readonly associations: ReadonlyMap<string, Association>;
}
