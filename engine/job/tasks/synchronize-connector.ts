/** Synchronize: a connector's waiting sessions into the store, in order of arrival. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../../config/index.ts';
import type { Session } from '../../../connectors/index.ts';
import { findAltered, readSession, removeSessions } from '../../prepare/index.ts';
import {
  cancelSession,
  checkFence,
  finishRun,
  type Lease,
  listOpenSessions,
  readAppliedSession,
  readAppliedWhole,
  readSessionConnectors,
  type SynchronizationSessionRow,
  settleSession,
  startRun,
} from '../../store/index.ts';
import {
  type ApplyResult,
  applySession,
  type DataTestResult,
  describeBreach,
  describeDataTest,
  type PartChange,
} from '../../synchronize/index.ts';
import { JobError } from '../errors.ts';
import { namingPath } from '../naming-path.ts';
import { blocked, completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';
import { discardCookies, settleCookies } from './export-connection.ts';
import { sessionsFolder } from './prepare-connector.ts';
import { describeOrphans, saveOrphans } from './save-orphans.ts';

export interface SynchronizeOptions {
  readonly connector: string;
  /** Apply although thresholds are passed or data tests fail. */
  readonly force: boolean;
  /** Apply the changes that a threshold or a data test held. */
  readonly resume: boolean;
  /** Do nothing but resume: what merely waits is left waiting. */
  readonly resumesOnly?: boolean;
  readonly isDryRun: boolean;
  /** Compare everything that was read with the store, not only what changed since the last reading. */
  readonly comparesStore?: boolean;
  /** Write side files for links that name somebody who is not there. */
  readonly savesOrphans?: boolean;
}

/**
 * Applies what waits for a connector. What a threshold held stays first in the queue until it is resumed, discarded or made
 * needless by a complete session; later sessions wait behind it. Throws for a session whose files are not those prepared.
 */
export async function synchronizeConnector(
  workspace: Workspace,
  options: SynchronizeOptions,
): Promise<TaskOutcome> {
  return namingPath(workspace.settings.workFolder, () => synchronize(workspace, options));
}

async function synchronize(
  workspace: Workspace,
  options: SynchronizeOptions,
): Promise<TaskOutcome> {
  const { connector } = options;
  return withLease(workspace, `connector:${connector}`, async (lease) => {
    // Bookmarks of a session that was applied by a run which died right after.
    if (!options.isDryRun) await settleAllCookies(workspace, connector);
    const open = await workspace.store.transaction((t) => listOpenSessions(t, connector));
    const held = open.find((session) => session.status === 'blocked');
    const idle = describeIdle(options, open, held);
    if (idle !== null) return idle;
    if (held !== undefined && !options.resume && !options.force && !options.isDryRun)
      return describeHeld(held);
    const work = await workOff(workspace, options, lease, open);
    if (work.blocked !== null) return describeBlock(connector, work.blocked);
    if (!options.isDryRun) await tidy(workspace, connector);
    const outcome = describeResults(connector, work);
    if (options.savesOrphans !== true || options.isDryRun) return outcome;
    const orphans = await saveOrphans(
      workspace,
      connector,
      await readApplied(workspace, connector),
    );
    const message = `${outcome.message}${describeOrphans(orphans)}`;
    return { ...outcome, message, summary: { ...outcome.summary, orphans } };
  });
}

/** The session the store reflects, for the rows of its source; null when its files are gone. */
async function readApplied(
  workspace: Workspace,
  connector: string,
): Promise<{ readonly session: Session; readonly folder: string } | null> {
  const row = await workspace.store.transaction((t) => readAppliedSession(t, connector));
  if (row === undefined) return null;
  const folder = sessionsFolder(workspace);
  const session = await readSession(folder, row.id, row.seal).catch(() => null);
  return session === null ? null : { session, folder: join(folder, row.id) };
}

interface WorkedOff {
  readonly results: readonly ApplyResult[];
  /** The result that ended the work: what it holds goes first. */
  readonly blocked: ApplyResult | null;
  /** Why sessions were not applied. */
  readonly cancelled: readonly string[];
  /** Sessions that were not looked at. */
  readonly waiting: number;
}

async function workOff(
  workspace: Workspace,
  options: SynchronizeOptions,
  lease: Lease,
  open: readonly SynchronizationSessionRow[],
): Promise<WorkedOff> {
  const results: ApplyResult[] = [];
  const cancelled: string[] = [];
  for (const [index, row] of open.entries()) {
    workspace.effects.signal.throwIfAborted();
    const waiting = open.length - index - 1;
    const late = await describeLate(workspace, row);
    if (late !== null) {
      cancelled.push(late);
      if (!options.isDryRun) await cancel(workspace, row, late);
      continue;
    }
    const result = await applyOne(workspace, options, lease, row);
    results.push(result);
    warnOfTests(workspace, options.connector, result.dataTests);
    if (result.status === 'blocked') return { results, blocked: result, cancelled, waiting };
    // Counted against the store as it is; what waits behind would have to be counted against what it becomes.
    if (options.isDryRun) return { results, blocked: null, cancelled, waiting };
    await settleAllCookies(workspace, options.connector);
  }
  return { results, blocked: null, cancelled, waiting: 0 };
}

async function applyOne(
  workspace: Workspace,
  options: SynchronizeOptions,
  lease: Lease,
  row: SynchronizationSessionRow,
): Promise<ApplyResult> {
  const { store, model, effects } = workspace;
  const isResumed = options.resume && row.status === 'blocked';
  const shown = isResumed && !options.force ? readShown(row) : undefined;
  try {
    return await applySession(store, {
      model,
      session: await openSession(workspace, row),
      folder: join(sessionsFolder(workspace), row.id),
      force: options.force || isResumed,
      isDryRun: options.isDryRun,
      compareWithStore: options.comparesStore === true,
      ...(shown === undefined ? {} : { shown }),
      readAt: readWrittenAt(row),
      now: effects.now,
      lease,
      signal: effects.signal,
    });
  } catch (error) {
    // It would be refused for ever, and keep everything behind it from being applied.
    if (error instanceof CodedError && error.code === 'SYNCHRONIZE_INITIAL_NOT_EMPTY')
      if (!options.isDryRun) await cancel(workspace, row, error.message);
    throw error;
  }
}

/** The session as it was prepared; files that differ in a single byte are refused. */
export async function openSession(
  workspace: Workspace,
  row: SynchronizationSessionRow,
): Promise<Session> {
  const folder = sessionsFolder(workspace);
  let session: Session | null;
  try {
    session = await readSession(folder, row.id, row.seal);
  } catch (error) {
    throw alteredSession(row, 'session.json', error);
  }
  if (session === null) throw lostSession(row);
  if (session.id !== row.id || session.connector !== row.connector)
    throw alteredSession(row, 'session.json');
  const altered = await findAltered(join(folder, row.id), session.files);
  if (altered !== null) throw alteredSession(row, altered);
  if (session.basedOn === null) return session;
  const reflected = await workspace.store.transaction((t) => readAppliedSession(t, row.connector));
  if (session.basedOn === reflected?.id) return session;
  // The session its changes lead on from never reached the store: everything is compared instead.
  const parts = session.parts.map((part) =>
    part.sortedFile === null ? part : { ...part, deltaFile: null },
  );
  return { ...session, parts };
}

/** Why a session is not applied any more: a complete one that was read later is in the store already. */
async function describeLate(
  { store }: Workspace,
  row: SynchronizationSessionRow,
): Promise<string | null> {
  if (row.mode !== 'incremental' || row.status !== 'queued') return null;
  // Written by `prepareConnector`.
  const { acceptsOld } = JSON.parse(row.details) as { readonly acceptsOld?: boolean };
  if (acceptsOld === true) return null;
  const whole = await store.transaction((t) => readAppliedWhole(t, row.connector));
  if (whole === undefined || row.exported_at >= whole.exported_at) return null;
  return `Changes of ${row.connector} read at ${row.exported_at} were not applied: the store already reflects everything that was read at ${whole.exported_at}.`;
}

async function cancel(
  { store, effects }: Workspace,
  row: SynchronizationSessionRow,
  why: string,
): Promise<void> {
  const at = new Date(effects.now()).toISOString();
  await store.transaction((t) => cancelSession(t, row, { at, why }));
}

/** What the operator saw of a held session. */
function readShown(row: SynchronizationSessionRow): readonly PartChange[] | undefined {
  // Written by `applySession`.
  return (JSON.parse(row.details) as { readonly changes?: readonly PartChange[] }).changes;
}

function describeIdle(
  options: SynchronizeOptions,
  open: readonly SynchronizationSessionRow[],
  held: SynchronizationSessionRow | undefined,
): TaskOutcome | null {
  const { connector } = options;
  if (held !== undefined) return null;
  if (options.resumesOnly === true) {
    const wait =
      open.length === 0
        ? ''
        : ` What was prepared since is loaded by "lockstep synchronize --connector ${connector}".`;
    return nothingToDo(`No changes of ${connector} are held; there is nothing to resume.${wait}`);
  }
  if (open.length > 0) return null;
  if (!options.resume)
    return nothingToDo(`Nothing is waiting to be synchronized for ${connector}.`);
  // Somebody has decided in the meantime; the tasks that depend on this one look at what there is now.
  const decided = nothingToDo(
    `What was held of ${connector} does not wait any more: it has been applied or thrown away.`,
  );
  return { ...decided, producedOutput: true };
}

/** When the file behind an entity type was last written, as it was found when the session was prepared. */
function readWrittenAt(session: SynchronizationSessionRow): ReadonlyMap<string, string> {
  // Written by `prepareConnector`, and kept by `applySession` with what it holds.
  const { writtenAt } = JSON.parse(session.details) as {
    readonly writtenAt?: Readonly<Record<string, string>>;
  };
  return new Map(Object.entries(writtenAt ?? {}));
}

/** Throws away the changes a threshold or a data test held; the store stays as it is, the next complete run compares anew. */
export async function discardSessions(
  workspace: Workspace,
  connector: string,
  person: string,
): Promise<TaskOutcome> {
  return withLease(workspace, `connector:${connector}`, async (lease) => {
    const { store, model, effects } = workspace;
    const discarded = await store.transaction(async (t) => {
      await checkFence(t, lease);
      const open = await listOpenSessions(t, connector);
      const at = new Date(effects.now()).toISOString();
      for (const session of open) {
        const runId = await startRun(t, {
          kind: 'discard',
          subject: connector,
          configurationHash: model.hash,
          startedAt: at,
        });
        await settleSession(t, session.id, { status: 'discarded', at, runId, details: { person } });
        await finishRun(t, runId, { status: 'done', finishedAt: at, details: { person } });
      }
      return open.map((session) => session.id);
    });
    if (discarded.length === 0) return nothingToDo(`Nothing is waiting for ${connector}.`);
    for (const connection of workspace.model.connections.values()) {
      if (connection.connector === connector)
        await discardCookies(workspace, connection.identifier, discarded);
    }
    await tidy(workspace, connector);
    return completed(
      `${discarded.length} waiting ${discarded.length === 1 ? 'change set' : 'change sets'} of ${connector} thrown away. The store was not changed.`,
      { connector, discarded: discarded.length },
    );
  });
}

/** Keeps the session that the next comparison starts from, and those that wait. */
async function tidy(workspace: Workspace, connector: string): Promise<void> {
  const folder = sessionsFolder(workspace);
  const names = await readdir(folder).catch(() => []);
  const { needed, owners } = await workspace.store.transaction(async (t) => {
    const applied = await readAppliedSession(t, connector);
    const open = await listOpenSessions(t, connector);
    const kept = [...open, ...(applied === undefined ? [] : [applied])];
    return {
      needed: new Set(kept.map(({ id }) => id)),
      owners: await readSessionConnectors(t, names),
    };
  });
  await removeSessions(folder, connector, (id) => needed.has(id), owners);
  await settleAllCookies(workspace, connector);
}

/** Moves the bookmarks of a connector to where the rows of the last applied session end. */
async function settleAllCookies(workspace: Workspace, connector: string): Promise<void> {
  const { store, model } = workspace;
  const { applied, open } = await store.transaction(async (t) => ({
    applied: await readAppliedSession(t, connector),
    open: new Set((await listOpenSessions(t, connector)).map(({ id }) => id)),
  }));
  for (const connection of model.connections.values()) {
    if (connection.connector === connector)
      await settleCookies(workspace, connection.identifier, { applied: applied?.id, open });
  }
}

function describeResults(connector: string, work: WorkedOff): TaskOutcome {
  const { results, cancelled, waiting } = work;
  if (results.length === 0)
    return nothingToDo(cancelled.join('\n'), { connector, cancelled: cancelled.length });
  const changes = results.flatMap((result) => result.changes);
  const total = (key: 'inserted' | 'updated' | 'deleted', kind: 'entity' | 'association'): number =>
    changes.filter((change) => change.kind === kind).reduce((sum, change) => sum + change[key], 0);
  const counts = {
    inserted: total('inserted', 'entity'),
    updated: total('updated', 'entity'),
    deleted: total('deleted', 'entity'),
    linksInserted: total('inserted', 'association'),
    linksDeleted: total('deleted', 'association'),
  };
  const openLinks = results.at(-1)?.openLinks ?? [];
  const open = openLinks
    .map(
      (entry) =>
        ` ${entry.count} ${entry.count === 1 ? 'link' : 'links'} of ${entry.association} ${entry.count === 1 ? 'names' : 'name'} somebody who is not there (first: ${entry.first[0]?.join(' → ')}).`,
    )
    .join('');
  const unknownDeletions = results.flatMap((result) => result.unknownDeletions);
  const misfits = unknownDeletions
    .map(
      ({ identifier, count }) =>
        ` ${count} ${count === 1 ? 'deletion' : 'deletions'} of ${identifier} did nothing: nobody had the key.`,
    )
    .join('');
  const message = `${connector}: ${counts.inserted} added, ${counts.updated} changed, ${counts.deleted} removed; links ${counts.linksInserted} added, ${counts.linksDeleted} removed.${open}${misfits}${cancelled.map((why) => `\n${why}`).join('')}${waiting === 0 ? '' : ` ${waiting} more ${waiting === 1 ? 'change set waits' : 'change sets wait'} behind.`}`;
  const hasChanged = Object.values(counts).some((count) => count > 0);
  const dataTests = results.flatMap((result) => result.dataTests);
  const failed = failedTests(dataTests).map(describeDataTest);
  const tested =
    failed.length === 0
      ? ''
      : `\n  ${failed.length} of ${dataTests.length} data tests failed:\n  ${failed.join('\n  ')}`;
  const outcome = completed(
    `${message}${tested}`,
    { connector, ...counts, changes, openLinks, unknownDeletions, dataTests },
    hasChanged || results.length > 0,
  );
  return failed.length === 0 ? outcome : { ...outcome, status: 'warning' };
}

function failedTests(results: readonly DataTestResult[]): readonly DataTestResult[] {
  return results.filter((result) => result.status === 'failed');
}

function warnOfTests(
  { effects }: Workspace,
  connector: string,
  results: readonly DataTestResult[],
): void {
  for (const { identifier, entityType, severity, failures, examples } of failedTests(results)) {
    const keys = examples.map(({ key }) => key);
    effects.logger.warn(
      { connector, dataTest: identifier, entityType, severity, rows: failures, keys },
      'A data test failed.',
    );
  }
}

function describeBlock(connector: string, result: ApplyResult): TaskOutcome {
  const { breaches, changes, dataTests } = result;
  const failed = failedTests(dataTests);
  const blocking = failed.filter(({ severity }) => severity === 'Block');
  const others = failed.filter(({ severity }) => severity === 'Warn');
  const causes = [
    ...(breaches.length === 0 ? [] : [breaches.length === 1 ? 'a threshold' : 'thresholds']),
    ...(blocking.length === 0 ? [] : [blocking.length === 1 ? 'a data test' : 'data tests']),
    ...(result.hasMoved ? ['the store, which has moved since the changes were held'] : []),
  ];
  const lines = [
    `${connector} is blocked by ${causes.join(' and ')}:`,
    ...[...breaches.map(describeBreach), ...blocking.map(describeDataTest)].map((l) => `  ${l}`),
    ...(others.length === 0 ? [] : ['Failed data tests that do not block:']),
    ...others.map((test) => `  ${describeDataTest(test)}`),
    `Nothing was changed. Look at the changes with "lockstep changes list --connector ${connector}"; then apply them with "lockstep synchronize --connector ${connector} --resume", or throw them away with --discard.`,
  ];
  return blocked(lines.join('\n'), { connector, breaches, changes, dataTests });
}

function describeHeld(session: SynchronizationSessionRow): TaskOutcome {
  return blocked(
    `${session.connector} is still blocked since ${session.settled_at ?? session.arrived_at}. Apply the held changes with "lockstep synchronize --connector ${session.connector} --resume", throw them away with --discard, or run the connector in complete mode.`,
    { connector: session.connector, session: session.id },
  );
}

function alteredSession(row: SynchronizationSessionRow, file: string, cause?: unknown): JobError {
  return new JobError(
    'SYNCHRONIZE_SESSION_ALTERED',
    `The file Work/Synchronization/${row.id}/${file} of ${row.connector} is not as it was prepared.`,
    {
      hint: `Somebody edited or damaged it; what it says is not applied. Run ${row.connector} in complete mode, whose session takes its place, or "lockstep synchronize --connector ${row.connector} --discard". The store was not changed.`,
      details: { session: row.id, connector: row.connector, file },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function lostSession(row: SynchronizationSessionRow): JobError {
  return new JobError(
    'SYNCHRONIZE_SESSION_LOST',
    `The prepared files of session ${row.id} of ${row.connector} are gone from Work/Synchronization.`,
    {
      hint: `Run "lockstep synchronize --connector ${row.connector} --discard", then the connector in complete mode. The store was not changed.`,
      details: { session: row.id, connector: row.connector },
    },
  );
}
