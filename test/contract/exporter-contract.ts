/** What every package that reads a system promises, as cases a connector's own test calls. */
import { describe, expect, it } from 'vitest';
import {
  ConnectorError,
  type ConnectorPackage,
  checkSettings,
  type Exporter,
  type Row,
  type TableBatch,
  type TableRequest,
} from '../../connectors/index.ts';
import {
  collect,
  createTestContext,
  declareLeftOut,
  readSettings,
  type Skips,
  showError,
  type TestContext,
  type TestContextOptions,
} from './contract-context.ts';

/** One object the system under test is asked to hold. `key` and `name` are never empty; keys are plain letters and digits. */
export interface ContractRow {
  readonly key: string;
  readonly name: string;
  readonly note: string | null;
}

/** A system that holds exactly the rows asked for, in one table. */
export interface PreparedSource extends AsyncDisposable {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly table: TableRequest;
  /** Columns of the table that carry key, name and note. */
  readonly columns: { readonly key: string; readonly name: string; readonly note: string };
  readonly contextOptions?: TestContextOptions;
}

export type ExporterCase =
  | 'check connection'
  | 'check connection refused'
  | 'two reads'
  | 'no rows'
  | 'empty and null'
  | 'spaces'
  | 'unicode'
  | 'line breaks and quotes'
  | 'large value'
  | 'formulas'
  | 'abort'
  | 'batches'
  | 'missing table'
  | 'missing column'
  | 'two instances'
  | 'tables described'
  | 'secrets';

export interface ExporterSubject<S> {
  readonly name: string;
  readonly definition: Pick<ConnectorPackage<S>, 'settings' | 'displayName'>;
  loadExporter(): Promise<Exporter<S>>;
  /** A fresh system for one case, or for one of two that must not meet. */
  prepare(rows: readonly ContractRow[]): Promise<PreparedSource>;
  /** Settings that must be refused, by reason. */
  readonly badSettings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Settings of the right shape that lead nowhere, or to a system that says no. */
  unreachable(): Promise<Readonly<Record<string, unknown>>>;
  /** A request for a table that is not there; absent: the package has one table only. */
  missingTable?(source: PreparedSource): TableRequest;
  /** A secret that `unreachable` settings hold. */
  readonly secret?: string;
  readonly skips?: Skips<ExporterCase>;
}

const people: readonly ContractRow[] = [
  { key: 'E1', name: 'Ana Roy', note: 'first' },
  { key: 'E2', name: 'Omar Haddad', note: null },
  { key: 'E3', name: 'Lea Petit', note: 'third' },
];

/** Declares the cases; call it once at the top of the connector's test. */
export function describeExporterContract<S>(subject: ExporterSubject<S>): void {
  describe(`${subject.name}: contract of exporters`, () => {
    const run = (name: ExporterCase, states: string, body: () => Promise<void>): void => {
      const reason = subject.skips?.[name];
      if (reason === undefined) it(states, body);
      else declareLeftOut(states, reason);
    };
    describeSettings(subject);
    describeConnection(subject, run);
    describeReading(subject, run);
    describeValues(subject, run);
    describeIsolation(subject, run);
  });
}

type Run = (name: ExporterCase, states: string, body: () => Promise<void>) => void;

function describeSettings<S>(subject: ExporterSubject<S>): void {
  it('accepts the settings of a working connection', async () => {
    await using source = await subject.prepare(people);

    expect(checkSettings(subject.definition, source.settings)).toMatchObject({ status: 'valid' });
  });

  it('refuses a setting it does not know, by name', async () => {
    await using source = await subject.prepare(people);

    const check = checkSettings(subject.definition, { ...source.settings, Surprise: 'x' });

    expect(check).toMatchObject({
      status: 'invalid',
      findings: [{ code: 'CONNECTION_SETTING_UNKNOWN', path: 'Surprise' }],
    });
  });

  it.each(Object.entries(subject.badSettings))('refuses settings: %s', (_, raw) => {
    expect(checkSettings(subject.definition, raw)).toMatchObject({ status: 'invalid' });
  });

  it('describes every setting', () => {
    for (const [name, schema] of Object.entries(readProperties(subject.definition.settings))) {
      expect(schema, name).toMatchObject({ description: expect.stringMatching(/.{10}/) });
    }
  });
}

function readProperties(schema: unknown): Readonly<Record<string, unknown>> {
  const properties = (schema as { readonly properties?: unknown }).properties;
  return (properties ?? {}) as Readonly<Record<string, unknown>>;
}

function describeConnection<S>(subject: ExporterSubject<S>, run: Run): void {
  run('check connection', 'says that a working connection works', async () => {
    await using source = await subject.prepare(people);
    await using opened = await open(subject, source);

    const answer = await opened.exporter.checkConnection(opened.settings, opened.context);

    expect(answer).toMatch(/\S/);
  });

  run('check connection refused', 'says what is missing when it cannot read', async () => {
    const error = await failToConnect(subject);

    expect(error).toBeInstanceOf(ConnectorError);
    expect((error as ConnectorError).hint).toMatch(/\S/);
  });

  run('secrets', 'never shows a secret in errors or logs', async () => {
    await using context = await createTestContext();
    const exporter = await subject.loadExporter();
    const settings = readSettings(subject.definition, await subject.unreachable());

    const error = await exporter.checkConnection(settings, context).catch((thrown) => thrown);

    expect(subject.secret).toBeDefined();
    expect(showError(error)).not.toContain(subject.secret);
    expect(context.log.join('\n')).not.toContain(subject.secret);
    expect(showError(settings)).not.toContain(subject.secret);
  });
}

function describeReading<S>(subject: ExporterSubject<S>, run: Run): void {
  run('two reads', 'reads the same twice, with a completion proof', async () => {
    await using source = await subject.prepare(people);

    const first = await readAll(subject, source);
    const second = await readAll(subject, source);

    expect(second.rows).toEqual(first.rows);
    expect(pickRows(first, source)).toEqual(sortRows(people));
    expect(first.ends).toMatchObject([{ table: source.table.name, rows: people.length }]);
    expect(first.ends[0]?.evidence).toMatch(/\S/);
  });

  run('no rows', 'proves that a system without rows has none', async () => {
    await using source = await subject.prepare([]);

    const read = await readAll(subject, source);

    expect(read.rows).toEqual([]);
    expect(read.ends).toMatchObject([{ rows: 0 }]);
  });

  run('batches', 'gives batches of at most 1,000 rows with the same columns', async () => {
    const rows = Array.from({ length: 2_300 }, (_, index) => makeRow(`K${index}`));
    await using source = await subject.prepare(rows);

    const read = await readAll(subject, source);

    const batches = read.batches.filter((batch) => batch.kind === 'rows');
    expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(1_000);
    expect(new Set(batches.map((batch) => batch.columns.join('\n'))).size).toBe(1);
    expect(read.rows.length).toBe(rows.length);
    expect(read.ends).toMatchObject([{ rows: rows.length }]);
  });

  run('abort', 'stops between batches when it is told to, without a completion proof', async () => {
    const rows = Array.from({ length: 2_300 }, (_, index) => makeRow(`K${index}`));
    await using source = await subject.prepare(rows);
    const stop = new AbortController();
    await using opened = await open(subject, source, { signal: stop.signal });

    const seen: TableBatch[] = [];
    const reading = (async () => {
      for await (const batch of exportTable(opened, source.table)) {
        seen.push(batch);
        stop.abort(new Error('stopped'));
      }
    })();

    await expect(reading).rejects.toThrow();
    expect(seen.filter((batch) => batch.kind === 'end')).toEqual([]);
    expect(seen.length).toBeLessThanOrEqual(2);
  });

  run(
    'missing table',
    'fails for a table that is not there, without a completion proof',
    async () => {
      await using source = await subject.prepare(people);
      await using opened = await open(subject, source);
      const table = subject.missingTable?.(source);
      if (table === undefined)
        throw new Error('The subject names no missing table: skip with a reason.');

      const error = await collect(exportTable(opened, table)).catch((thrown) => thrown);

      expect(error).toBeInstanceOf(ConnectorError);
    },
  );

  run('missing column', 'fails for a column that is not there, by name', async () => {
    await using source = await subject.prepare(people);
    await using opened = await open(subject, source);
    const table = { ...source.table, columns: [...source.table.columns, 'no_such_column'] };

    const error = await collect(exportTable(opened, table)).catch((thrown) => thrown);

    expect(error).toBeInstanceOf(ConnectorError);
    expect((error as Error).message).toContain('no_such_column');
  });

  run('tables described', 'describes its tables with their columns', async () => {
    await using source = await subject.prepare(people);
    await using opened = await open(subject, source);

    const tables = await opened.exporter.describeTables?.(opened.settings, opened.context);

    const columns = tables?.flatMap((table) => table.columns.map((column) => column.name));
    expect(columns).toEqual(expect.arrayContaining(Object.values(source.columns)));
  });
}

function describeValues<S>(subject: ExporterSubject<S>, run: Run): void {
  const roundTrip = async (rows: readonly ContractRow[]): Promise<void> => {
    await using source = await subject.prepare(rows);

    const read = await readAll(subject, source);

    expect(pickRows(read, source)).toEqual(
      sortRows(rows.map((row) => ({ ...row, note: row.note === '' ? null : row.note }))),
    );
  };

  run('empty and null', 'reads an empty value as null', () =>
    roundTrip([
      { key: 'A', name: 'a', note: null },
      { key: 'B', name: 'b', note: '' },
    ]),
  );

  run('spaces', 'keeps spaces at both ends', () => roundTrip([makeRow('A', '  spaced  ')]));

  run('unicode', 'keeps letters of all scripts, composed or not', () =>
    roundTrip([
      makeRow('A', 'Zoë Čapek – 李明 – עברית'),
      makeRow('B', 'e\u0301 is not é'),
      makeRow('C', '😀👩‍👩‍👧 \u{1F1EB}\u{1F1F7}'),
    ]),
  );

  run('line breaks and quotes', 'keeps line breaks, quotes, separators and tabs', () =>
    roundTrip([
      makeRow('A', 'one\ntwo\r\nthree'),
      makeRow('B', '"quoted", \'single\'; semicolon\ttab'),
      makeRow('C', '""'),
    ]),
  );

  run('large value', 'keeps a value of 1 MB', () => roundTrip([makeRow('A', 'é'.repeat(524_288))]));

  run('formulas', 'leaves values that look like formulas as they are', () =>
    roundTrip(
      ['=1+1', '+1', '-1', '@SUM(A1)', "=cmd|' /C calc'!A0"].map((note, index) =>
        makeRow(`K${index}`, note),
      ),
    ),
  );
}

function describeIsolation<S>(subject: ExporterSubject<S>, run: Run): void {
  run('two instances', 'reads two systems at once without mixing them', async () => {
    const others = people.map((row) => ({ ...row, key: `X${row.key}` }));
    await using one = await subject.prepare(people);
    await using two = await subject.prepare(others);

    const [first, second] = await Promise.all([readAll(subject, one), readAll(subject, two)]);

    expect(pickRows(first, one)).toEqual(sortRows(people));
    expect(pickRows(second, two)).toEqual(sortRows(others));
  });
}

interface Opened<S> extends AsyncDisposable {
  readonly exporter: Exporter<S>;
  readonly settings: S;
  readonly context: TestContext;
}

async function open<S>(
  subject: ExporterSubject<S>,
  source: PreparedSource,
  options: TestContextOptions = {},
): Promise<Opened<S>> {
  const context = await createTestContext({ ...source.contextOptions, ...options });
  return {
    exporter: await subject.loadExporter(),
    settings: readSettings(subject.definition, source.settings),
    context,
    [Symbol.asyncDispose]: () => context[Symbol.asyncDispose](),
  };
}

function exportTable<S>(opened: Opened<S>, table: TableRequest): AsyncIterable<TableBatch> {
  const request = {
    connection: table.name.split('_')[0] ?? table.name,
    settings: opened.settings,
    mode: 'complete',
    tables: [table],
  } as const;
  return opened.exporter.exportTables(request, opened.context);
}

interface Reading {
  readonly batches: readonly TableBatch[];
  readonly rows: readonly Row[];
  readonly ends: readonly Extract<TableBatch, { kind: 'end' }>[];
}

async function readAll<S>(subject: ExporterSubject<S>, source: PreparedSource): Promise<Reading> {
  await using opened = await open(subject, source);
  const batches = await collect(exportTable(opened, source.table));
  return {
    batches,
    rows: batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
    ends: batches.filter((batch) => batch.kind === 'end'),
  };
}

async function failToConnect<S>(subject: ExporterSubject<S>): Promise<unknown> {
  await using context = await createTestContext();
  const exporter = await subject.loadExporter();
  const settings = readSettings(subject.definition, await subject.unreachable());
  return exporter.checkConnection(settings, context).then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** The rows read, under the names of the contract, in order of their keys: systems may order as they like. */
function pickRows(read: Reading, source: PreparedSource): readonly ContractRow[] {
  const { key, name, note } = source.columns;
  return sortRows(
    read.rows.map((row) => ({
      key: row[key] ?? '',
      name: row[name] ?? '',
      note: row[note] ?? null,
    })),
  );
}

function sortRows(rows: readonly ContractRow[]): readonly ContractRow[] {
  return rows.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function makeRow(key: string, note: string | null = null): ContractRow {
  return { key, name: `Name of ${key}`, note };
}
