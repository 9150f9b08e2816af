/** Exports of OpenLDAP: everything, or what has changed since the last export, as the server itself tells it. */

import {
  type ChangeTables,
  partTables,
  tellCompleteReading,
} from '../spi/directory/entries/change-tables.ts';
import { writeChanges } from '../spi/directory/entries/changed-rows.ts';
import { exportChangesByTime } from '../spi/directory/entries/changes-by-time.ts';
import { checkConnection } from '../spi/directory/entries/check-connection.ts';
import { describeTables } from '../spi/directory/entries/describe-tables.ts';
import { readTables } from '../spi/directory/entries/export-tables.ts';
import { describeNotLdap } from '../spi/directory/session/failure.ts';
import { MalformedMessageError } from '../spi/directory/session/malformed-message.ts';
import { planSearches } from '../spi/directory/session/paging.ts';
import { type DirectorySchema, readSchema } from '../spi/directory/session/schema.ts';
import { SessionPair } from '../spi/directory/session/session-pair.ts';
import type { DirectorySettings } from '../spi/directory/settings.ts';
import { ChangesUnsupported } from '../spi/directory/sync/read-changes.ts';
import { syncRequestOid } from '../spi/directory/sync/sync-messages.ts';
import { ConnectorError } from '../spi/errors.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
} from '../spi/package.ts';
import { readBase } from './containers.ts';
import { findChanges, keyAttribute, type SyncBench } from './find-changes.ts';
import { readEverything } from './read-everything.ts';
import { type OpenLdapSettings, readSuffix, toDirectorySettings } from './settings.ts';

export const openLdapExporter: Exporter<OpenLdapSettings> = {
  checkConnection: async (settings, context) => {
    const shared = toDirectorySettings(settings, []);
    const answer = await checkConnection(shared, context);
    await using sessions = new SessionPair(shared, context);
    const canTell = (await sessions.open()).rootDse.controls.has(syncRequestOid);
    return `${answer} Changes ${canTell ? 'are told by the server (syncprov)' : 'are found by time: the server has no syncprov'}.`;
  },
  exportTables: exportOpenLdap,
  describeTables: async (settings, context) => {
    const tables = await describeTables(toDirectorySettings(settings, ['member']), context);
    return tables.map(renameEntries);
  },
};

const timeSource = { keyAttribute, timeAttribute: 'entryCSN' };

async function* exportOpenLdap(
  request: ExportRequest<OpenLdapSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  const shared = shareRequest(request);
  let isTold = false;
  try {
    for await (const batch of exportBySync(shared, context)) {
      isTold = true;
      yield batch;
    }
    return;
  } catch (error) {
    // Without the overlay nothing has been told yet.
    if (!(error instanceof ChangesUnsupported) || isTold) throw error;
  }
  yield* exportChangesByTime(shared, context, timeSource);
}

/** The request in the words that all directories share. */
function shareRequest(request: ExportRequest<OpenLdapSettings>): ExportRequest<DirectorySettings> {
  const tables = request.tables.map((table) => ({ ...table, suffix: readSuffix(table.suffix) }));
  const suffixes = tables.map(({ suffix }) => suffix);
  return { ...request, tables, settings: toDirectorySettings(request.settings, suffixes) };
}

async function* exportBySync(
  request: ExportRequest<DirectorySettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  await using sessions = new SessionPair(request.settings, context);
  const bench = await prepareBench(request, context, sessions);
  const parts = partTables(request.tables, keyAttribute);
  try {
    const changes = await lookForChanges(bench, parts);
    if (typeof changes === 'string') {
      if (request.mode === 'incremental') tellCompleteReading(request, context, changes);
      yield* readEverything(bench, parts);
      return;
    }
    yield* writeChanges(changes.table, changes.columns, changes.rows, changes.evidence);
    yield* readTables({ ...request, tables: parts.others }, bench, context);
    yield { kind: 'cookie', cookie: changes.state };
  } catch (error) {
    if (error instanceof MalformedMessageError) throw describeNotLdap(bench.session.name, error);
    throw error;
  }
}

async function prepareBench(
  request: ExportRequest<DirectorySettings>,
  context: ConnectorContext,
  sessions: SessionPair,
): Promise<SyncBench> {
  const session = await sessions.open();
  const schema = await readSchema(session);
  refuseUnknownTables(request, schema);
  if (!session.rootDse.controls.has(syncRequestOid)) {
    throw new ChangesUnsupported('The server does not announce that it tells changes.');
  }
  const [table] = request.settings.Tables;
  if (table === undefined) throw new Error('The connection has no table.');
  return {
    request,
    context,
    sessions,
    session,
    table,
    schema,
    searches: planSearches(request.settings, session),
    base: await readBase(session, table.BaseDN),
  };
}

/** A table that is neither the entries nor a list would be the entries by another name. */
function refuseUnknownTables(
  { tables }: ExportRequest<DirectorySettings>,
  schema: DirectorySchema,
): void {
  for (const { name, suffix } of tables) {
    if (suffix.toLowerCase() === 'entries') continue;
    if (suffix !== '' && (schema.size === 0 || schema.has(suffix.toLowerCase()))) continue;
    throw new ConnectorError(
      'invalid-value',
      `A mapping reads the table "${name}", and "${suffix}" is no attribute of the directory.`,
      {
        hint: 'ConnectionTable is the connection and entry, or the connection and the attribute of a list, such as member.',
      },
    );
  }
}

async function lookForChanges(
  bench: SyncBench,
  parts: ChangeTables,
): ReturnType<typeof findChanges> {
  const { mode, cookie } = bench.request;
  if (mode !== 'incremental') return '';
  if (parts.entries === undefined) return parts.obstacle ?? 'no entries are exported';
  if (cookie === undefined) return 'there is no bookmark';
  return findChanges(bench, parts.entries, cookie);
}

function renameEntries(table: TableDescription): TableDescription {
  return table.name === 'entries' ? { ...table, name: 'entry' } : table;
}
