/** How the target of a resource type stands in its managed system, put together from the mappings. */
import type { AssociationMapping, Model, ResourceType } from '../../config/index.ts';
import {
  type FulfilTarget,
  type LinkTarget,
  type ProvisioningOrder,
  undoTransformations,
} from '../../connectors/index.ts';

/** The part of a connection table's name behind the connection's identifier; empty for one-file connections. */
export function tableSuffix(connectionTable: string): string {
  const separator = connectionTable.indexOf('_');
  return separator === -1 ? '' : connectionTable.slice(separator + 1);
}

/** `null` when the resource type names no connection: nothing can carry out its orders. */
export function describeTarget(model: Model, resourceType: ResourceType): FulfilTarget | null {
  const { mapping } = resourceType;
  const entityMapping = model.entityTypeMappings.get(resourceType.targetEntityType);
  if (mapping === undefined) return null;
  return {
    resourceType: resourceType.identifier,
    entityType: resourceType.targetEntityType,
    tableSuffix: tableSuffix(entityMapping?.connectionTable ?? ''),
    columns: (entityMapping?.properties ?? []).map((property) => ({
      property: property.identifier,
      column: sourceColumn(model, resourceType, property.connectionColumn),
      ...(property.format === undefined ? {} : { format: property.format }),
      isPrimaryKey: property.isPrimaryKey,
      isUniqueKey: property.isUniqueKey,
    })),
    links: describeLinks(model, resourceType.targetEntityType),
    properties: [
      ...(model.entityModel.entityTypes.get(resourceType.targetEntityType)?.properties.values() ??
        []),
    ].map(({ identifier, kind }) => ({ identifier, kind })),
    mapping: {
      element: mapping.element,
      attributes: mapping.attributes,
      children: mapping.children,
    },
  };
}

function describeLinks(model: Model, entityType: string): readonly LinkTarget[] {
  const links: LinkTarget[] = [];
  for (const property of model.entityModel.entityTypes.get(entityType)?.properties.values() ?? []) {
    if (property.kind !== 'navigation') continue;
    const mapping = model.associationMappings.get(property.association);
    if (mapping === undefined) continue;
    const [own, linked] = sides(mapping, property.side);
    const linkedMapping = model.entityTypeMappings.get(linked.lookup.entityType);
    links.push({
      property: property.identifier,
      isCollection: property.isCollection,
      tableSuffix: tableSuffix(mapping.connectionTable),
      ownColumn: own.column,
      ownProperty: own.lookup.property,
      linkedColumn: linked.column,
      linkedProperty: linked.lookup.property,
      linkedEntityType: linked.lookup.entityType,
      linkedColumns: Object.fromEntries(
        (linkedMapping?.properties ?? []).map((p) => [p.identifier, p.connectionColumn]),
      ),
    });
  }
  return links;
}

function sides(mapping: AssociationMapping, side: 1 | 2) {
  const one = { column: mapping.column1, lookup: mapping.lookup1 };
  const two = { column: mapping.column2, lookup: mapping.lookup2 };
  return side === 1 ? ([one, two] as const) : ([two, one] as const);
}

/** The column of the system itself, where the connection transforms it on the way in. */
function sourceColumn(model: Model, resourceType: ResourceType, column: string): string {
  const mapping = model.entityTypeMappings.get(resourceType.targetEntityType);
  return undoTransformations(
    transformationsOf(model, resourceType),
    mapping?.connectionTable ?? '',
    column,
    null,
  ).column;
}

function transformationsOf(model: Model, resourceType: ResourceType) {
  const mapping = model.entityTypeMappings.get(resourceType.targetEntityType);
  const table = mapping?.connectionTable ?? '';
  return [...model.connections.values()]
    .filter((connection) => connection.connector === mapping?.connector)
    .filter(
      (connection) =>
        table === connection.identifier || table.startsWith(`${connection.identifier}_`),
    )
    .flatMap((connection) => connection.transformations);
}

/** The order with its values as the system itself holds them: what was added on the way in is taken off on the way out. */
export function toSystemValues(model: Model, order: ProvisioningOrder): ProvisioningOrder {
  const resourceType = model.resourceTypes.get(order.resourceType.identifier);
  const mapping = model.entityTypeMappings.get(order.resourceType.targetEntityType);
  if (resourceType === undefined || mapping === undefined) return order;
  const rules = transformationsOf(model, resourceType);
  if (rules.length === 0) return order;
  const undo = (property: string, value: string | null): string | null => {
    const mapped = mapping.properties.find((candidate) => candidate.identifier === property);
    if (mapped === undefined) return value;
    return undoTransformations(
      rules,
      mapping.connectionTable,
      mapped.connectionColumn,
      value,
      mapped.format,
    ).value;
  };
  return {
    ...order,
    changes: order.changes.map((change) =>
      change.kind === 'set'
        ? {
            ...change,
            value: undo(change.property, change.value),
            ...(change.expected === undefined
              ? {}
              : { expected: undo(change.property, change.expected) }),
          }
        : change,
    ),
  };
}
