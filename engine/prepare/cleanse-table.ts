/**
 * Reads one exported table and sends its rows to the entity types and associations that map it, without what cannot be
 * loaded: rows without a key and rows whose key was there before go to side files that say why, with file and row.
 */
import { join } from 'node:path';
import type { AssociationMapping, EntityTypeMapping } from '../../config/index.ts';
import { type Cells, readCsvFile } from '../../connectors/index.ts';
import { CsvOutput } from './csv-output.ts';
import { PrepareError } from './errors.ts';
import { ExternalSort } from './external-sort.ts';
import { foldKey, normalizeKey, withoutNul } from './normalize-key.ts';

/** One exported file and what is known about it. */
export interface SourceTable {
  readonly name: string;
  readonly path: string;
  /** The export said that this was all. */
  readonly isComplete: boolean;
  /** Column that holds `insert`, `update`, `delete` or `merge`, when the source delivers changes. */
  readonly commandColumn: string | null;
  /** The source has neither rows nor a header. */
  readonly isEmpty: boolean;
  /** Rows the export says it wrote; absent: nobody counted them. */
  readonly expectedRows?: number;
}

/** Where one mapping's rows go. Commands, when there are any, stand in the fourth cell. */
export interface Sink {
  readonly identifier: string;
  readonly kind: 'entity' | 'association';
  readonly sort: ExternalSort;
  readonly nullKeys: CsvOutput;
  read: number;
  /** Rows of the table, whether or not they say something about this mapping. */
  sourceRows: number;
}

interface Route {
  readonly sink: Sink;
  /** Indexes of the cells that make the key: one for an entity type, two for an association. */
  readonly keyIndexes: readonly number[];
  readonly valueIndexes: readonly number[];
  /** Of the values, those by which links find the resource: they are compared as keys are. */
  readonly isKeyValue: readonly boolean[];
}

export interface CleanseRequest {
  readonly table: SourceTable;
  readonly entityMappings: readonly EntityTypeMapping[];
  readonly associationMappings: readonly AssociationMapping[];
  /** Side files and sort runs are written here. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** `EntityType:Property` of every property by which some association finds its ends. */
  readonly lookups: ReadonlySet<string>;
  /** Rows a sort holds in memory. */
  readonly maxRowsInMemory?: number;
}

/** Scalar properties of a mapping in the order of its clean file: the primary key first. */
export function mappedProperties(mapping: EntityTypeMapping): readonly string[] {
  return mapping.properties.map((property) => property.identifier);
}

/** Throws for a column that is not there and for a file that is not the one its export wrote; nothing is left open then. */
export async function cleanseTable(request: CleanseRequest): Promise<readonly Sink[]> {
  const opened: Sink[] = [];
  try {
    return await routeRows(request, opened);
  } catch (error) {
    for (const sink of opened) await abandonSink(sink);
    throw error;
  }
}

/** Closes and removes what a sink holds, when its step does not come to its end. */
export async function abandonSink(sink: Sink): Promise<void> {
  await sink.nullKeys.abandon();
  await sink.sort.dispose();
}

async function routeRows(request: CleanseRequest, opened: Sink[]): Promise<readonly Sink[]> {
  const { table } = request;
  let routes: readonly Route[] | undefined;
  let commandIndex = -1;
  let row = 0;
  for await (const batch of table.isEmpty ? [] : readCsvFile(table.path, request.signal)) {
    if (routes === undefined) {
      routes = openRoutes(request, batch.columns);
      opened.push(...routes.map((route) => route.sink));
      commandIndex = table.commandColumn === null ? -1 : batch.columns.indexOf(table.commandColumn);
    }
    for (const cells of batch.rows) {
      row += 1;
      for (const route of routes) await send(route, table, cells, row, commandIndex);
    }
  }
  if (table.expectedRows !== undefined && table.expectedRows !== row)
    throw refuseOtherFile(table, row);
  const sinks = (routes ?? openRoutes(request, [])).map((route) => route.sink);
  for (const sink of sinks) sink.sourceRows = row;
  return sinks;
}

async function send(
  route: Route,
  table: SourceTable,
  cells: Cells,
  row: number,
  commandIndex: number,
): Promise<void> {
  const { sink } = route;
  const keys = route.keyIndexes.map((index) => normalizeKey(cells[index]));
  if (keys.includes(null)) {
    // A row without a link is not a fault: the property is empty. A row without an identity is.
    if (sink.kind === 'association') {
      const own = keys.findIndex((key) => key !== null);
      if (own === -1 || commandIndex === -1) return;
      sink.read += 1;
      await sink.sort.add([
        foldKey(keys[own] ?? ''),
        String(row),
        'clear',
        keys[0] ?? null,
        keys[1] ?? null,
      ]);
      return;
    }
    sink.read += 1;
    await sink.nullKeys.write([
      [
        table.name,
        String(row),
        ...route.valueIndexes.map((index) => withoutNul(cells[index] ?? null)),
      ],
    ]);
    return;
  }
  sink.read += 1;
  const command = commandIndex === -1 ? null : readCommand(cells[commandIndex] ?? null, table, row);
  const fold = foldKey(keys.join('\u001f'));
  if (sink.kind === 'association') {
    await sink.sort.add([fold, String(row), command, ...keys]);
    return;
  }
  const [keyIndex] = route.keyIndexes;
  const values = route.valueIndexes.map((index, position) => {
    if (index === keyIndex) return keys[0] ?? null;
    const cell = cells[index] ?? null;
    return route.isKeyValue[position] === true ? normalizeKey(cell) : withoutNul(cell);
  });
  await sink.sort.add([fold, String(row), command, keys[0] ?? null, ...values]);
}

function readCommand(text: string | null, table: SourceTable, row: number): string {
  switch ((text ?? '').trim().toLowerCase()) {
    case '':
    case 'add':
    case 'insert':
    case 'update':
    case 'merge':
      return 'merge';
    case 'delete':
      return 'delete';
    default:
      throw new PrepareError(
        'PREPARE_COMMAND_UNKNOWN',
        `Row ${row} of ${table.name} has the command "${text}".`,
        {
          hint: 'Commands are insert, update, merge and delete (or ADD, UPDATE, DELETE). Correct the source and export again.',
          details: { table: table.name, row },
        },
      );
  }
}

function refuseOtherFile(table: SourceTable, rows: number): PrepareError {
  return new PrepareError(
    'PREPARE_FILE_CHANGED',
    `The file ${table.name}.csv has ${rows} rows, but its export wrote ${table.expectedRows}.`,
    {
      hint: 'Somebody cut, edited or replaced it after the export. Export again; nothing was changed.',
      details: { table: table.name, rows, expected: table.expectedRows },
    },
  );
}

function openRoutes(request: CleanseRequest, columns: readonly string[]): readonly Route[] {
  const indexOf = (column: string, owner: string): number => {
    const index = columns.indexOf(column);
    if (index === -1 && !request.table.isEmpty) {
      throw new PrepareError(
        'PREPARE_COLUMN_MISSING',
        `The file ${request.table.name}.csv has no column "${column}", which the mapping of ${owner} reads.`,
        {
          hint: `Its columns are: ${columns.join(', ') || '(none)'}. Correct the mapping's ConnectionColumn or the source; nothing was changed.`,
          details: { table: request.table.name, column },
        },
      );
    }
    return index;
  };
  const openSink = (
    identifier: string,
    kind: Sink['kind'],
    properties: readonly string[],
  ): Sink => ({
    identifier,
    kind,
    sort: new ExternalSort(join(request.folder, `${identifier}.runs`), request.maxRowsInMemory),
    nullKeys: new CsvOutput(join(request.folder, `${identifier}.nullpk.csv`), [
      'table',
      'row',
      ...properties,
    ]),
    read: 0,
    sourceRows: 0,
  });
  return [
    ...request.entityMappings.map((mapping) => ({
      sink: openSink(mapping.identifier, 'entity' as const, mappedProperties(mapping)),
      keyIndexes: [indexOf(mapping.primaryKey.connectionColumn, mapping.identifier)],
      valueIndexes: mapping.properties.map((property) =>
        indexOf(property.connectionColumn, mapping.identifier),
      ),
      isKeyValue: mapping.properties.map(
        ({ identifier, isUniqueKey }) =>
          isUniqueKey || request.lookups.has(`${mapping.identifier}:${identifier}`),
      ),
    })),
    ...request.associationMappings.map((mapping) => ({
      sink: openSink(mapping.identifier, 'association' as const, ['value1', 'value2']),
      keyIndexes: [
        indexOf(mapping.column1, mapping.identifier),
        indexOf(mapping.column2, mapping.identifier),
      ],
      valueIndexes: [],
      isKeyValue: [],
    })),
  ];
}

/** What `writeClean` wrote. */
export interface CleanCounts {
  readonly clean: number;
  readonly duplicates: number;
}

/**
 * Writes a sink's rows in order, one per key (letter case aside); the others go to `duplicates` with the word `equal` or
 * `conflict`. Of rows of a full reading the first in the source stays. Of changes the last stays: each one speaks of a
 * later moment than those before it.
 */
export async function writeClean(
  sink: Sink,
  files: { readonly clean: CsvOutput; readonly duplicates: CsvOutput },
  table: string,
  hasCommands: boolean,
  signal: AbortSignal,
): Promise<CleanCounts> {
  const { clean, duplicates } = files;
  let kept: Cells | undefined;
  const toLine = (row: Cells): Cells =>
    hasCommands
      ? [row[2] ?? null, row[0] ?? null, row[1] ?? null, ...row.slice(3)]
      : [row[0] ?? null, row[1] ?? null, ...row.slice(3)];
  for await (const batch of sink.sort.sorted()) {
    signal.throwIfAborted();
    const out: Cells[] = [];
    const rejected: Cells[] = [];
    for (const row of batch) {
      if (kept === undefined || kept[0] !== row[0]) {
        if (kept !== undefined) out.push(toLine(kept));
        kept = row;
        continue;
      }
      const [stays, goes]: readonly [Cells, Cells] = hasCommands ? [row, kept] : [kept, row];
      const isEqual = goes.slice(2).every((cell, index) => cell === stays[index + 2]);
      rejected.push([table, goes[1] ?? null, isEqual ? 'equal' : 'conflict', ...goes.slice(3)]);
      kept = stays;
    }
    if (out.length > 0) await clean.write(out);
    if (rejected.length > 0) await duplicates.write(rejected);
  }
  if (kept !== undefined) await clean.write([toLine(kept)]);
  return { clean: clean.rows, duplicates: duplicates.rows };
}
