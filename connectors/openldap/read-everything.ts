/** Everything, by ordinary searches, and a bookmark of the time before them. */
import type { ChangeTables } from '../spi/directory/entries/change-tables.ts';
import { nameDigestBytes, packKey } from '../spi/directory/entries/export-state.ts';
import { readTables } from '../spi/directory/entries/export-tables.ts';
import { KeyRecordList } from '../spi/directory/entries/key-records.ts';
import { anything } from '../spi/directory/session/filter.ts';
import { readChanges } from '../spi/directory/sync/read-changes.ts';
import type { TableBatch } from '../spi/package.ts';
import { listContainers } from './containers.ts';
import { encodeSyncState, keyAttribute, type SyncBench } from './find-changes.ts';

/**
 * Memory: as any export of a directory, and 16 bytes per entry. A refresh would tell all entries as well, but for those that change
 * while it is answered: they would look as if they were gone.
 */
export async function* readEverything(
  bench: SyncBench,
  { entries }: ChangeTables,
): AsyncGenerator<TableBatch, void, undefined> {
  const { request, context, session, table, searches } = bench;
  if (entries === undefined) {
    yield* readTables(request, bench, context);
    return;
  }
  // Looked at before the entries: what changes meanwhile is told once more the next time.
  const cookie = await readCookie(bench);
  const containers =
    table.Scope === 'Subtree'
      ? await listContainers(session, table.BaseDN, searches, context)
      : new KeyRecordList(nameDigestBytes);
  const keyColumn = entries.columns.find(isKey) ?? '';
  const known = new KeyRecordList();
  let unknown = 0;
  for await (const batch of readTables(request, bench, context)) {
    if (batch.kind === 'rows' && batch.table === entries.name) {
      for (const row of batch.rows) {
        const key = packKey(row[keyColumn] ?? '');
        if (key === undefined) unknown += 1;
        else known.add(key);
      }
    }
    yield batch;
  }
  // That an entry without a key is gone could not be told.
  if (cookie === undefined || cookie.length === 0 || unknown > 0) return;
  const state = { cookie, known: known.sort(), containers: containers.sort() };
  yield { kind: 'cookie', cookie: encodeSyncState(bench, entries, state) };
}

const isKey = (column: string): boolean => column.toLowerCase() === keyAttribute.toLowerCase();

/** Where a refresh would go on from; asked of one entry, as it is the same for all. */
async function readCookie({
  session,
  table,
  request,
  context,
}: SyncBench): Promise<Buffer | undefined> {
  const search = {
    baseDn: table.BaseDN,
    scope: 'base',
    filter: anything,
    attributes: [keyAttribute],
    timeLimitSeconds: request.settings.TimeLimit,
  } as const;
  for await (const item of readChanges(session, search, context)) {
    if (item.kind === 'end') return item.cookie;
  }
  throw new Error('A refresh ended without a result.');
}
