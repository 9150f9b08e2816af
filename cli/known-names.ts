/** Names given as options, checked before anything is done with them. */
import { type Connection, type Model, suggest } from '../config/index.ts';
import { CliError } from './errors.ts';

/** The identifier as the configuration spells it. Throws `USAGE_CONNECTOR_UNKNOWN`. */
export function findConnector(model: Model, name: string): string {
  const found = findName(model.connectors.keys(), name);
  if (found !== undefined) return found;
  throw new CliError(
    'USAGE_CONNECTOR_UNKNOWN',
    `There is no connector "${name}" in the deployed configuration.`,
    { hint: describeNames('Its connectors are', model.connectors.keys(), name) },
  );
}

/** Throws `ENTITY_TYPE_UNKNOWN`. */
export function findEntityType(model: Model, name: string): string {
  const { entityTypes } = model.entityModel;
  const found = findName(entityTypes.keys(), name);
  if (found !== undefined) return found;
  throw new CliError(
    'ENTITY_TYPE_UNKNOWN',
    `There is no entity type "${name}" in the deployed configuration.`,
    { hint: describeNames('Its entity types are', entityTypes.keys(), name) },
  );
}

/** An entity type, or an association: both are loaded, and both change. Throws `ENTITY_TYPE_UNKNOWN`. */
export function findAssociationOrType(model: Model, name: string): string {
  const association = findName(model.entityModel.associations.keys(), name);
  const isType = findName(model.entityModel.entityTypes.keys(), name) !== undefined;
  return association === undefined || isType ? findEntityType(model, name) : association;
}

/** Throws `USAGE_RESOURCE_TYPE_UNKNOWN`. */
export function findResourceType(model: Model, name: string): string {
  const found = findName(model.resourceTypes.keys(), name);
  if (found !== undefined) return found;
  throw new CliError(
    'USAGE_RESOURCE_TYPE_UNKNOWN',
    `There is no resource type "${name}" in the deployed configuration.`,
    { hint: describeNames('Its resource types are', model.resourceTypes.keys(), name) },
  );
}

/** A property of what resource types give, of one of them or of any. Throws `PROPERTY_UNKNOWN`. */
export function findTargetProperty(
  model: Model,
  name: string,
  resourceType: string | undefined,
): string {
  const types = [...model.resourceTypes.values()].filter(
    ({ identifier }) => resourceType === undefined || identifier === resourceType,
  );
  const names = new Set(
    types.flatMap(({ targetEntityType }) => [
      ...(model.entityModel.entityTypes.get(targetEntityType)?.properties.keys() ?? []),
    ]),
  );
  const found = findName(names, name);
  if (found !== undefined) return found;
  throw new CliError(
    'PROPERTY_UNKNOWN',
    `${resourceType ?? 'No resource type'} has ${resourceType === undefined ? 'a' : 'no'} property "${name}".`,
    { hint: describeNames('There are', names, name) },
  );
}

/** A composite or single role. Throws `ROLE_UNKNOWN`. */
export function findRole(model: Model, name: string): string {
  const names = new Set([...model.compositeRoles.keys(), ...model.singleRoles.keys()]);
  const found = findName(names, name);
  if (found !== undefined) return found;
  throw new CliError('ROLE_UNKNOWN', `There is no role "${name}" in the deployed configuration.`, {
    hint: describeNames('Its roles are', names, name),
  });
}

export function connectionsOf(model: Model, connector: string): readonly Connection[] {
  return [...model.connections.values()].filter((entry) => entry.connector === connector);
}

/** As written, or else the one that differs in letter case only. */
function findName(names: Iterable<string>, wanted: string): string | undefined {
  const all = [...names];
  if (all.includes(wanted)) return wanted;
  const matches = all.filter((name) => name.toLowerCase() === wanted.toLowerCase());
  return matches.length === 1 ? matches[0] : undefined;
}

function describeNames(lead: string, names: Iterable<string>, wanted: string): string {
  const known = [...names];
  const list = `${lead}: ${known.join(', ') || '(none)'}.`;
  return [suggest(wanted, known), list].filter((part) => part !== undefined).join(' ');
}
