/** Complete searches: page after page until the server says that this was all. https://www.rfc-editor.org/rfc/rfc2696 */
import { Control, PagedResultsControl } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import type { DirectorySettings } from '../settings.ts';
import { resultCodes } from './failure.ts';
import type { RunningSearch, SearchItem } from './inbox.ts';
import type { LdapResult } from './protocol.ts';
import { apacheVendor } from './root-dse.ts';
import type { SearchSpec } from './search.ts';
import type { LdapSession } from './session.ts';
import type { WireEntry } from './wire-entry.ts';

/** Items of a complete search; `end` comes last and only when the server sent everything it has. */
export type CompleteSearchItem =
  | { readonly kind: 'entries'; readonly entries: readonly WireEntry[] }
  | { readonly kind: 'references'; readonly urls: readonly string[] }
  | { readonly kind: 'end'; readonly entries: number; readonly pages: number };

/** How searches of a connection are sent. */
export interface SearchPlan {
  readonly isPaged: boolean;
  readonly pageSize: number;
  readonly sizeLimit: number;
  readonly timeLimitSeconds: number;
  /** Attributes to ask for where none are wanted. */
  readonly forNamesAlone: readonly string[];
  readonly controls: readonly Control[];
}

const domainScopeOid = '1.2.840.113556.1.4.1339';
/** Active Directory sends a few pages without entries; a server that sends nothing else is broken. */
const maxEmptyPages = 1000;

/**
 * The plan that settings and server agree on. Throws `unsupported` when a control is asked for that the server does not
 * announce.
 */
export function planSearches(settings: DirectorySettings, session: LdapSession): SearchPlan {
  const announced = session.rootDse.controls;
  const asked = session.server.Controls;
  if (asked?.includes('DomainScope') === true && !asked.includes('PagedResult')) {
    throw new ConnectorError(
      'invalid-value',
      `Controls of ${session.name} has DomainScope without PagedResult.`,
      { hint: 'Add PagedResult to Controls.' },
    );
  }
  const wanted: Readonly<Record<string, string>> = {
    PagedResult: PagedResultsControl.type,
    DomainScope: domainScopeOid,
  };
  for (const name of asked ?? []) {
    if (announced.size > 0 && !announced.has(wanted[name] ?? '')) {
      throw new ConnectorError(
        'unsupported',
        `The directory ${session.name} does not support the control ${name}.`,
        { hint: `Remove ${name} from Controls of the connection.` },
      );
    }
  }
  // Apache Directory forgets to speak of further pages when it is asked for names alone.
  const isForgetful = session.rootDse.vendorName === apacheVendor;
  const isLimited = asked === undefined && (settings.SizeLimit ?? 0) > 0;
  const isPaged =
    asked?.includes('PagedResult') ?? (!isLimited && announced.has(PagedResultsControl.type));
  return {
    isPaged,
    pageSize: settings.PageSize,
    sizeLimit: isPaged ? 0 : (settings.SizeLimit ?? 0),
    timeLimitSeconds: settings.TimeLimit,
    forNamesAlone: isForgetful ? ['objectClass'] : [],
    controls:
      asked?.includes('DomainScope') === true
        ? [new Control(domainScopeOid, { critical: true })]
        : [],
  };
}

/**
 * Everything a search finds. The next page is asked for as soon as one has arrived, while its entries are still being read, so that
 * the server works meanwhile; two pages are held at most. A page without entries does not end a search, only an empty cookie does;
 * any result other than success, a cut or a silent connection is thrown, so that a short answer never looks complete.
 */
export async function* searchCompletely(
  session: LdapSession,
  spec: Pick<SearchSpec, 'baseDn' | 'scope' | 'filter' | 'attributes'>,
  plan: SearchPlan,
  context: ConnectorContext,
): AsyncGenerator<CompleteSearchItem, void, undefined> {
  const pages = new PagesAhead(session, spec, plan);
  let entries = 0;
  let emptyPages = 0;
  try {
    for (let count = 1; ; count += 1) {
      context.signal.throwIfAborted();
      let found = 0;
      for await (const item of pages.open()) {
        if (item.kind === 'entries') {
          found += item.entries.length;
          yield item;
        } else if (item.kind === 'reference') {
          yield { kind: 'references', urls: item.urls };
        }
      }
      entries += found;
      if (!pages.hasNext()) {
        if (entries === 0 && spec.scope !== 'base') await requireBase(session, spec.baseDn);
        yield { kind: 'end', entries, pages: count };
        return;
      }
      emptyPages = found === 0 ? emptyPages + 1 : 0;
      if (emptyPages > maxEmptyPages) {
        throw new ConnectorError(
          'incomplete',
          `The directory ${session.name} sends page after page without entries below "${spec.baseDn}".`,
          { hint: 'Check the directory server; other values of PageSize may help.' },
        );
      }
    }
  } finally {
    pages.abandon();
  }
}

/**
 * Some servers answer a login that may not see the base as if nothing were below it: a search without entries ends in success only
 * where the base itself can be read. Throws `not-found` or `forbidden`.
 */
async function requireBase(session: LdapSession, baseDn: string): Promise<void> {
  if (baseDn === '') return;
  const base = await session.readEntry(baseDn, ['objectClass']);
  if (base !== null && base.attributes.length > 0) return;
  const code = base === null ? resultCodes.noSuchObject : resultCodes.insufficientAccessRights;
  const result = { code, matchedDn: '', diagnostic: '', referrals: [] };
  throw session.failure(result, `reading below "${baseDn}"`);
}

type PageSpec = Pick<SearchSpec, 'baseDn' | 'scope' | 'filter' | 'attributes'>;

interface Page {
  readonly search: RunningSearch;
  result?: LdapResult;
}

/** The page being read, and the one after it. */
class PagesAhead {
  readonly #session: LdapSession;
  readonly #spec: PageSpec;
  readonly #plan: SearchPlan;
  #current: Page | undefined;
  #ahead: Page | undefined;

  constructor(session: LdapSession, spec: PageSpec, plan: SearchPlan) {
    this.#session = session;
    this.#spec = spec;
    this.#plan = plan;
  }

  /** What the next page holds: the first one, or the one that `hasNext` spoke of. */
  open(): AsyncGenerator<SearchItem, void, undefined> {
    this.#current = this.#ahead ?? this.#send(Buffer.alloc(0));
    this.#ahead = undefined;
    // Its answer may have come while the page before it was read.
    this.#sendNext(this.#current);
    return this.#current.search.items();
  }

  /** Asked once the page has been read to its end. Throws for every result that is not success. */
  hasNext(): boolean {
    const cookie = readNextCookie(
      this.#session,
      this.#spec.baseDn,
      this.#plan,
      this.#current?.result,
    );
    if (cookie !== undefined) this.#ahead ??= this.#send(cookie);
    return cookie !== undefined;
  }

  abandon(): void {
    this.#ahead?.search.abandon();
  }

  #send(cookie: Buffer): Page {
    // The answer cannot arrive before the page is known: sockets speak between turns only.
    const page: Page = {
      search: this.#session.startSearch(buildPage(this.#spec, this.#plan, cookie), (result) => {
        page.result = result;
        this.#sendNext(page);
      }),
    };
    return page;
  }

  #sendNext(page: Page): void {
    const { result } = page;
    if (page !== this.#current || this.#ahead !== undefined) return;
    if (result?.code !== resultCodes.success || !result.pagedCookie?.length) return;
    if (this.#plan.isPaged) this.#ahead = this.#send(result.pagedCookie);
  }
}

function buildPage(
  spec: Pick<SearchSpec, 'baseDn' | 'scope' | 'filter' | 'attributes'>,
  plan: SearchPlan,
  cookie: Buffer,
): SearchSpec {
  const paged = plan.isPaged
    ? [new PagedResultsControl({ critical: true, value: { size: plan.pageSize, cookie } })]
    : [];
  return {
    ...spec,
    attributes: spec.attributes.length === 0 ? plan.forNamesAlone : spec.attributes,
    sizeLimit: plan.sizeLimit,
    timeLimitSeconds: plan.timeLimitSeconds,
    controls: [...plan.controls, ...paged],
  };
}

/** The cookie of the next page, or `undefined` when this was the last one. */
function readNextCookie(
  session: LdapSession,
  baseDn: string,
  plan: SearchPlan,
  result: LdapResult | undefined,
): Buffer | undefined {
  if (result === undefined) throw new Error('A search ended without a result.');
  if (result.code !== resultCodes.success) {
    throw session.failure(result, `reading below "${baseDn}"`);
  }
  if (!plan.isPaged) return undefined;
  if (result.pagedCookie === undefined) {
    throw new ConnectorError(
      'incomplete',
      `The directory ${session.name} answered without saying whether more pages follow below "${baseDn}".`,
      { hint: 'Set Controls to an empty list if the server cannot page.' },
    );
  }
  return result.pagedCookie.length === 0 ? undefined : result.pagedCookie;
}
