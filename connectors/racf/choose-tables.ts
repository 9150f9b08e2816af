/** Which record types an export writes, and whether the mappings fit them. */
import { ConnectorError } from '../spi/errors.ts';
import { suggestName } from '../spi/nearest-name.ts';
import type { TableRequest } from '../spi/package.ts';
import { layouts, type RecordLayout } from './layouts.ts';

export interface ChosenTable {
  readonly table: string;
  readonly layout: RecordLayout;
  /** A mapping uses it: it is written without any record, too. */
  readonly isRequested: boolean;
}

/**
 * The usual record types, and those that mappings name. Throws `not-found` for a table that is no record type, and
 * `invalid-value` for a column that its records do not have.
 */
export function chooseTables(
  connection: string,
  requests: readonly TableRequest[],
): readonly ChosenTable[] {
  for (const request of requests) checkRequest(connection, request);
  return layouts.flatMap((layout) => {
    const request = requests.find(({ suffix }) => suffix === layout.type);
    if (request === undefined && !layout.isUsual) return [];
    const table = request?.name ?? `${connection}_${layout.type}`;
    return [{ table, layout, isRequested: request !== undefined }];
  });
}

function checkRequest(connection: string, request: TableRequest): void {
  const layout = layouts.find(({ type }) => type === request.suffix);
  if (layout === undefined) {
    throw new ConnectorError('not-found', `An unload of RACF has no table "${request.name}".`, {
      hint: `Tables are named by record type: ${layouts.map(({ type }) => `${connection}_${type}`).join(', ')}.`,
      details: { connection, table: request.name },
    });
  }
  const names = layout.fields.map(({ name }) => name);
  const missing = request.columns.find((column) => !names.includes(column));
  if (missing === undefined) return;
  throw new ConnectorError(
    'invalid-value',
    `Records of type ${layout.type} have no column "${missing}", which a mapping uses.`,
    {
      hint: suggestName(missing, names) ?? `Columns begin with ${names[0]?.replace('NAME', '')}.`,
      details: { table: request.name, column: missing },
    },
  );
}
