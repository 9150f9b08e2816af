/** Tables and columns as an ODBC driver lists them: https://learn.microsoft.com/sql/odbc/reference/syntax/sqlcolumns-function */
import type { Chunk } from '../spi/database/database.ts';
import type { OdbcRequest, OdbcResult } from './odbc-child.ts';

/** Names of the columns of `SQLTables` and `SQLColumns`, by the standard's positions. */
const at = { schema: 1, table: 2, kindOfTable: 3, column: 3, typeName: 5 } as const;

/** Schema, table, column, type, key or not, default schema or not: as the catalogue queries of dialects give them. */
export async function listOdbcColumns(
  call: (request: OdbcRequest) => Promise<OdbcResult>,
): Promise<Chunk> {
  const tables = await call({ kind: 'tables' });
  const wanted = new Set(
    tables.rows
      .filter((row) => !/system/i.test(textOf(row[at.kindOfTable])))
      .map((row) => `${textOf(row[at.schema])}\n${textOf(row[at.table])}`),
  );
  const { rows } = await call({ kind: 'columns' });
  const found = rows.filter((row) =>
    wanted.has(`${textOf(row[at.schema])}\n${textOf(row[at.table])}`),
  );
  return {
    columns: ['schema', 'table', 'column', 'type', 'isKey', 'isDefault'],
    rows: found.map((row) => [
      textOf(row[at.schema]),
      textOf(row[at.table]),
      textOf(row[at.column]),
      textOf(row[at.typeName]),
      '0',
      // Which schema is the default one, drivers do not say.
      '1',
    ]),
  };
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}
