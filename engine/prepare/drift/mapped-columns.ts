/** Which columns of a source stand in the clean file of a part. */
import type { Model } from '../../../config/index.ts';
import type { SessionPart } from '../../../connectors/index.ts';
import type { MappedColumn } from './drift.ts';

export type PartColumns =
  | {
      readonly kind: 'entity';
      readonly key: MappedColumn;
      readonly values: readonly MappedColumn[];
    }
  | {
      readonly kind: 'association';
      readonly value1: MappedColumn;
      readonly value2: MappedColumn;
    };

/** Undefined for a part that the configuration does not map any more. */
export function findColumns(
  model: Model,
  part: Pick<SessionPart, 'kind' | 'identifier'>,
): PartColumns | undefined {
  if (part.kind === 'association') {
    const mapping = model.associationMappings.get(part.identifier);
    if (mapping === undefined) return undefined;
    return {
      kind: 'association',
      value1: { cell: 'value1', column: mapping.column1, format: null },
      value2: { cell: 'value2', column: mapping.column2, format: null },
    };
  }
  const mapping = model.entityTypeMappings.get(part.identifier);
  if (mapping === undefined) return undefined;
  const { primaryKey } = mapping;
  const values = mapping.properties.filter(
    ({ identifier }) => identifier !== primaryKey.identifier,
  );
  return {
    kind: 'entity',
    key: {
      cell: 'key',
      column: primaryKey.connectionColumn,
      format: primaryKey.format ?? null,
    },
    values: values.map((property) => ({
      cell: `p.${property.identifier}`,
      column: property.connectionColumn,
      format: property.format ?? null,
    })),
  };
}

export function listColumns(columns: PartColumns): readonly MappedColumn[] {
  return columns.kind === 'entity'
    ? [columns.key, ...columns.values]
    : [columns.value1, columns.value2];
}
