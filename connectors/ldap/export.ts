/** Exports of a directory: one `entries` table, and one link table per multi-valued attribute. Always complete. */
import { ConnectorError } from '../spi/errors.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableRequest,
} from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import {
  checkConnection,
  entriesTable,
  findTables,
  noSuchBase,
  requireEntriesTable,
  scopes,
} from './check-connection.ts';
import { describeTables } from './describe-tables.ts';
import { dnKey } from './dn.ts';
import type { AttributeColumn, EntryColumn } from './entry-column.ts';
import { EntryTexts } from './entry-texts.ts';
import {
  type ColumnWarnings,
  createColumnWarnings,
  planColumn,
  readColumn,
} from './entry-values.ts';
import { describeNotLdap, resultCodeOf, resultCodes } from './failure.ts';
import { parseFilter } from './filter.ts';
import { MalformedMessageError } from './malformed-message.ts';
import { planSearches, searchCompletely } from './paging.ts';
import { decodeEntry } from './protocol.ts';
import { completeRanges } from './ranges.ts';
import { type DirectorySchema, readSchema } from './schema.ts';
import { type LdapSession, openSession } from './session.ts';
import type { LdapSettings, LdapTable } from './settings.ts';

export const ldapExporter: Exporter<LdapSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

/** One table being written. */
interface TablePlan {
  readonly name: string;
  readonly columns: readonly EntryColumn[];
  /** Reads the entries; what it holds is good until the next one. */
  readonly texts: EntryTexts;
  /** Place of each column's values in `texts`. */
  readonly slots: readonly number[];
  /** The column that gives one row per value; absent for entries. */
  readonly exploded?: AttributeColumn;
  readonly warnings: ColumnWarnings;
  readonly evidence: string[];
  rows: Row[];
  written: number;
  hasBegun: boolean;
  referrals: number;
  searchesLeft: number;
}

/** One search that feeds one or several tables. */
interface SharedSearch {
  readonly table: LdapTable;
  readonly plans: TablePlan[];
}

const batchSize = 1000;

/**
 * Every table of the request, complete whatever the mode. Memory: one page of entries and one batch per table. A table
 * gets its `end` only when each of its searches ended with success and nothing was referred elsewhere; otherwise a
 * `ConnectorError` is thrown after the rows that could be read.
 */
async function* exportTables(
  request: ExportRequest<LdapSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  const { settings } = request;
  requireEntriesTable(settings);
  await using sessions = new SessionPair(settings, context);
  const session = await sessions.open();
  const searchPlan = planSearches(settings, session);
  const schema = await readSchema(session);
  const plans = request.tables.map((table) => planTable(table, settings, schema, context));
  for (const search of shareSearches(request.tables, plans, settings)) {
    const spec = {
      baseDn: search.table.BaseDN,
      scope: scopes[search.table.Scope],
      filter: parseFilter(search.table.Filter),
      attributes: listAttributes(search.plans),
    };
    try {
      for await (const item of searchCompletely(session, spec, searchPlan, context)) {
        if (item.kind === 'entries') {
          for (const entry of item.entries) {
            for (const plan of search.plans) {
              // Only an entry that came in parts is waited for.
              if (!plan.texts.read(entry)) {
                const parts = decodeEntry(entry);
                plan.texts.fill(await completeRanges(parts, () => sessions.openSecond()));
              }
              addRows(plan);
            }
          }
          for (const plan of search.plans) yield* takeBatches(plan, batchSize);
        } else if (item.kind === 'references') {
          for (const plan of search.plans) plan.referrals += 1;
        } else {
          for (const plan of search.plans) {
            plan.evidence.push(`${item.entries} entries in ${item.pages} pages, result success`);
          }
        }
      }
    } catch (error) {
      if (error instanceof MalformedMessageError) throw describeNotLdap(session.name, error);
      if (resultCodeOf(error) !== resultCodes.noSuchObject) throw error;
      throw noSuchBase(session.name, search.table.BaseDN);
    }
    for (const plan of search.plans) {
      plan.searchesLeft -= 1;
      if (plan.searchesLeft > 0) continue;
      yield* takeBatches(plan, 1);
      yield* finishTable(plan, settings);
    }
  }
  refuseReferrals(plans, settings, session.name, context);
}

/** The session of the searches, and a second one for what must be asked while a paged search is under way. */
class SessionPair implements AsyncDisposable {
  readonly #settings: LdapSettings;
  readonly #context: ConnectorContext;
  #first: LdapSession | undefined;
  #second: LdapSession | undefined;

  constructor(settings: LdapSettings, context: ConnectorContext) {
    this.#settings = settings;
    this.#context = context;
  }

  async open(): Promise<LdapSession> {
    this.#first ??= await openSession(this.#settings, this.#context);
    return this.#first;
  }

  async openSecond(): Promise<LdapSession> {
    this.#second ??= await openSession(this.#settings, this.#context);
    return this.#second;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#first?.[Symbol.asyncDispose]();
    await this.#second?.[Symbol.asyncDispose]();
  }
}

function planTable(
  request: TableRequest,
  settings: LdapSettings,
  schema: DirectorySchema,
  context: ConnectorContext,
): TablePlan {
  const tables = findTables(settings, request.suffix);
  if (tables.length === 0) {
    throw new ConnectorError(
      'invalid-value',
      `A mapping reads the table "${request.name}", and the connection has no table "${request.suffix}".`,
      {
        hint: `Add it to Tables; the connection has: ${[...new Set(settings.Tables.map(({ Table }) => Table))].join(', ')}.`,
      },
    );
  }
  const isEntries = request.suffix.toLowerCase() === entriesTable;
  const names =
    request.columns.length === 0 && !isEntries ? ['dn', request.suffix] : request.columns;
  const columns = names.map((name) => planColumn(name, request.formats[name], schema));
  const texts = new EntryTexts(columns);
  const exploded = isEntries
    ? undefined
    : columns.find(
        (column): column is AttributeColumn =>
          column.kind === 'attribute' &&
          column.attribute.toLowerCase() === request.suffix.toLowerCase(),
      );
  return {
    name: request.name,
    columns,
    texts,
    slots: columns.map((column) => (column.kind === 'attribute' ? texts.slotOf(column) : -1)),
    ...(exploded === undefined ? {} : { exploded }),
    warnings: createColumnWarnings(context.logger, request.name),
    evidence: [],
    rows: [],
    written: 0,
    hasBegun: false,
    referrals: 0,
    searchesLeft: tables.length,
  };
}

/** Tables with one base, filter and scope are read by one search. */
function shareSearches(
  requests: readonly TableRequest[],
  plans: readonly TablePlan[],
  settings: LdapSettings,
): readonly SharedSearch[] {
  const searches = new Map<string, SharedSearch>();
  for (const [index, request] of requests.entries()) {
    const plan = plans[index];
    if (plan === undefined) continue;
    for (const table of findTables(settings, request.suffix)) {
      const key = JSON.stringify([dnKey(table.BaseDN), table.Filter.trim(), table.Scope]);
      const search = searches.get(key) ?? { table, plans: [] };
      searches.set(key, search);
      if (search.plans.includes(plan)) plan.searchesLeft -= 1;
      else search.plans.push(plan);
    }
  }
  return [...searches.values()];
}

function listAttributes(plans: readonly Pick<TablePlan, 'columns'>[]): readonly string[] {
  const attributes = new Map<string, string>();
  for (const column of plans.flatMap((plan) => plan.columns)) {
    if (column.kind === 'attribute') {
      attributes.set(column.attribute.toLowerCase(), column.attribute);
    }
  }
  return [...attributes.values()];
}

function addRows(plan: TablePlan): void {
  const { exploded, texts } = plan;
  if (exploded === undefined) {
    plan.rows.push(readRow(plan));
    return;
  }
  const linked = texts.textsAt(texts.slotOf(exploded));
  if (linked === undefined) return;
  const shared = readRow(plan);
  for (const text of typeof linked === 'string' ? [linked] : linked) {
    plan.rows.push({ ...shared, [exploded.column]: text });
  }
}

function readRow({ columns, exploded, slots, texts, warnings }: TablePlan): Row {
  // Names of columns have been checked: none of them means anything to the language.
  const row: Record<string, string | null> = {};
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    if (column === undefined || column === exploded) continue;
    row[column.column] = readColumn(column, texts, slots[index] ?? -1, warnings);
  }
  return row;
}

/** Full batches, and the last short one when `least` is 1; the first batch of a table always comes, rows or not. */
function* takeBatches(plan: TablePlan, least: number): Generator<TableBatch, void, undefined> {
  const isLast = least === 1;
  while (plan.rows.length >= least || (isLast && !plan.hasBegun)) {
    const rows = plan.rows.slice(0, batchSize);
    plan.rows = plan.rows.slice(batchSize);
    plan.written += rows.length;
    plan.hasBegun = true;
    yield {
      kind: 'rows',
      table: plan.name,
      columns: plan.columns.map(({ column }) => column),
      rows,
    };
  }
}

function* finishTable(
  plan: TablePlan,
  settings: LdapSettings,
): Generator<TableBatch, void, undefined> {
  if (plan.referrals > 0 && !settings.AcceptReferrals) return;
  yield {
    kind: 'end',
    table: plan.name,
    rows: plan.written,
    evidence: plan.evidence.join('; '),
  };
}

function refuseReferrals(
  plans: readonly TablePlan[],
  settings: LdapSettings,
  server: string,
  context: ConnectorContext,
): void {
  const referred = plans.filter((plan) => plan.referrals > 0);
  for (const plan of referred) {
    context.logger.warn(
      { table: plan.name, referrals: plan.referrals },
      'directory referred to other servers, referrals are not followed',
    );
  }
  if (referred.length === 0 || settings.AcceptReferrals) return;
  throw new ConnectorError(
    'incomplete',
    `The directory ${server} referred parts of ${referred.map(({ name }) => name).join(', ')} to other servers, which were not asked.`,
    {
      hint: 'Narrow BaseDN, use the DomainScope control, or set AcceptReferrals if those parts do not matter.',
      details: { tables: referred.map(({ name }) => name) },
    },
  );
}
