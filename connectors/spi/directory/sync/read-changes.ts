/** What has changed since a cookie, as the server tells it in one refresh. https://www.rfc-editor.org/rfc/rfc4533#section-3.3 */
import type { Filter } from 'ldapts';
import type { ConnectorContext } from '../../package.ts';
import { KeyRecordList } from '../entries/key-records.ts';
import { resultCodes } from '../session/failure.ts';
import type { LdapResult } from '../session/protocol.ts';
import { readEntryControls } from '../session/protocol.ts';
import type { LdapSession } from '../session/session.ts';
import type { WireEntry } from '../session/wire-entry.ts';
import {
  readSyncDone,
  readSyncInfo,
  readSyncState,
  requestSync,
  syncRefreshRequired,
} from './sync-messages.ts';

export interface SyncSearch {
  readonly baseDn: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  readonly timeLimitSeconds: number;
  /** Absent: everything is told, and nothing is known yet. */
  readonly cookie?: Buffer;
}

/** An entry that is new or changed; `key` has 16 bytes. */
export interface ChangedEntry {
  readonly key: Buffer;
  readonly entry: WireEntry;
}

/** Items of a refresh; `end` comes last, after a success only. */
export type SyncItem =
  | { readonly kind: 'changed'; readonly entries: readonly ChangedEntry[] }
  | { readonly kind: 'reference'; readonly urls: readonly string[] }
  | {
      readonly kind: 'end';
      /** Where the next refresh goes on; absent: where this one did, as nothing has changed. */
      readonly cookie?: Buffer;
      /** Keys of entries that are gone, where the server names them; absent: those that were not mentioned are. */
      readonly deleted?: KeyRecordList;
      /** Keys of entries that are as they were. */
      readonly present: KeyRecordList;
    };

/** The server cannot go on from the cookie: everything must be read. */
export class CookieRefused extends Error {}

/** The server does not tell changes at all. */
export class ChangesUnsupported extends Error {}

const unwillingToPerform = 53;
const unavailableCriticalExtension = 12;

/** Throws {@link CookieRefused}, {@link ChangesUnsupported}, or a `ConnectorError` for every other end but a success. */
export async function* readChanges(
  session: LdapSession,
  { cookie, ...spec }: SyncSearch,
  context: ConnectorContext,
): AsyncGenerator<SyncItem, void, undefined> {
  const present = new KeyRecordList();
  const deleted = new KeyRecordList();
  let isMentioned = false;
  const controls = [requestSync(cookie)];
  for await (const item of session.search({ ...spec, controls })) {
    context.signal.throwIfAborted();
    switch (item.kind) {
      case 'entries':
        yield { kind: 'changed', entries: sortOut(item.entries, present, deleted) };
        break;
      case 'reference':
        yield { kind: 'reference', urls: item.urls };
        break;
      case 'intermediate': {
        const info = readSyncInfo(item.response.name, item.response.value);
        if (info?.kind === 'refresh-present') isMentioned = true;
        if (info?.kind !== 'id-set') break;
        for (const uuid of info.uuids) (info.isDeleted ? deleted : present).add(uuid);
        break;
      }
      case 'result': {
        refuseResult(item.result, cookie, session, spec.baseDn);
        const done = readSyncDone(item.result.controls ?? []);
        if (done === undefined) {
          throw new ChangesUnsupported('The server answered without saying where to go on.');
        }
        // A cookie it could not read is answered with everything, and with an empty one.
        if (cookie !== undefined && done.cookie?.length === 0) {
          throw new CookieRefused('the server does not know the bookmark');
        }
        yield {
          kind: 'end',
          present,
          ...(done.cookie === undefined ? {} : { cookie: done.cookie }),
          ...(done.refreshDeletes && !isMentioned ? { deleted } : {}),
        };
      }
    }
  }
}

/** The changed ones of some entries; keys of the others go where they belong. */
function sortOut(
  entries: readonly WireEntry[],
  present: KeyRecordList,
  deleted: KeyRecordList,
): readonly ChangedEntry[] {
  const changed: ChangedEntry[] = [];
  for (const entry of entries) {
    const { state, uuid } = readSyncState(readEntryControls(entry));
    if (state === 'present') present.add(uuid);
    else if (state === 'delete') deleted.add(uuid);
    else changed.push({ key: uuid, entry });
  }
  return changed;
}

function refuseResult(
  result: LdapResult,
  cookie: Buffer | undefined,
  session: LdapSession,
  baseDn: string,
): void {
  if (result.code === resultCodes.success) return;
  if (result.code === syncRefreshRequired) {
    throw new CookieRefused('the server has lost what the bookmark refers to');
  }
  if (result.code === unavailableCriticalExtension) {
    throw new ChangesUnsupported('The server does not tell changes.');
  }
  // A server that was set back to an earlier state says so in this way.
  if (result.code === unwillingToPerform && cookie !== undefined) {
    throw new CookieRefused('the bookmark is newer than what the server holds');
  }
  throw session.failure(result, `reading below "${baseDn}"`);
}
