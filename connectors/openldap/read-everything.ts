/** Everything in one refresh without a bookmark: entries and lists by one search, with a bookmark at its end. */
import type { ChangeTables } from '../spi/directory/entries/change-tables.ts';
import { completeInto } from '../spi/directory/entries/change-tables.ts';
import { nameDigestBytes } from '../spi/directory/entries/export-state.ts';
import { refuseReferrals } from '../spi/directory/entries/export-tables.ts';
import { KeyRecordList } from '../spi/directory/entries/key-records.ts';
import {
  addRows,
  batchSize,
  finishTable,
  listAttributes,
  noteReferral,
  planTable,
  takeBatches,
} from '../spi/directory/entries/table-rows.ts';
import { readChanges } from '../spi/directory/sync/read-changes.ts';
import type { TableBatch } from '../spi/package.ts';
import { listContainers } from './containers.ts';
import { encodeSyncState, planSearch, type SyncBench } from './find-changes.ts';

/** Memory: what the server sends ahead, one batch per table, and 16 bytes per entry. */
export async function* readEverything(
  bench: SyncBench,
  parts: ChangeTables,
): AsyncGenerator<TableBatch, void, undefined> {
  const { request, context, session, sessions, table, searches } = bench;
  const { settings } = request;
  const plans = request.tables.map((one) => planTable(one, settings, bench.schema, context));
  // Looked at before: a container renamed meanwhile is seen as renamed the next time.
  const containers =
    table.Scope === 'Subtree'
      ? await listContainers(session, table.BaseDN, searches, context)
      : new KeyRecordList(nameDigestBytes);
  const known = new KeyRecordList();
  const search = planSearch(bench, listAttributes(plans));
  let cookie: Buffer | undefined;
  for await (const item of readChanges(session, search, context)) {
    switch (item.kind) {
      case 'changed':
        for (const { key, entry } of item.entries) {
          known.add(key);
          for (const plan of plans) {
            // Only an entry that came in parts is waited for.
            if (!plan.texts.read(entry)) await completeInto(plan, entry, sessions);
            addRows(plan);
          }
        }
        for (const plan of plans) yield* takeBatches(plan, batchSize);
        break;
      case 'reference':
        for (const plan of plans) noteReferral(plan, item.urls);
        break;
      case 'end':
        cookie = item.cookie;
    }
  }
  for (const plan of plans) {
    plan.evidence.push(`${known.count} entries in one refresh, result success`);
    yield* takeBatches(plan, 1);
    yield* finishTable(plan, settings);
  }
  refuseReferrals(plans, settings, session.name, context);
  if (parts.entries === undefined || cookie === undefined || cookie.length === 0) return;
  const state = { cookie, known: known.sort(), containers: containers.sort() };
  yield { kind: 'cookie', cookie: encodeSyncState(bench, parts.entries, state) };
}
