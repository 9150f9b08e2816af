/** Whether a task of a job starts: what an earlier run did of it, what it depends on, and which connectors sit out. */
import type { Job, Task } from '../../config/index.ts';
import { listBlockedConnectors, listOpenSessions } from '../store/index.ts';
import { readFindings } from './held-findings.ts';
import type { Unfinished } from './job-result.ts';
import type { TaskOutcome } from './task-outcome.ts';
import type { Workspace } from './workspace.ts';

/** What a task of the run that is continued has already done; `null`: it runs (again). */
export function outcomeOfRow(task: Task, previous: Unfinished | null): TaskOutcome | null {
  const row = previous?.tasks.findLast((candidate) => candidate.task === task.identifier);
  if (row === undefined) return null;
  switch (row.status) {
    case 'running':
    case 'failed':
    case 'blocked':
    case 'cancelled':
    case 'skipped':
      return null;
    case 'completed':
    case 'warning':
    case 'nothing': {
      // Written by `JobRun` when the task ended.
      const summary = JSON.parse(row.summary) as Readonly<Record<string, unknown>>;
      return {
        status: row.status,
        producedOutput: row.produced_output === 1,
        message: String(summary['message'] ?? ''),
        summary,
      };
    }
  }
}

/** The run picks up what a threshold or a guard held in this task, also when an earlier attempt to was itself interrupted. */
export function resumesBlock(task: Task, previous: Unfinished | null): boolean {
  const rows = previous?.tasks.filter((candidate) => candidate.task === task.identifier);
  return rows?.some((row) => row.status === 'blocked') === true;
}

/**
 * The waiting session of a connector whose files a guard held, once somebody has looked and prepared them with `--force`; `null`
 * while they are held. Preparing them again would have the guard hold them again.
 */
export async function findLetPass(workspace: Workspace, connector: string): Promise<string | null> {
  if ((await readFindings(workspace, connector)) !== null) return null;
  const open = await workspace.store.transaction((t) => listOpenSessions(t, connector));
  return open.at(-1)?.id ?? null;
}

/** An earlier attempt of this run began the task and did not come to its end. */
export function wasCutOff(task: Task, previous: Unfinished | null): boolean {
  const row = previous?.tasks.findLast((candidate) => candidate.task === task.identifier);
  return row?.status === 'running' || row?.status === 'cancelled' || row?.status === 'failed';
}

/** Connectors held by a threshold sit out incremental jobs; one whose held changes this run takes up again does not. */
export async function listHeldConnectors(
  workspace: Workspace,
  job: Job,
  previous: Unfinished | null,
): Promise<ReadonlySet<string>> {
  if (!job.isIncremental) return new Set();
  const held = new Set(await workspace.store.transaction(listBlockedConnectors));
  for (const task of job.tasks) {
    if (task.kind === 'SynchronizeTask' && resumesBlock(task, previous))
      held.delete(task.connector ?? '');
  }
  return held;
}

export function whyLeftOut(
  { model }: Workspace,
  task: Task,
  held: ReadonlySet<string>,
): string | null {
  const isSynchronization =
    task.kind === 'ExportTask' ||
    task.kind === 'PrepareSynchronizationTask' ||
    task.kind === 'SynchronizeTask';
  if (!isSynchronization) return null;
  const ofConnection =
    task.kind === 'ExportTask'
      ? model.connections.get(task.connection ?? '')?.connector
      : undefined;
  const connector = task.connector ?? ofConnection;
  if (connector === undefined || !held.has(connector)) return null;
  return `${connector} is blocked and takes no part in incremental jobs until it is resumed, discarded or run completely.`;
}

/** A task starts only when no parent is blocked or in error and at least one of them gave output. */
export function whyNotReady(task: Task, ended: ReadonlyMap<string, TaskOutcome>): string | null {
  const parents = task.dependsOn
    .map((identifier) => ended.get(identifier))
    .filter((outcome) => outcome !== undefined);
  if (parents.length === 0) return null;
  if (parents.some((parent) => parent.status === 'failed' || parent.status === 'blocked'))
    return 'A task it depends on did not succeed.';
  return parents.some((parent) => parent.producedOutput)
    ? null
    : 'The tasks it depends on had nothing to hand on.';
}
