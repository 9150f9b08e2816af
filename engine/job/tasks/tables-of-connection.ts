/** Which files an export has to write: read off the mappings. */
import type { Connection, Model } from '../../../config/index.ts';
import type { TableRequest } from '../../../connectors/index.ts';

interface Wanted {
  readonly columns: Set<string>;
  readonly keyColumns: Set<string>;
  readonly formats: Map<string, string>;
}

/** True when the table is one of this connection's: its own name, or its name and `_` before a suffix. */
export function isTableOf(connection: Connection, table: string): boolean {
  return table === connection.identifier || table.startsWith(`${connection.identifier}_`);
}

/** The connection a table belongs to: of several that fit, the one with the longest identifier. */
export function connectionOfTable(
  model: Model,
  connector: string,
  table: string,
): Connection | undefined {
  let best: Connection | undefined;
  for (const connection of model.connections.values()) {
    if (connection.connector !== connector || !isTableOf(connection, table)) continue;
    if (best === undefined || connection.identifier.length > best.identifier.length)
      best = connection;
  }
  return best;
}

/** The tables of a connection with the columns that mappings name. */
export function tablesOfConnection(model: Model, connection: Connection): readonly TableRequest[] {
  const tables = new Map<string, Wanted>();
  const want = (table: string, column: string, format?: string, isKey = false): void => {
    if (connectionOfTable(model, connection.connector, table) !== connection) return;
    const wanted = tables.get(table) ?? {
      columns: new Set<string>(),
      keyColumns: new Set<string>(),
      formats: new Map<string, string>(),
    };
    tables.set(table, wanted);
    wanted.columns.add(column);
    if (isKey) wanted.keyColumns.add(column);
    if (format !== undefined) wanted.formats.set(column, format);
  };
  for (const mapping of model.entityTypeMappings.values()) {
    if (mapping.connector !== connection.connector) continue;
    for (const property of mapping.properties)
      want(
        mapping.connectionTable,
        property.connectionColumn,
        property.format,
        property.isPrimaryKey,
      );
  }
  for (const mapping of model.associationMappings.values()) {
    if (mapping.connector !== connection.connector) continue;
    want(mapping.connectionTable, mapping.column1);
    want(mapping.connectionTable, mapping.column2);
  }
  return [...tables].map(([name, wanted]) => ({
    name,
    suffix: name === connection.identifier ? '' : name.slice(connection.identifier.length + 1),
    columns: [...wanted.columns],
    formats: Object.fromEntries(wanted.formats),
    keyColumns: [...wanted.keyColumns],
  }));
}
