/** Exports of Active Directory: everything, or what changed since the bookmark of the last export. */
import { setTimeout as wait } from 'node:timers/promises';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext, ExportRequest, TableBatch } from '../../package.ts';
import { batchSize, takeBatches } from '../entries/table-rows.ts';
import { dnKey } from '../session/dn.ts';
import { resultCodeOf } from '../session/failure.ts';
import { readSchema } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import { SessionPair } from '../session/session-pair.ts';
import { ChangeWriter } from './apply-changes.ts';
import { type BaseBookmark, type Bookmark, formatBookmark, parseBookmark } from './bookmark.ts';
import { KnownEntries } from './known-entries.ts';
import type { LateRows } from './late-rows.ts';
import { type Changes, findPosition, readChanges } from './read-changes.ts';
import { type BasePlace, describeReadFailure, readEverything } from './read-everything.ts';
import {
  canTellChanges,
  commandRows,
  directoryOf,
  fingerprint,
  finishWithCommands,
  forwardOf,
  namingRow,
  planTables,
  type ReplicatedSettings,
  type ReplicatedTables,
  takeWithCommands,
} from './replicated-tables.ts';

type Request = ExportRequest<ReplicatedSettings>;
type Batches = AsyncGenerator<TableBatch, void, undefined>;

/** A base with its sessions, once it has been reached. */
interface OpenBase extends BasePlace {
  readonly namingContext: string;
}

/**
 * Every table of the request. In incremental mode rows of changes where the bookmark is good for them, else everything,
 * which the engine compares. A table gets its `end` when every base ended in success; the bookmark comes last.
 */
export async function* exportReplicated(request: Request, context: ConnectorContext): Batches {
  await using bases = await openBases(request, context);
  const [first] = bases.all;
  if (first === undefined) return;
  const { tables } = first;
  const bookmark = await chooseBookmark(request, tables, context);
  const changes =
    bookmark === undefined ? undefined : await readAllChanges(bases.all, bookmark, context);
  if (bookmark === undefined || changes === undefined) {
    yield* exportEverything(request, bases.all, context);
    return;
  }
  yield* exportChanges(request, bases.all, bookmark, changes);
}

interface OpenBases extends AsyncDisposable {
  readonly all: readonly OpenBase[];
}

async function openBases(request: Request, context: ConnectorContext): Promise<OpenBases> {
  const all: OpenBase[] = [];
  const close = async (): Promise<void> => {
    for (const base of all) await base.sessions[Symbol.asyncDispose]();
  };
  try {
    let tables: ReplicatedTables | undefined;
    for (const base of request.settings.bases) {
      const directory = directoryOf(base, request.settings, request.tables);
      const sessions = new SessionPair(directory, context);
      const place = {
        baseDn: base.baseDn,
        filter: request.settings.filter,
        directory,
        sessions,
        context,
      };
      const session = await openPatiently(sessions, request.settings.retryDelayMs, context);
      // One forest has one schema; of several forests the first one tells what a column is.
      tables ??= planTables(request, directory, await readSchema(session), context);
      all.push({ ...place, tables, namingContext: findNamingContext(session, base.baseDn) });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { all, [Symbol.asyncDispose]: close };
}

/** A server that was silent is asked once more, after a while. */
async function openPatiently(
  sessions: SessionPair,
  retryDelayMs: number,
  context: ConnectorContext,
): Promise<LdapSession> {
  try {
    return await sessions.open();
  } catch (error) {
    const isSilence = error instanceof ConnectorError && error.kind === 'timeout';
    if (!isSilence || retryDelayMs === 0) throw error;
    await wait(retryDelayMs, undefined, { signal: context.signal });
    return sessions.open();
  }
}

/** The root that holds the base: changes are told for whole naming contexts only. */
function findNamingContext(session: LdapSession, baseDn: string): string {
  const key = dnKey(baseDn);
  const holding = session.rootDse.namingContexts.filter((context) => {
    const root = dnKey(context);
    return key === root || key.endsWith(`,${root}`);
  });
  // Of nested ones, the one that is nearest.
  return holding.toSorted((a, b) => b.length - a.length)[0] ?? baseDn;
}

/** The bookmark, if this request can go on from it; the log says why it cannot. */
async function chooseBookmark(
  request: Request,
  tables: ReplicatedTables,
  context: ConnectorContext,
): Promise<Bookmark | undefined> {
  if (request.mode !== 'incremental' || request.cookie === undefined) return undefined;
  const tell = (reason: string): undefined =>
    void context.logger.info({ connection: request.connection, reason }, 'everything is read');
  if (!canTellChanges(tables)) {
    return tell('rows can be taken back by objectGUID or dn only, and a mapping has another key');
  }
  const bookmark = await parseBookmark(request.cookie);
  if (bookmark === undefined) return tell('the bookmark is not one of this connector');
  if (bookmark.fingerprint !== fingerprint(request)) {
    return tell('bases, filter or columns are others than last time');
  }
  return bookmark;
}

/** `undefined` when a directory does not know where it was left any more. */
async function readAllChanges(
  bases: readonly OpenBase[],
  bookmark: Bookmark,
  context: ConnectorContext,
): Promise<readonly Changes[] | undefined> {
  const all: Changes[] = [];
  for (const [index, base] of bases.entries()) {
    const since = bookmark.bases[index]?.position;
    if (since === undefined) return undefined;
    const session = await base.sessions.open();
    const asked = { namingContext: base.namingContext, attributes: listTracked(base) };
    try {
      all.push(await readChanges(session, asked, since, base.directory, context));
    } catch (error) {
      if (!isForgotten(error)) throw error;
      context.logger.warn(
        { base: base.baseDn, reason: error instanceof Error ? error.message : '' },
        'the directory does not go on from the bookmark, everything is read',
      );
      return undefined;
    }
  }
  return all;
}

/** What a directory answers to a bookmark it cannot use; a right that was taken away is a failure, a cut as well. */
function isForgotten(error: unknown): boolean {
  const code = resultCodeOf(error);
  if (code !== undefined) return [1, 2, 12, 19, 21, 53, 80].includes(code);
  return error instanceof ConnectorError && error.kind === 'conflict';
}

/** What a row or the filter depends on. */
function listTracked({ tables, filter }: OpenBase): readonly string[] {
  const inFilter = [...filter.matchAll(/\(\s*([A-Za-z][A-Za-z0-9-]*)/g)].map(
    (match) => match[1] ?? '',
  );
  const names = new Map<string, string>();
  for (const name of [...tables.attributes, ...inFilter]) {
    const forward = forwardOf[name.toLowerCase()] ?? name;
    names.set(forward.toLowerCase(), forward);
  }
  return [...names.values()];
}

async function* exportEverything(
  request: Request,
  bases: readonly OpenBase[],
  context: ConnectorContext,
): Batches {
  const { settings } = request;
  // A list of changes has the column; where everything is compared it must not look like one.
  const hasCommands = request.mode !== 'incremental';
  const bookmarks: (BaseBookmark | undefined)[] = [];
  const tables = bases[0]?.tables.all ?? [];
  for (const base of bases) {
    const session = await base.sessions.open();
    const position = await findPosition(session, base.namingContext, settings.tracking, context);
    const known = new KnownEntries();
    yield* readEverything(base, known, hasCommands);
    bookmarks.push(position === undefined ? undefined : { position, known });
  }
  for (const { plan } of tables) {
    yield* hasCommands ? takeWithCommands(plan, 1) : takeBatches(plan, 1);
    yield {
      kind: 'end',
      table: plan.name,
      rows: plan.written,
      evidence: plan.evidence.join('; '),
    };
  }
  const usable = bookmarks.filter((bookmark) => bookmark !== undefined);
  if (usable.length < bases.length) return;
  const cookie = await formatBookmark({ fingerprint: fingerprint(request), bases: usable });
  yield { kind: 'cookie', cookie };
}

async function* exportChanges(
  request: Request,
  bases: readonly OpenBase[],
  bookmark: Bookmark,
  changes: readonly Changes[],
): Batches {
  const late: LateRows = { gone: [], links: new Map() };
  const next: BaseBookmark[] = [];
  const hasListed = changes.some(({ position }) => position.kind === 'usn' || position.isFiltered);
  for (const [index, base] of bases.entries()) {
    const known = bookmark.bases[index]?.known ?? new KnownEntries();
    const changed = changes[index];
    if (changed === undefined) throw new Error('changes of a base are missing');
    const { position } = changed;
    try {
      const { namingContext } = base;
      const told = { changes: changed, namingContext, isListed: hasListed };
      yield* new ChangeWriter(base, known, told).write(late);
    } catch (error) {
      throw describeReadFailure(error, await base.sessions.open(), base.baseDn);
    }
    next.push({ position, known });
  }
  const tables = bases[0]?.tables.all ?? [];
  yield* writeLate(tables, late, next);
  for (const { plan, isEntries } of tables) {
    const isWhole = hasListed && !isEntries;
    yield* isWhole ? takeBatches(plan, 1) : takeWithCommands(plan, 1);
    if (isWhole) {
      const evidence = plan.evidence.join('; ');
      yield { kind: 'end', table: plan.name, rows: plan.written, evidence };
    } else yield finishWithCommands(plan);
  }
  const cookie = await formatBookmark({ fingerprint: fingerprint(request), bases: next });
  yield { kind: 'cookie', cookie };
}

/** What is gone from all bases, then links: those that ended before those that began, as a link may move between owners. */
function* writeLate(
  tables: ReplicatedTables['all'],
  late: LateRows,
  bases: readonly BaseBookmark[],
): Generator<TableBatch, void, undefined> {
  const isElsewhere = (guid: string): boolean =>
    bases.some(({ known }) => {
      const id = known.find(guid);
      return id !== undefined && known.isExported(id);
    });
  const gone = late.gone.filter(({ guid }) => !isElsewhere(guid));
  for (const table of tables) {
    const { plan } = table;
    if (table.isEntries) {
      for (const object of gone) commandRows(plan, 'delete', [namingRow(plan.columns, object)]);
    } else {
      const { removed = [], added = [] } = late.links.get(table) ?? {};
      const { attribute } = table;
      for (const row of removed) {
        commandRows(plan, 'delete', [namingRow(plan.columns, row, attribute)]);
      }
      for (const row of added) {
        commandRows(plan, 'insert', [namingRow(plan.columns, row, attribute)]);
      }
      if (late.links.has(table)) {
        plan.evidence.push(`${added.length} links began, ${removed.length} ended, result success`);
      }
    }
    if (!table.isEntries && late.links.get(table) === undefined) continue;
    yield* takeWithCommands(plan, batchSize);
  }
}
