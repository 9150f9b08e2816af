/** Keeps history from growing for ever: thinned out, purged, and the records and files of old work with it. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkFence,
  countVersions,
  finishRun,
  type KeyRange,
  type Lease,
  listVersionedTables,
  type MergeRule,
  nextKeyRange,
  purgeRecords,
  purgeVersions,
  type RecordCounts,
  type StoreTransaction,
  startRun,
  thinVersions,
  type VersionedTable,
  writePurgeMark,
} from '../store/index.ts';
import { ResourceError } from './views/resources.ts';
import { withLease } from './with-lease.ts';
import type { Workspace } from './workspace.ts';

/** Rows of a table that are looked at in one transaction. */
const batchRows = 20_000;

export interface HistoryCounts {
  readonly kind: VersionedTable['kind'];
  readonly subject: string;
  /** Former versions before. */
  readonly versions: number;
  readonly removed: number;
}

/** So many intervals of so many minutes, behind each other, from now on backwards. */
export interface Interval {
  readonly minutes: number;
  readonly count: number;
}

export interface OptimizeOptions {
  readonly intervals: readonly Interval[];
  /** Remove versions that repeat the one before. */
  readonly cleanDuplicates: boolean;
  /** Duplicates of this type only, told apart without these properties. */
  readonly only: { readonly entityType: string; readonly excluded: readonly string[] } | null;
  readonly isDryRun: boolean;
}

/** Every batch stands for itself: stopped and started again, it goes on with what is left. */
export async function optimizeHistory(
  workspace: Workspace,
  options: OptimizeOptions,
): Promise<readonly HistoryCounts[]> {
  const { effects } = workspace;
  const excluded = options.only === null ? [] : checkExcluded(workspace, options.only);
  const intervals: MergeRule = {
    kind: 'intervals',
    starts: listStarts(effects.now(), options.intervals),
  };
  const duplicates: MergeRule = { kind: 'duplicates', excludedColumns: excluded };
  return overAllTables(workspace, 'history optimize', options.isDryRun, async (t, table, range) => {
    const { only, isDryRun } = options;
    const isOfDuplicates =
      options.cleanDuplicates &&
      (only === null || (table.kind === 'resources' && table.subject === only.entityType));
    let removed = 0;
    if (isOfDuplicates) removed += await thinVersions(t, table, range, duplicates, isDryRun);
    if (intervals.starts.length > 0)
      removed += await thinVersions(t, table, range, intervals, isDryRun);
    return removed;
  });
}

/** Former versions that ended before the date, which is ISO, UTC. */
export async function purgeHistory(
  workspace: Workspace,
  options: { readonly before: string; readonly isDryRun: boolean },
): Promise<readonly HistoryCounts[]> {
  const { before, isDryRun } = options;
  return overAllTables(
    workspace,
    'history purge',
    isDryRun,
    (t, table, range) => purgeVersions(t, table, range, before, isDryRun),
    (t) => writePurgeMark(t, before),
  );
}

/** Beginnings of the intervals, the newest first. */
export function listStarts(now: number, intervals: readonly Interval[]): readonly string[] {
  const starts: string[] = [];
  let start = now;
  for (const { minutes, count } of intervals)
    for (let index = 0; index < count; index += 1) {
      start -= minutes * 60_000;
      // Before the year 1 there is nothing to thin out.
      if (start < yearOne) return starts;
      starts.push(new Date(start).toISOString());
    }
  return starts;
}

const yearOne = Date.parse('0001-01-01T00:00:00.000Z');

function checkExcluded(
  { model }: Workspace,
  only: { readonly entityType: string; readonly excluded: readonly string[] },
): readonly string[] {
  const type = model.entityModel.entityTypes.get(only.entityType);
  const scalars = [...(type?.properties.values() ?? [])]
    .filter(({ kind }) => kind === 'scalar')
    .map(({ identifier }) => identifier);
  const unknown = only.excluded.find((property) => !scalars.includes(property));
  if (unknown === undefined) return only.excluded;
  throw new ResourceError(
    'PROPERTY_UNKNOWN',
    `${only.entityType} has no scalar property "${unknown}".`,
    { hint: `Its properties are: ${scalars.join(', ')}.` },
  );
}

async function overAllTables(
  workspace: Workspace,
  kind: string,
  isDryRun: boolean,
  work: (t: StoreTransaction, table: VersionedTable, range: KeyRange) => Promise<number>,
  begin: (t: StoreTransaction) => Promise<void> = async () => {},
): Promise<readonly HistoryCounts[]> {
  const { store, model, effects } = workspace;
  const walk = async (lease: Lease | null): Promise<readonly HistoryCounts[]> => {
    const counts: HistoryCounts[] = [];
    for (const table of await store.transaction(listVersionedTables))
      counts.push(await overTable(workspace, kind, table, lease, work));
    return counts;
  };
  if (isDryRun) return walk(null);
  return withLease(workspace, 'history', async (lease) => {
    const startedAt = new Date(effects.now()).toISOString();
    const runId = await store.transaction(async (t) => {
      await checkFence(t, lease);
      await begin(t);
      return startRun(t, { kind, subject: '', configurationHash: model.hash, startedAt });
    });
    const finish = (status: 'done' | 'failed' | 'interrupted', details: unknown): Promise<void> =>
      store.transaction((t) =>
        finishRun(t, runId, { status, finishedAt: new Date(effects.now()).toISOString(), details }),
      );
    try {
      const counts = await walk(lease);
      await finish('done', { tables: counts.filter(({ removed }) => removed > 0) });
      return counts;
    } catch (error) {
      // What went wrong is told, not that it could not be written down.
      await finish(effects.signal.aborted ? 'interrupted' : 'failed', {}).catch(() => undefined);
      throw error;
    }
  });
}

async function overTable(
  { store, effects }: Workspace,
  kind: string,
  table: VersionedTable,
  lease: Lease | null,
  work: (t: StoreTransaction, table: VersionedTable, range: KeyRange) => Promise<number>,
): Promise<HistoryCounts> {
  const versions = await store.transaction((t) => countVersions(t, table.table));
  let removed = 0;
  let after: KeyRange['after'] = null;
  for (let done = 0; ; done += batchRows) {
    effects.signal.throwIfAborted();
    effects.progress.report(`${kind} ${table.subject}`, Math.min(done, versions), versions);
    const since: KeyRange['after'] = after;
    const range = await store.transaction(async (t) => {
      if (lease !== null) await checkFence(t, lease);
      const next = await nextKeyRange(t, table, since, batchRows);
      if (next !== null) removed += await work(t, table, next);
      return next;
    });
    if (range === null || range.upTo === null) break;
    after = range.upTo;
  }
  return { kind: table.kind, subject: table.subject, versions, removed };
}

export interface PurgedRecords extends RecordCounts {
  /** Of rejected rows in `Work/Collect`. */
  readonly sideFiles: number;
  /** In `Temp/JobLogs`. */
  readonly jobLogs: number;
}

/** Records and files of work that ended before the date, which is ISO, UTC. */
export async function purgeOldRecords(
  workspace: Workspace,
  options: { readonly before: string; readonly isDryRun: boolean },
): Promise<PurgedRecords> {
  const { store, settings } = workspace;
  const { before, isDryRun } = options;
  const records = await store.transaction((t) => purgeRecords(t, before, isDryRun));
  const oldest = Date.parse(before);
  const sideFiles = await removeFiles(
    join(settings.workFolder, 'Collect'),
    (name) => /\.(?:nullpk|duplicates|orphans)\.csv$/iu.test(name),
    oldest,
    isDryRun,
  );
  const jobLogs = await removeFiles(
    join(settings.tempFolder, 'JobLogs'),
    () => true,
    oldest,
    isDryRun,
  );
  return { ...records, sideFiles, jobLogs };
}

/** Files last written before the time, in the folder and those below; links to elsewhere are left alone. */
async function removeFiles(
  folder: string,
  isChosen: (name: string) => boolean,
  oldest: number,
  isDryRun: boolean,
): Promise<number> {
  let removed = 0;
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removed += await removeFiles(path, isChosen, oldest, isDryRun);
    if (!entry.isFile() || !isChosen(entry.name)) continue;
    if ((await stat(path)).mtimeMs >= oldest) continue;
    if (!isDryRun) await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

function ignoreMissing(error: NodeJS.ErrnoException): readonly never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
