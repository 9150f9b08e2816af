/** How cases read a prepared system through the package. */
import type { Exporter, ExportRequest, TableBatch, TableRequest } from '../package.ts';
import type { Row } from '../row.ts';
import { offered } from './expectations.ts';
import type {
  ConnectorSubject,
  ContextOptions,
  ContractRow,
  ExportSubject,
  PreparedSource,
} from './subject.ts';
import { createTestContext, readSettings, type TestContext } from './test-context.ts';

export interface OpenedSource extends AsyncDisposable {
  readonly exporter: Exporter<unknown>;
  readonly settings: unknown;
  readonly context: TestContext;
}

/** What to read, where it is not everything. */
export interface ReadOptions {
  readonly mode?: ExportRequest<unknown>['mode'];
  readonly cookie?: Uint8Array | undefined;
  readonly table?: TableRequest;
  readonly context?: ContextOptions;
  /** Called after each batch. */
  readonly onBatch?: (batch: TableBatch) => void | Promise<void>;
}

export interface Reading {
  readonly batches: readonly TableBatch[];
  readonly rows: readonly Row[];
  readonly ends: readonly Extract<TableBatch, { kind: 'end' }>[];
  readonly cookie: Uint8Array | undefined;
  readonly context: TestContext;
  /** What the reading ended with; absent: it came to its end. */
  readonly failure?: { readonly error: unknown };
}

export function exporterOf(subject: ConnectorSubject): ExportSubject<unknown> {
  return offered(subject.exporter, 'exporter');
}

export async function openSource(
  subject: ConnectorSubject,
  source: PreparedSource,
  options: ContextOptions = {},
): Promise<OpenedSource> {
  const context = await createTestContext({ ...source.contextOptions, ...options });
  return {
    exporter: await exporterOf(subject).load(),
    settings: readSettings(subject.definition, source.settings),
    context,
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  };
}

export function exportTable(
  opened: OpenedSource,
  table: TableRequest,
  options: ReadOptions = {},
): AsyncIterable<TableBatch> {
  return opened.exporter.exportTables(
    {
      connection: table.name.split('_')[0] ?? table.name,
      settings: opened.settings,
      mode: options.mode ?? 'complete',
      tables: [table],
      ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
    },
    opened.context,
  );
}

/** Reads to the end, or to where it fails: what came before is kept. */
export async function tryRead(
  subject: ConnectorSubject,
  source: PreparedSource,
  options: ReadOptions = {},
): Promise<Reading> {
  await using opened = await openSource(subject, source, options.context);
  const batches: TableBatch[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const batch of exportTable(opened, options.table ?? source.table, options)) {
      batches.push(batch);
      await options.onBatch?.(batch);
    }
  } catch (error) {
    failure = { error };
  }
  return {
    batches,
    rows: batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
    ends: batches.filter((batch) => batch.kind === 'end'),
    cookie: batches.findLast((batch) => batch.kind === 'cookie')?.cookie,
    context: opened.context,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** Reads to the end; a failure is the caller's. */
export async function readAll(
  subject: ConnectorSubject,
  source: PreparedSource,
  options: ReadOptions = {},
): Promise<Reading> {
  const reading = await tryRead(subject, source, options);
  if (reading.failure !== undefined) throw reading.failure.error;
  return reading;
}

/** The rows read, under the names of the contract, in order of their keys: systems may order as they like. */
export function pickRows(
  rows: readonly Row[],
  source: Pick<PreparedSource, 'columns' | 'readKey'>,
): readonly ContractRow[] {
  const { columns } = source;
  return sortRows(
    rows.map((row) => ({
      key: source.readKey?.(row) ?? row[columns.key] ?? '',
      name: row[columns.name] ?? '',
      note: row[columns.note] ?? null,
    })),
  );
}

export function sortRows(rows: readonly ContractRow[]): readonly ContractRow[] {
  return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

export function makeRow(key: string, note: string | null = null): ContractRow {
  return { key, name: `Name of ${key}`, note };
}

/** So many rows, keys in order. */
export function makeRows(count: number, prefix = 'K'): readonly ContractRow[] {
  const digits = String(count).length;
  return Array.from({ length: count }, (_, index) =>
    makeRow(`${prefix}${String(index).padStart(digits, '0')}`, 'filled'),
  );
}

/** Three people, one without a note. */
export const people: readonly ContractRow[] = [
  { key: 'E1', name: 'Ana Roy', note: 'first' },
  { key: 'E2', name: 'Omar Haddad', note: null },
  { key: 'E3', name: 'Lea Petit', note: 'third' },
];

export const keysOf = (rows: readonly Row[], { columns }: PreparedSource): readonly string[] =>
  rows.map((row) => row[columns.key] ?? '');
