/** The header line of a table in a file: which of its fields become columns. */
import { ConnectorError } from '../errors.ts';
import { suggestName } from '../nearest-name.ts';
import type { Logger, TableRequest } from '../package.ts';

export interface Header {
  /** Names in the order of the file; fields without a name are left out. */
  readonly columns: readonly string[];
  /** Index of each column's field in a line. */
  readonly fields: readonly number[];
  /** Number of fields of the header line, nameless ones included. */
  readonly width: number;
  /** The column that says what happened to each row, where the file has one. */
  readonly commandColumn?: string;
}

/** Where a header stands, for messages. */
export interface HeaderPlace {
  /** Path of the file. */
  readonly file: string;
  /** Begins a sentence about it: `The file …`, `The sheet … of …`. */
  readonly subject: string;
  /** Settings that decide what the header is. */
  readonly settings: string;
}

/** Cuts the texts off both ends, as often as they stand there, each after the other. */
export function trimValue(value: string, texts: readonly string[]): string {
  let trimmed = value;
  for (const text of texts) {
    while (text !== '' && trimmed.startsWith(text)) trimmed = trimmed.slice(text.length);
    while (text !== '' && trimmed.endsWith(text)) trimmed = trimmed.slice(0, -text.length);
  }
  return trimmed;
}

/**
 * Reads the header. A column named twice is an error where a mapping uses it; elsewhere the first one counts and a warning
 * is logged. Throws `invalid-value` with the nearest name for a mapped column that is not there.
 */
export function readHeader(
  record: readonly string[],
  trims: readonly string[],
  table: Pick<TableRequest, 'columns'>,
  place: HeaderPlace,
  logger: Logger,
): Header {
  const { file } = place;
  const columns: string[] = [];
  const fields: number[] = [];
  const known = new Set<string>();
  for (const [index, field] of record.entries()) {
    const name = trimValue(field, trims);
    if (name === '') continue;
    if (!known.has(name)) {
      known.add(name);
      columns.push(name);
      fields.push(index);
    } else if (table.columns.includes(name)) {
      throw new ConnectorError(
        'invalid-value',
        `${place.subject} has two columns named "${name}".`,
        {
          hint: 'A mapping uses this column: rename one of the two in the file.',
          details: { file, column: name },
        },
      );
    } else {
      logger.warn({ file, column: name }, 'a column stands twice in the header; the first is read');
    }
  }
  requireColumns(columns, table.columns, place);
  const commandColumn = columns.find((column) => column.toLowerCase() === 'command');
  return {
    columns,
    fields,
    width: record.length,
    ...(commandColumn === undefined ? {} : { commandColumn }),
  };
}

function requireColumns(
  found: readonly string[],
  wanted: readonly string[],
  place: HeaderPlace,
): void {
  const missing = wanted.find((column) => !found.includes(column));
  if (missing === undefined) return;
  const unread = found.filter((column) => !wanted.includes(column));
  const hint = hintAtHeader(missing, found, found.length === unread.length ? found : unread);
  throw new ConnectorError(
    'invalid-value',
    `${place.subject} has no column "${missing}", which a mapping uses.`,
    {
      hint: `${hint} Correct the mapping or the file; ${place.settings} what the header is.`,
      details: { file: place.file, column: missing, columns: found.slice(0, 100) },
    },
  );
}

/** What may have become of the column: another separator, another name, or nothing is left of it. */
function hintAtHeader(
  missing: string,
  found: readonly string[],
  candidates: readonly string[],
): string {
  const [only] = found;
  if (only === undefined) return 'The header line has no names.';
  const separator =
    found.length === 1 ? [';', '\t', '|', ','].find((each) => only.includes(each)) : undefined;
  if (separator !== undefined) {
    const shown = separator === '\t' ? '\\t' : separator;
    return `The header line is one name, with "${shown}" inside: set Separator of the connection to it.`;
  }
  return (
    suggestName(missing, candidates) ??
    'All columns of the file feed other properties: this one is gone.'
  );
}

/** Sets a cell of a row; a column may bear any name. */
export function setCell(
  row: Record<string, string | null>,
  column: string,
  value: string | null,
): void {
  if (column !== '__proto__') row[column] = value;
  // An assignment would set the prototype.
  else Object.defineProperty(row, column, { value, enumerable: true });
}
