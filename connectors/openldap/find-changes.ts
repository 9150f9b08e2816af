/** Changes of the entries since a bookmark, put together from what the server tells of entries and of containers. */
import { findKeyColumn, readEntryRow } from '../spi/directory/entries/change-tables.ts';
import { ChangedRows } from '../spi/directory/entries/changed-rows.ts';
import { listRows } from '../spi/directory/entries/changes-by-time.ts';
import { scopes } from '../spi/directory/entries/check-connection.ts';
import {
  decodeState,
  encodeState,
  fingerprintOf,
  nameDigestBytes,
  packKey,
} from '../spi/directory/entries/export-state.ts';
import { KeyRecordList, type KeyRecords } from '../spi/directory/entries/key-records.ts';
import { listAttributes, planTable, type TablePlan } from '../spi/directory/entries/table-rows.ts';
import { resultCodeOf, resultCodes } from '../spi/directory/session/failure.ts';
import { parseFilter } from '../spi/directory/session/filter.ts';
import { type SearchPlan, searchCompletely } from '../spi/directory/session/paging.ts';
import { decodeEntry } from '../spi/directory/session/protocol.ts';
import type { DirectorySchema } from '../spi/directory/session/schema.ts';
import type { LdapSession } from '../spi/directory/session/session.ts';
import type { SessionPair } from '../spi/directory/session/session-pair.ts';
import type { DirectorySettings, DirectoryTable } from '../spi/directory/settings.ts';
import { CookieRefused, type SyncSearch } from '../spi/directory/sync/read-changes.ts';
import type { ConnectorContext, ExportRequest, TableRequest } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import {
  type BaseEntry,
  containerAttributes,
  KnownContainers,
  listContainers,
  otherContainers,
  readValue,
} from './containers.ts';
import { readAllChanges } from './read-all-changes.ts';

/** What an export has at hand. */
export interface SyncBench {
  readonly request: ExportRequest<DirectorySettings>;
  readonly context: ConnectorContext;
  readonly sessions: SessionPair;
  readonly session: LdapSession;
  /** Base, filter and scope of everything that is read. */
  readonly table: DirectoryTable;
  readonly schema: DirectorySchema;
  readonly searches: SearchPlan;
  readonly base: BaseEntry;
}

export interface FoundChanges {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<Row>;
  readonly evidence: string;
  readonly state: Buffer;
}

const kind = 'sync';
export const keyAttribute = 'entryUUID';

/** The changes, or why they cannot be told and everything is to be read. */
export async function findChanges(
  bench: SyncBench,
  entries: TableRequest,
  cookie: Uint8Array,
): Promise<FoundChanges | string> {
  const state = decodeState(cookie, {
    kind,
    fingerprint: fingerprintState(bench, entries),
    extraBytes: [0, nameDigestBytes],
  });
  if (typeof state === 'string') return state;
  if (!bench.base.hasChangeNumber) return 'the login may not read entryCSN';
  const [known, containers] = state.sections;
  if (known === undefined || containers === undefined) return 'the bookmark is damaged';
  const { settings } = bench.request;
  const plan = planTable(entries, settings, bench.schema, bench.context);
  const key = findKeyColumn(plan, keyAttribute);
  if (key === undefined) return `${keyAttribute} is not exported`;
  const search = new ChangeSearch(bench, plan, key.column, containers.records);
  try {
    const told = await search.readEntries(state.position, known.records);
    if (typeof told === 'string') return told;
    const obstacle = await search.followContainers(state.position);
    if (obstacle !== undefined) return obstacle;
    const now = mergeKeys(told, search.changed);
    return {
      table: plan.name,
      columns: plan.columns.map(({ column }) => column),
      rows: listRows(
        plan,
        key.column,
        { changed: search.changed, before: known.records, now },
        {
          keyAttribute,
        },
      ),
      evidence: `${search.changed.count} entries changed, ${now.count} there, result success`,
      state: encodeSyncState(bench, entries, {
        cookie: search.cookie ?? state.position,
        known: now,
        containers: search.containers.merge(),
      }),
    };
  } catch (error) {
    if (error instanceof CookieRefused) return error.message;
    throw error;
  }
}

/** What an export ends with, for the next one to begin with. */
export function encodeSyncState(
  bench: SyncBench,
  entries: TableRequest,
  state: { readonly cookie: Buffer; readonly known: KeyRecords; readonly containers: KeyRecords },
): Buffer {
  return encodeState({
    kind,
    fingerprint: fingerprintState(bench, entries),
    position: state.cookie,
    sections: [
      { records: state.known, extraBytes: 0 },
      { records: state.containers, extraBytes: nameDigestBytes },
    ],
  });
}

/** A refresh of entries with their values. */
export function planSearch(bench: SyncBench, attributes: readonly string[]): SyncSearch {
  const { table, request } = bench;
  return {
    baseDn: table.BaseDN,
    scope: scopes[table.Scope],
    filter: parseFilter(table.Filter),
    attributes: [...new Set([...attributes, ...containerAttributes])],
    timeLimitSeconds: request.settings.TimeLimit,
  };
}

function fingerprintState({ table, base }: SyncBench, entries: TableRequest): string {
  return fingerprintOf([base.key, table, entries.columns, entries.formats]);
}

class ChangeSearch {
  readonly changed = new ChangedRows();
  readonly containers: KnownContainers;
  cookie: Buffer | undefined;
  readonly #bench: SyncBench;
  readonly #plan: TablePlan;
  readonly #keyColumn: string;
  /** Names of containers that were renamed, or may have been. */
  readonly #renamed: string[] = [];

  constructor(bench: SyncBench, plan: TablePlan, keyColumn: string, containers: KeyRecords) {
    this.#bench = bench;
    this.#plan = plan;
    this.#keyColumn = keyColumn;
    this.containers = new KnownContainers(containers);
  }

  /** Keys of what is there beside the changed entries; or why the answer does not lead on from what is known. */
  async readEntries(cookie: Buffer, known: KeyRecords): Promise<KeyRecords | string> {
    const { session, context, sessions, searches } = this.#bench;
    const search = { ...planSearch(this.#bench, listAttributes([this.#plan])), cookie };
    for await (const item of readAllChanges(session, search, searches, context)) {
      if (item.kind === 'reference') return 'parts of the tree are referred to other servers';
      if (item.kind === 'changed') {
        for (const { key, entry } of item.entries) {
          this.#noteContainer(decodeEntry(entry), key);
          const row = await readEntryRow(this.#plan, entry, sessions);
          this.changed.set(key, row, entry.end - entry.start);
        }
        if (this.changed.isTooMany) return this.#giveUp();
      } else if (item.kind === 'end') {
        this.cookie = item.cookie;
        return this.#keepKeys(known, item);
      }
    }
    throw new Error('A refresh ended without a result.');
  }

  /** Reads what lies below renamed containers again; the reason why that is not enough, if it is not. */
  async followContainers(cookie: Buffer): Promise<string | undefined> {
    const { session, context, table, searches } = this.#bench;
    if (table.Scope !== 'Subtree') return undefined;
    const search = {
      ...planSearch(this.#bench, []),
      filter: otherContainers(table.Filter),
      cookie,
    };
    for await (const item of readAllChanges(session, search, searches, context)) {
      if (item.kind !== 'changed') continue;
      for (const { key, entry } of item.entries) this.#noteContainer(decodeEntry(entry), key);
    }
    for (const dn of this.#renamed) {
      const isThere = await this.#readBelow(dn);
      if (!isThere) return 'a container was moved while it was read';
      if (this.changed.isTooMany) return this.#giveUp();
      const below = (await listContainers(session, dn, searches, context)).sort();
      for (const key of below.keys()) this.containers.noteDigest(key, below.find(key));
    }
    return undefined;
  }

  #noteContainer(entry: ReturnType<typeof decodeEntry>, key: Buffer): void {
    if (readValue(entry, 'hasSubordinates')?.toUpperCase() !== 'TRUE') this.containers.forget(key);
    else if (this.containers.note(key, entry.dn)) this.#renamed.push(entry.dn);
  }

  /** False when the container is gone again. */
  async #readBelow(dn: string): Promise<boolean> {
    const { session, context, searches, sessions, table } = this.#bench;
    const spec = {
      baseDn: dn,
      scope: 'sub',
      filter: parseFilter(table.Filter),
      attributes: listAttributes([this.#plan]),
    } as const;
    try {
      for await (const item of searchCompletely(session, spec, searches, context)) {
        if (item.kind !== 'entries') continue;
        for (const entry of item.entries) {
          const row = await readEntryRow(this.#plan, entry, sessions);
          const key = packKey(row[this.#keyColumn] ?? '');
          if (key !== undefined) this.changed.set(key, row, entry.end - entry.start);
        }
      }
      return true;
    } catch (error) {
      if (resultCodeOf(error) === resultCodes.noSuchObject) return false;
      throw error;
    }
  }

  #keepKeys(
    known: KeyRecords,
    told: { readonly present: KeyRecordList; readonly deleted?: KeyRecordList },
  ): KeyRecords | string {
    const { deleted } = told;
    if (deleted === undefined) {
      const present = told.present.sort();
      for (const key of present.keys()) {
        if (!known.has(key) && !this.changed.has(key)) {
          return 'the server takes an entry for known that is not';
        }
      }
      return present;
    }
    const gone = deleted.sort();
    const kept = new KeyRecordList();
    for (const key of known.keys()) if (!gone.has(key)) kept.add(key);
    return kept.sort();
  }

  #giveUp(): string {
    return 'too much has changed';
  }
}

/** Keys of what is there: told as present, or changed. */
function mergeKeys(present: KeyRecords, changed: ChangedRows): KeyRecords {
  const list = new KeyRecordList();
  for (const key of present.keys()) list.add(key);
  for (const key of changed.keys()) list.add(key);
  return list.sort();
}
