/** Runs of jobs as people look at them, and the wish to stop one. */
import {
  type JobInstanceRow,
  listJobInstances,
  listTaskInstances,
  readJobInstance,
  readLastJobInstances,
  requestCancellation,
  type TaskInstanceRow,
} from '../store/index.ts';
import { JobError } from './errors.ts';
import type { TaskSelection } from './job-selection.ts';
import { isHolderGone } from './lease-holder.ts';
import { findJob } from './run-job.ts';
import type { Workspace } from './workspace.ts';

export interface JobInstance {
  readonly id: number;
  readonly job: string;
  /** interrupted: its process is gone, and nobody has taken it up again. */
  readonly status: JobInstanceRow['status'] | 'interrupted';
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly startedBy: string;
  readonly scheduledFor: string | null;
  readonly selection: TaskSelection;
  readonly cancelRequestedBy: string | null;
  readonly message: string | null;
}

export interface TaskInstance {
  readonly task: string;
  readonly order: number;
  readonly status: TaskInstanceRow['status'] | 'interrupted';
  readonly producedOutput: boolean;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly durationMs: number | null;
  readonly message: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Newest first. */
export async function listInstances(
  { store }: Pick<Workspace, 'store'>,
  options: { readonly job?: string; readonly limit: number },
): Promise<readonly JobInstance[]> {
  const rows = await store.read((t) => listJobInstances(t, options.limit, options.job));
  return Promise.all(rows.map(toInstance));
}

/** The newest run of each job, by job. */
export async function readLastInstances({
  store,
}: Pick<Workspace, 'store'>): Promise<ReadonlyMap<string, JobInstance>> {
  const rows = await store.read(readLastJobInstances);
  const entries = [...rows].map(async ([job, row]) => [job, await toInstance(row)] as const);
  return new Map(await Promise.all(entries));
}

/** Throws `JOB_INSTANCE_UNKNOWN`. Tasks come in the order of their starts; one that was resumed comes once for each attempt. */
export async function readInstance(
  { store }: Pick<Workspace, 'store'>,
  id: number,
): Promise<{ readonly instance: JobInstance; readonly tasks: readonly TaskInstance[] }> {
  const found = await store.read(async (t) => {
    const row = await readJobInstance(t, id);
    return row === undefined ? null : { row, tasks: await listTaskInstances(t, id) };
  });
  if (found === null) {
    throw new JobError('JOB_INSTANCE_UNKNOWN', `There is no run ${id} of a job.`, {
      hint: 'See "lockstep job history" for those there are.',
    });
  }
  const instance = await toInstance(found.row);
  return { instance, tasks: found.tasks.map((task) => toTask(task, instance)) };
}

/**
 * Asks the run that is going on to stop after the tasks it is at. Throws `JOB_NOT_RUNNING` when none is, also when its process
 * has died.
 */
export async function cancelJob(
  workspace: Workspace,
  request: { readonly job: string; readonly person: string; readonly isDryRun: boolean },
): Promise<JobInstance> {
  const { identifier } = findJob(workspace, request.job);
  const [last] = (await listInstances(workspace, { job: identifier, limit: 20 })).filter(
    ({ status }) => status !== 'skipped',
  );
  if (last?.status === 'running') {
    if (request.isDryRun) return last;
    const row = await workspace.store.transaction((t) =>
      requestCancellation(t, identifier, request.person),
    );
    if (row !== undefined) return { ...last, cancelRequestedBy: request.person };
  }
  const isInterrupted = last?.status === 'interrupted';
  throw new JobError('JOB_NOT_RUNNING', `${identifier} is not running.`, {
    hint: isInterrupted
      ? `The process of its last run has died. Go on with "lockstep job run ${identifier} --resume".`
      : `See "lockstep job history ${identifier}".`,
    details: { job: identifier },
  });
}

async function toInstance(row: JobInstanceRow): Promise<JobInstance> {
  const isGone = row.status === 'running' && (await isHolderGone(row.holder));
  return {
    id: row.id,
    job: row.job,
    status: isGone ? 'interrupted' : row.status,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    startedBy: row.started_by,
    scheduledFor: row.scheduled_for,
    // Written by `JobRun` when the run began.
    selection: JSON.parse(row.selection) as TaskSelection,
    cancelRequestedBy: row.cancel_requested_by,
    message: row.message,
  };
}

function toTask(row: TaskInstanceRow, instance: JobInstance): TaskInstance {
  // Written by `JobRun` when the task ended; an empty object until then.
  const { message, ...summary } = JSON.parse(row.summary) as Readonly<Record<string, unknown>>;
  const isOver = row.status === 'running' && instance.status !== 'running';
  return {
    task: row.task,
    order: row.ordinal,
    status: isOver ? 'interrupted' : row.status,
    producedOutput: row.produced_output === 1,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    durationMs:
      row.finished_at === null ? null : Date.parse(row.finished_at) - Date.parse(row.started_at),
    message: String(message ?? ''),
    summary,
  };
}
