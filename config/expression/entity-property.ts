/** How names after a dot are found on an entity type, the same for bindings and code. */
import type {
  EntityModel,
  EntityType,
  NavigationProperty,
  ScalarProperty,
} from '../entity-model.ts';
import { suggestName } from './nearest-name.ts';

type FoundProperty =
  | { readonly kind: 'id' }
  | { readonly kind: 'property'; readonly property: ScalarProperty | NavigationProperty };

/**
 * `Id` is the internal id; `InternalDisplayName`, when nothing declares it, is the property that stands for it. Any other
 * name must be declared.
 */
export function findProperty(entityType: EntityType, name: string): FoundProperty | undefined {
  const declared = entityType.properties.get(name);
  if (declared !== undefined) return { kind: 'property', property: declared };
  if (name === 'Id') return { kind: 'id' };
  if (name !== 'InternalDisplayName') return undefined;
  const display = entityType.properties.get(entityType.displayProperty);
  return display === undefined ? undefined : { kind: 'property', property: display };
}

/** The message and hint for a property that does not exist. */
export function describeUnknownProperty(
  entityType: EntityType,
  name: string,
): readonly [message: string, hint: string | undefined] {
  return [
    `The entity type ${entityType.identifier} has no property ${name}.`,
    suggestName(name, [...entityType.properties.keys(), 'Id', 'InternalDisplayName']),
  ];
}

/** The message and hint for an entity type that does not exist. */
export function describeUnknownType(
  model: EntityModel,
  name: string,
): readonly [message: string, hint: string | undefined] {
  return [
    `There is no entity type ${name}.`,
    suggestName(name, model.entityTypes.keys(), 'Declare it as an EntityType.'),
  ];
}
