/** Synchronize: a connector's waiting sessions into the store, in order of arrival. */
import { join } from 'node:path';
import { readSession, removeSessions } from '../../prepare/index.ts';
import {
  listOpenSessions,
  readAppliedSession,
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
} from '../../synchronize/index.ts';
import { JobError } from '../errors.ts';
import { blocked, completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';
import { acceptCookie, discardCookies } from './export-connection.ts';
import { sessionsFolder } from './prepare-connector.ts';

export interface SynchronizeOptions {
  readonly connector: string;
  /** Apply although thresholds are passed or data tests fail. */
  readonly force: boolean;
  /** Apply the changes that a threshold or a data test held. */
  readonly resume: boolean;
  readonly isDryRun: boolean;
}

export async function synchronizeConnector(
  workspace: Workspace,
  options: SynchronizeOptions,
): Promise<TaskOutcome> {
  return withLease(workspace, `connector:${options.connector}`, async (lease) => {
    const { store, model, effects } = workspace;
    const open = await store.transaction((t) => listOpenSessions(t, options.connector));
    if (open.length === 0)
      return nothingToDo(`Nothing is waiting to be synchronized for ${options.connector}.`);
    const held = open.find((session) => session.status === 'blocked');
    if (held !== undefined && !options.resume && !options.force) return describeHeld(held);
    const results: ApplyResult[] = [];
    for (const row of open) {
      const session = await readSession(sessionsFolder(workspace), row.id);
      if (session === null) throw lostSession(row);
      const result = await applySession(store, {
        model,
        session,
        folder: join(sessionsFolder(workspace), row.id),
        force: options.force || (options.resume && row.status === 'blocked'),
        isDryRun: options.isDryRun,
        readAt: readWrittenAt(row),
        now: effects.now,
        lease,
        signal: effects.signal,
      });
      results.push(result);
      warnOfTests(workspace, options.connector, result.dataTests);
      if (result.status === 'blocked') return describeBlock(options.connector, result);
      if (result.status === 'applied') await acceptCookies(workspace, options.connector, row.id);
    }
    if (!options.isDryRun) await tidy(workspace, options.connector);
    return describeResults(options.connector, results);
  });
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
  return withLease(workspace, `connector:${connector}`, async () => {
    const { store, model, effects } = workspace;
    const discarded = await store.transaction(async (t) => {
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
  const needed = await workspace.store.transaction(async (t) => {
    const applied = await readAppliedSession(t, connector);
    const open = await listOpenSessions(t, connector);
    return new Set([...open, ...(applied === undefined ? [] : [applied])].map(({ id }) => id));
  });
  await removeSessions(sessionsFolder(workspace), connector, (id) => needed.has(id));
}

async function acceptCookies(
  workspace: Workspace,
  connector: string,
  sessionId: string,
): Promise<void> {
  for (const connection of workspace.model.connections.values()) {
    if (connection.connector === connector)
      await acceptCookie(workspace, connection.identifier, sessionId);
  }
}

function describeResults(connector: string, results: readonly ApplyResult[]): TaskOutcome {
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
        ` ${entry.count} links of ${entry.association} name somebody who is not there (first: ${entry.first[0]?.join(' → ')}).`,
    )
    .join('');
  const message = `${connector}: ${counts.inserted} added, ${counts.updated} changed, ${counts.deleted} removed; links ${counts.linksInserted} added, ${counts.linksDeleted} removed.${open}`;
  const hasChanged = Object.values(counts).some((count) => count > 0);
  const dataTests = results.flatMap((result) => result.dataTests);
  const failed = failedTests(dataTests).map(describeDataTest);
  const tested =
    failed.length === 0
      ? ''
      : `\n  ${failed.length} of ${dataTests.length} data tests failed:\n  ${failed.join('\n  ')}`;
  const outcome = completed(
    `${message}${tested}`,
    { connector, ...counts, changes, openLinks, dataTests },
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
  ];
  const lines = [
    `${connector} is blocked by ${causes.join(' and ')}:`,
    ...[...breaches.map(describeBreach), ...blocking.map(describeDataTest)].map((l) => `  ${l}`),
    ...(others.length === 0 ? [] : ['Failed data tests that do not block:']),
    ...others.map((test) => `  ${describeDataTest(test)}`),
    `Nothing was changed. Look at the changes; then apply them with "lockstep synchronize --connector ${connector} --resume", or throw them away with --discard.`,
  ];
  return blocked(lines.join('\n'), { connector, breaches, changes, dataTests });
}

function describeHeld(session: SynchronizationSessionRow): TaskOutcome {
  return blocked(
    `${session.connector} is still blocked since ${session.settled_at ?? session.arrived_at}. Apply the held changes with "lockstep synchronize --connector ${session.connector} --resume", throw them away with --discard, or run the connector in complete mode.`,
    { connector: session.connector, session: session.id },
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
