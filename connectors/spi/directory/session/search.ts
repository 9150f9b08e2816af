/** Searches: what is asked, and answers that are known to be small. */
import { type Control, type Filter, SearchRequest } from 'ldapts';
import type { LdapConnection } from './connection.ts';
import type { RunningSearch, SearchItem } from './inbox.ts';
import { decodeEntry, type LdapResult, type RawEntry } from './protocol.ts';

export interface SearchSpec {
  readonly baseDn: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  /** Empty: no attributes at all, only names. */
  readonly attributes: readonly string[];
  readonly sizeLimit?: number;
  readonly timeLimitSeconds?: number;
  readonly controls?: readonly Control[];
}

/** Gathers a search whose answer is known to be small. */
export async function collect(
  items: AsyncIterable<SearchItem>,
): Promise<{ readonly entries: readonly RawEntry[]; readonly result: LdapResult }> {
  const entries: RawEntry[] = [];
  let result: LdapResult | undefined;
  for await (const item of items) {
    if (item.kind === 'entries') for (const entry of item.entries) entries.push(decodeEntry(entry));
    else if (item.kind === 'result') result = item.result;
  }
  if (result === undefined) throw new Error('A search ended without a result.');
  return { entries, result };
}

export async function* runSearch(
  connection: LdapConnection,
  spec: SearchSpec,
): AsyncGenerator<SearchItem, void, undefined> {
  yield* startSearch(connection, spec).items();
}

export function startSearch(
  connection: LdapConnection,
  spec: SearchSpec,
  onResult?: (result: LdapResult) => void,
): RunningSearch {
  return connection.startSearch(
    (messageId) =>
      new SearchRequest({
        messageId,
        baseDN: spec.baseDn,
        scope: spec.scope,
        filter: spec.filter,
        // An empty list would mean every attribute; 1.1 means none.
        attributes: spec.attributes.length === 0 ? ['1.1'] : [...spec.attributes],
        sizeLimit: spec.sizeLimit ?? 0,
        // ldapts asks for ten seconds when nothing is said.
        timeLimit: spec.timeLimitSeconds ?? 0,
        controls: [...(spec.controls ?? [])],
      }),
    `searching below "${spec.baseDn}"`,
    onResult,
  );
}
