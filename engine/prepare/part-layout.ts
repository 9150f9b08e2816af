/** What of a table makes the files of one entity type or association. */
import { createHash } from 'node:crypto';
import type { EntityTypeMapping, Model } from '../../config/index.ts';
import { entityLeadColumns, linkColumns, type SessionPart } from '../../connectors/index.ts';

/** Rises when the same table is to give other clean files than before. */
const layoutVersion = 1;

/** Columns of a clean file. */
export function listColumns(
  kind: SessionPart['kind'],
  properties: readonly string[],
): readonly string[] {
  return kind === 'entity'
    ? [...entityLeadColumns, ...properties.map((property) => `p.${property}`)]
    : linkColumns;
}

/** Scalar properties of a mapping in the order of its clean file: the primary key first. */
export function mappedProperties(mapping: EntityTypeMapping): readonly string[] {
  return mapping.properties.map((property) => property.identifier);
}

/** Of the properties of a mapping, those by which links find a resource. */
export function listKeyValues(
  mapping: EntityTypeMapping,
  lookups: ReadonlySet<string>,
): readonly boolean[] {
  return mapping.properties.map(
    ({ identifier, isUniqueKey }) =>
      isUniqueKey || lookups.has(`${mapping.identifier}:${identifier}`),
  );
}

/** What a part is made of, as a digest: columns, their order, and which of them are compared as keys are. */
export function describeLayout(
  model: Model,
  kind: SessionPart['kind'],
  identifier: string,
): string {
  const entity = model.entityTypeMappings.get(identifier);
  const association = model.associationMappings.get(identifier);
  const content =
    kind === 'entity'
      ? {
          key: entity?.primaryKey.connectionColumn,
          columns: entity?.properties.map((p) => [p.identifier, p.connectionColumn, p.format]),
          keyValues: entity === undefined ? [] : listKeyValues(entity, lookupProperties(model)),
        }
      : { columns: [association?.column1, association?.column2] };
  const text = JSON.stringify({ version: layoutVersion, kind, identifier, ...content });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** `EntityType:Property` by which associations find their ends. */
export function lookupProperties(model: Model): ReadonlySet<string> {
  return new Set(
    [...model.associationMappings.values()]
      .flatMap((mapping) => [mapping.lookup1, mapping.lookup2])
      .map(({ entityType, property }) => `${entityType}:${property}`),
  );
}
