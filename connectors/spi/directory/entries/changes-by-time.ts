/**
 * Changes of a directory that only keeps the time of the last one of each entry: entries changed since then, and a listing of all
 * keys, which tells what is gone, new or renamed.
 */
import { type Filter, OrFilter } from 'ldapts';
import type { ConnectorContext, ExportRequest, TableBatch } from '../../package.ts';
import type { Row } from '../../row.ts';
import { allOf, atLeast, equals, parseFilter } from '../session/filter.ts';
import { planSearches, type SearchPlan, searchCompletely } from '../session/paging.ts';
import { decodeEntry, type RawEntry } from '../session/protocol.ts';
import { type DirectorySchema, readSchema } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import { SessionPair } from '../session/session-pair.ts';
import type { WireEntry } from '../session/wire-entry.ts';
import type { DirectorySettings, DirectoryTable } from '../settings.ts';
import {
  type ChangeTables,
  findKeyColumn,
  partTables,
  readEntryRow,
  tellCompleteReading,
} from './change-tables.ts';
import { ChangedRows, commandColumn, writeChanges } from './changed-rows.ts';
import { findTables, requireEntriesTable, scopes } from './check-connection.ts';
import {
  decodeState,
  digestName,
  encodeState,
  fingerprintOf,
  formatKey,
  nameDigestBytes,
  packKey,
} from './export-state.ts';
import { readTables } from './export-tables.ts';
import { KeyRecordList, type KeyRecords } from './key-records.ts';
import { listAttributes, planTable, type TablePlan } from './table-rows.ts';

export interface TimeSource {
  /** A UUID of the server's own, which stays when an entry is renamed. */
  readonly keyAttribute: string;
  /** Holds the time of the last change, at its beginning as `YYYYMMDDhhmmss`. */
  readonly timeAttribute: string;
}

const kind = 'time';
/** Some servers date an entry when it is first changed, not when it is added. */
const beforeAnyChange = '19700101000000Z';
/** Changes of another server may arrive late, and with the time they were made at. */
const marginMs = 10 * 60_000;
const keysPerSearch = 100;

interface Bench {
  readonly request: ExportRequest<DirectorySettings>;
  readonly context: ConnectorContext;
  readonly source: TimeSource;
  readonly sessions: SessionPair;
  readonly session: LdapSession;
  readonly schema: DirectorySchema;
  readonly searches: SearchPlan;
  readonly tables: readonly DirectoryTable[];
}

/** The tables of a request; entries as changes where a bookmark leads on and their key allows it, everything else completely. */
export async function* exportChangesByTime(
  request: ExportRequest<DirectorySettings>,
  context: ConnectorContext,
  source: TimeSource,
): AsyncGenerator<TableBatch, void, undefined> {
  requireEntriesTable(request.settings);
  await using sessions = new SessionPair(request.settings, context);
  const session = await sessions.open();
  const bench: Bench = {
    request,
    context,
    source,
    sessions,
    session,
    schema: await readSchema(session),
    searches: planSearches(request.settings, session),
    tables: findTables(request.settings, 'entries'),
  };
  const parts = partTables(request.tables, source.keyAttribute);
  const changes = await findChanges(bench, parts);
  if (typeof changes !== 'string') {
    yield* writeChanges(changes.plan.name, columnsOf(changes.plan), changes.rows, changes.evidence);
    yield* readTables({ ...request, tables: parts.others }, bench, context);
    yield { kind: 'cookie', cookie: changes.state };
    return;
  }
  if (request.mode === 'incremental') tellCompleteReading(request, context, changes);
  if (parts.entries === undefined) {
    yield* readTables(request, bench, context);
    return;
  }
  // Listed before it is read: what changes meanwhile is told once more the next time, and nothing is missed.
  const listing = await listEntries(bench);
  yield* readTables(request, bench, context);
  yield { kind: 'cookie', cookie: encode(bench, listing.time, listing.records) };
}

interface Changes {
  readonly plan: TablePlan;
  readonly rows: Iterable<Row>;
  readonly evidence: string;
  readonly state: Buffer;
}

/** The changes, or why there are none to be had. */
async function findChanges(bench: Bench, parts: ChangeTables): Promise<Changes | string> {
  const { request, source, sessions, context } = bench;
  if (request.mode !== 'incremental') return '';
  if (parts.entries === undefined) return parts.obstacle ?? 'no entries are exported';
  if (request.cookie === undefined) return 'there is no bookmark';
  const state = decodeState(request.cookie, {
    kind,
    fingerprint: fingerprint(bench),
    extraBytes: [nameDigestBytes],
  });
  if (typeof state === 'string') return state;
  const [section] = state.sections;
  const since = subtractMargin(state.position.toString('latin1'));
  if (section === undefined || since === undefined) return 'the bookmark is damaged';
  const plan = planTable(parts.entries, request.settings, bench.schema, context);
  const key = findKeyColumn(plan, source.keyAttribute);
  if (key === undefined) return `${source.keyAttribute} is not exported`;
  const changed = new ChangedRows();
  const take = async (filter: Filter): Promise<void> => {
    await eachEntry(bench, filter, listAttributes([plan]), async (entry) => {
      const row = await readEntryRow(plan, entry, sessions);
      const packed = packKey(row[key.column] ?? '');
      if (packed !== undefined) changed.set(packed, row, entry.end - entry.start);
      return !changed.isTooMany;
    });
  };
  await take(atLeast(source.timeAttribute, since));
  if (changed.isTooMany) return 'too much has changed';
  const listing = await listEntries(bench);
  const before = section.records;
  const missing = [...listing.records.keys()].filter((packed) => {
    if (changed.has(packed)) return false;
    const [now, then] = [listing.records.find(packed), before.find(packed)];
    return then === undefined || now === undefined || !now.equals(then);
  });
  for (let start = 0; start < missing.length; start += keysPerSearch) {
    const texts = missing
      .slice(start, start + keysPerSearch)
      .map((packed) => equals(source.keyAttribute, formatKey(source.keyAttribute, packed)));
    await take(new OrFilter({ filters: texts }));
    if (changed.isTooMany) return 'too much has changed';
  }
  const isMissingStill = missing.some((packed) => !changed.has(packed));
  if (isMissingStill) return 'entries came and went while they were read';
  const { time } = listing;
  return {
    plan,
    rows: listRows(plan, key.column, { changed, before, now: listing.records }, source),
    evidence: `${listing.records.count} keys listed, ${changed.count} entries read, result success`,
    state: encode(bench, time > since ? time : state.position.toString('latin1'), listing.records),
  };
}

/** Rows of what is there and has changed, then of what is gone. */
export function* listRows(
  plan: TablePlan,
  keyColumn: string,
  keys: { readonly changed: ChangedRows; readonly before: KeyRecords; readonly now: KeyRecords },
  { keyAttribute }: Pick<TimeSource, 'keyAttribute'>,
): Generator<Row, void, undefined> {
  for (const [key, row] of keys.changed.entries()) {
    // Deleted after it was read.
    if (!keys.now.has(key)) continue;
    yield { ...row, [commandColumn]: keys.before.has(key) ? 'Update' : 'Insert' };
  }
  const empty = Object.fromEntries(columnsOf(plan).map((column) => [column, null]));
  for (const key of keys.before.keys()) {
    if (keys.now.has(key)) continue;
    yield { ...empty, [commandColumn]: 'Delete', [keyColumn]: formatKey(keyAttribute, key) };
  }
}

function columnsOf(plan: TablePlan): readonly string[] {
  return plan.columns.map(({ column }) => column);
}

interface Listing {
  readonly records: KeyRecords;
  /** The latest time of a change. */
  readonly time: string;
}

/** Keys and names of all entries. Memory: 24 bytes each, twice while they are sorted. */
async function listEntries(bench: Bench): Promise<Listing> {
  const { keyAttribute, timeAttribute } = bench.source;
  const list = new KeyRecordList(nameDigestBytes);
  let time = timeAttribute === 'modifyTimestamp' ? beforeAnyChange : '';
  await eachEntry(bench, undefined, [keyAttribute, timeAttribute], (wire) => {
    const entry = decodeEntry(wire);
    const key = packKey(readText(entry, keyAttribute));
    if (key !== undefined) list.add(key, digestName(entry.dn));
    const changedAt = readText(entry, timeAttribute);
    if (changedAt > time) time = changedAt;
    return Promise.resolve(true);
  });
  return { records: list.sort(), time };
}

/** Every entry of the tables of entries that fits the filter too; ends early when `take` says so. */
async function eachEntry(
  { tables, session, searches, context }: Bench,
  filter: Filter | undefined,
  attributes: readonly string[],
  take: (entry: WireEntry) => Promise<boolean>,
): Promise<void> {
  for (const table of tables) {
    const own = parseFilter(table.Filter);
    const spec = {
      baseDn: table.BaseDN,
      scope: scopes[table.Scope],
      filter: filter === undefined ? own : allOf([own, filter]),
      attributes,
    };
    for await (const item of searchCompletely(session, spec, searches, context)) {
      if (item.kind !== 'entries') continue;
      for (const entry of item.entries) if (!(await take(entry))) return;
    }
  }
}

function readText(entry: RawEntry, attribute: string): string {
  const found = entry.attributes.find(({ type }) => type.toLowerCase() === attribute.toLowerCase());
  return found?.values[0]?.toString('latin1') ?? '';
}

function fingerprint({ request, source, tables }: Bench): string {
  const [entries] = request.tables.filter(({ suffix }) => suffix.toLowerCase() === 'entries');
  const { keyAttribute, timeAttribute } = source;
  return fingerprintOf([keyAttribute, timeAttribute, tables, entries?.columns, entries?.formats]);
}

function encode(bench: Bench, time: string, records: KeyRecords): Buffer {
  return encodeState({
    kind,
    fingerprint: fingerprint(bench),
    position: Buffer.from(time, 'latin1'),
    sections: [{ records, extraBytes: nameDigestBytes }],
  });
}

/** Ten minutes earlier, in the same form as far as the form matters for a comparison; `undefined` for a text that holds none. */
export function subtractMargin(time: string): string | undefined {
  const digits = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})/.exec(time);
  if (digits === null) return undefined;
  const [year, month, day, hour, minute, second] = digits.slice(1).map(Number);
  const at = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second) - marginMs;
  const text = new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const isChangeNumber = time.includes('#');
  return isChangeNumber ? `${text}.000000Z#000000#000#000000` : `${text}Z`;
}
