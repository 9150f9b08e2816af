/**
 * What has changed since a cookie, with what a refresh of slapd leaves out: whatever is newer than the cookie it ends with. Those are
 * entries that change while it answers; and where writes ended side by side the last of them, until something else is written (seen
 * with 2.5.13, whose `contextCSN` then stays behind).
 */

import { allOf } from '../spi/directory/session/filter.ts';
import { type SearchPlan, searchCompletely } from '../spi/directory/session/paging.ts';
import { decodeEntry } from '../spi/directory/session/protocol.ts';
import type { LdapSession } from '../spi/directory/session/session.ts';
import {
  type ChangedEntry,
  CookieRefused,
  readChanges,
  type SyncItem,
  type SyncSearch,
} from '../spi/directory/sync/read-changes.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { type Coverage, changeNumberAttribute, readCoverage } from './change-numbers.ts';
import { readKey, readValue } from './containers.ts';

/** As {@link readChanges}; what the refresh left out comes before its end, and is told again by the next one. */
export async function* readAllChanges(
  session: LdapSession,
  search: SyncSearch & { readonly cookie: Buffer },
  plan: SearchPlan,
  context: ConnectorContext,
): AsyncGenerator<SyncItem, void, undefined> {
  for await (const item of readChanges(session, search, context)) {
    if (item.kind === 'end') {
      const coverage = readCoverage(item.cookie ?? search.cookie);
      if (coverage === undefined) throw new CookieRefused('the server tells no change numbers');
      yield* findUncovered(session, search, coverage, plan, context);
    }
    yield item;
  }
}

async function* findUncovered(
  session: LdapSession,
  { baseDn, scope, filter, attributes }: SyncSearch,
  coverage: Coverage,
  plan: SearchPlan,
  context: ConnectorContext,
): AsyncGenerator<SyncItem, void, undefined> {
  const spec = {
    baseDn,
    scope,
    filter: allOf([filter, coverage.filter]),
    attributes: [...new Set([...attributes, changeNumberAttribute])],
  };
  for await (const item of searchCompletely(session, spec, plan, context)) {
    if (item.kind !== 'entries') continue;
    const found: ChangedEntry[] = [];
    for (const entry of item.entries) {
      const values = decodeEntry(entry);
      if (coverage.covers(readValue(values, changeNumberAttribute) ?? '')) continue;
      const key = readKey(values);
      if (key !== undefined) found.push({ key, entry });
    }
    yield { kind: 'changed', entries: found };
  }
}
