/** Connectors, connections and mappings of the model, from declarations that have passed all checks. */
import { splitTypeProperty } from '../check-entity-model.ts';
import { areSidesCrossed, associationOf } from '../check-mappings.ts';
import type { EntityModel } from '../entity-model.ts';
import type {
  AssociationMapping,
  Connection,
  Connector,
  EntityTypeMapping,
  PropertyMapping,
  Transformation,
} from '../model.ts';
import {
  connection,
  connector,
  entityAssociationMapping,
  entityTypeMapping,
  propertyMapping,
  transformation,
} from '../schema/connector-elements.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { positionOf, positionOfValue } from '../source/element-tree.ts';

export function buildConnector(declared: Declared): Connector {
  const values = valuesOf(declared, connector);
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    ...(values.Agent === undefined ? {} : { agent: values.Agent }),
    completeJob: values.CompleteJob,
    incrementalJob: values.IncrementalJob,
    isDeactivated: values.IsDeactivated,
    thresholds: {
      maximumInsertedLines: values.MaximumInsertedLines,
      maximumUpdatedLines: values.MaximumUpdatedLines,
      maximumDeletedLines: values.MaximumDeletedLines,
      maxPercentageInsertedLines: values.MaxPercentageInsertedLines,
      maxPercentageUpdatedLines: values.MaxPercentageUpdatedLines,
      maxPercentageDeletedLines: values.MaxPercentageDeletedLines,
      maximumLinkInsertedLines: values.MaximumLinkInsertedLines,
      maximumLinkDeletedLines: values.MaximumLinkDeletedLines,
      maxLinkPercentageInsertedLines: values.MaxLinkPercentageInsertedLines,
      maxLinkPercentageDeletedLines: values.MaxLinkPercentageDeletedLines,
    },
    at: positionOf(declared.source),
  };
}

export function buildConnection(declared: Declared): Connection {
  const values = valuesOf(declared, connection);
  const packageAt = declared.written.get('Package');
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    connector: values.Connector,
    package: values.Package,
    packageAt: packageAt === undefined ? positionOf(declared.source) : positionOfValue(packageAt),
    deactivation: values.DeactivationExportFulfill,
    transformations: childrenNamed(declared, 'Transformation').map(buildTransformation),
    at: positionOf(declared.source),
  };
}

function buildTransformation(declared: Declared): Transformation {
  const values = valuesOf(declared, transformation);
  const inputs = [
    values.InputColumn,
    values.InputColumn2,
    values.InputColumn3,
    values.InputColumn4,
    values.InputColumn5,
  ];
  return {
    type: values.Type,
    ...(values.Table === undefined ? {} : { table: values.Table }),
    ...(values.Column === undefined ? {} : { column: values.Column }),
    inputColumns: inputs.filter((column): column is string => column !== undefined),
    concatSeparator: values.ConcatSeparator ?? '',
    removeEmpty: values.RemoveEmpty,
    removeDuplicates: values.RemoveDuplicates,
    sortValues: values.SortValues,
    addedDays: values.AddedDays,
    ...(values.MinYear === undefined ? {} : { minYear: values.MinYear }),
    ...(values.MaxYear === undefined ? {} : { maxYear: values.MaxYear }),
    ...(values.DatePattern === undefined ? {} : { datePattern: values.DatePattern }),
    ...(values.WhereOperator === undefined ? {} : { whereOperator: values.WhereOperator }),
    ...(values.WhereValue === undefined ? {} : { whereValue: values.WhereValue }),
    at: positionOf(declared.source),
  };
}

export function buildEntityTypeMapping(declared: Declared): EntityTypeMapping {
  const values = valuesOf(declared, entityTypeMapping);
  const properties = childrenNamed(declared, 'Property').map(buildPropertyMapping);
  const primaryKey = properties.find((property) => property.isPrimaryKey);
  if (primaryKey === undefined) {
    throw new Error(`EntityTypeMapping "${values.Identifier}" was checked without a primary key.`);
  }
  return {
    identifier: values.Identifier,
    connector: values.Connector ?? '',
    connectionTable: values.ConnectionTable ?? values.Identifier,
    thresholds: {
      maximumInsertedLines: values.MaximumInsertedLines,
      maximumUpdatedLines: values.MaximumUpdatedLines,
      maximumDeletedLines: values.MaximumDeletedLines,
      maxPercentageInsertedLines: values.MaxPercentageInsertedLines,
      maxPercentageUpdatedLines: values.MaxPercentageUpdatedLines,
      maxPercentageDeletedLines: values.MaxPercentageDeletedLines,
    },
    properties,
    primaryKey,
    at: positionOf(declared.source),
  };
}

function buildPropertyMapping(declared: Declared): PropertyMapping {
  const values = valuesOf(declared, propertyMapping);
  return {
    identifier: values.Identifier,
    connectionColumn: values.ConnectionColumn ?? values.Identifier,
    ...(values.Format === undefined || values.Format === '' ? {} : { format: values.Format }),
    isPrimaryKey: values.IsPrimaryKey,
    isUniqueKey: values.IsUniqueKey,
    at: positionOf(declared.source),
  };
}

export function buildAssociationMapping(
  declared: Declared,
  entityModel: EntityModel,
): AssociationMapping {
  const values = valuesOf(declared, entityAssociationMapping);
  const side1 = { column: values.Column1, lookup: lookupOf(values.EntityPropertyMapping1) };
  const side2 = { column: values.Column2, lookup: lookupOf(values.EntityPropertyMapping2) };
  const association = associationOf(values, entityModel.associations);
  const identifier = association?.identifier ?? values.Identifier ?? '';
  const isCrossed =
    association !== undefined &&
    areSidesCrossed(side1.lookup.entityType, side2.lookup.entityType, association);
  const [first, second] = isCrossed ? [side2, side1] : [side1, side2];
  return {
    identifier,
    connector: values.Connector,
    connectionTable: values.ConnectionTable ?? identifier,
    column1: first.column,
    lookup1: first.lookup,
    column2: second.column,
    lookup2: second.lookup,
    // The second spelling of each threshold is documented on another page; the one that is set counts.
    thresholds: {
      maximumLinkInsertedLines: values.MaximumInsertedLines || values.MaximumLinkInsertedLines,
      maximumLinkDeletedLines: values.MaximumDeletedLines || values.MaximumLinkDeletedLines,
      maxLinkPercentageInsertedLines:
        values.MaxPercentageInsertedLines || values.MaxLinkPercentageInsertedLines,
      maxLinkPercentageDeletedLines:
        values.MaxPercentageDeletedLines || values.MaxLinkPercentageDeletedLines,
    },
    at: positionOf(declared.source),
  };
}

function lookupOf(text: string): { readonly entityType: string; readonly property: string } {
  const split = splitTypeProperty(text);
  return { entityType: split?.type ?? '', property: split?.property ?? '' };
}
