/** Job instances and their tasks: what a resumed run picks up from, and what people look at. */
import type { StoreTransaction } from '../open-store.ts';
import type { JobInstanceRow, TaskInstanceRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

export interface JobStart {
  readonly job: string;
  readonly at: string;
  readonly configurationHash: string;
  readonly startedBy: string;
  readonly holder: string;
  /** JSON. */
  readonly selection: string;
  readonly scheduledFor: string | null;
}

/**
 * Gives the instance's id; `null` when the occurrence of the schedule has been dealt with already. The schedule goes on from
 * the occurrence in the same transaction.
 */
export async function startJobInstance(
  transaction: StoreTransaction,
  start: JobStart,
): Promise<number | null> {
  const { tx } = transaction;
  if (start.scheduledFor !== null && (await isOccurrenceRecorded(transaction, start))) return null;
  const id = await allocateIds(transaction, 1);
  await tx('job_instances').insert({
    id,
    job: start.job,
    status: 'running',
    started_at: start.at,
    configuration_hash: start.configurationHash,
    started_by: start.startedBy,
    holder: start.holder,
    selection: start.selection,
    scheduled_for: start.scheduledFor,
  });
  if (start.scheduledFor !== null)
    await tx('schedules').where({ job: start.job }).update({ handled_until: start.scheduledFor });
  return id;
}

/** Records that an occurrence of a schedule came and no run was started; `null` when it has been dealt with already. */
export async function recordSkippedOccurrence(
  transaction: StoreTransaction,
  skipped: Omit<JobStart, 'selection' | 'scheduledFor'> & {
    readonly scheduledFor: string;
    readonly message: string;
  },
): Promise<number | null> {
  const id = await startJobInstance(transaction, { ...skipped, selection: '{}' });
  if (id === null) return null;
  await transaction
    .tx('job_instances')
    .where({ id })
    .update({ status: 'skipped', finished_at: skipped.at, message: skipped.message });
  return id;
}

export async function isOccurrenceRecorded(
  { tx }: StoreTransaction,
  occurrence: { readonly job: string; readonly scheduledFor: string | null },
): Promise<boolean> {
  const row = await tx('job_instances')
    .where({ job: occurrence.job, scheduled_for: occurrence.scheduledFor })
    .first('id');
  return row !== undefined;
}

/** The instance runs again, in this process; a wish to cancel it that came before is over. */
export async function resumeJobInstance(
  { tx }: StoreTransaction,
  id: number,
  holder: string,
): Promise<void> {
  await tx('job_instances').where({ id }).update({
    status: 'running',
    finished_at: null,
    holder,
    cancel_requested_by: null,
    message: null,
  });
}

export async function finishJobInstance(
  { tx }: StoreTransaction,
  id: number,
  end: {
    readonly status: JobInstanceRow['status'];
    readonly at: string;
    readonly message?: string | null;
  },
): Promise<void> {
  await tx('job_instances')
    .where({ id })
    .update({ status: end.status, finished_at: end.at, message: end.message ?? null });
}

/** Asks the running instance to stop after the task it is at; gives it back as it was, `undefined` when none runs. */
export async function requestCancellation(
  { tx }: StoreTransaction,
  job: string,
  person: string,
): Promise<JobInstanceRow | undefined> {
  const running = await tx<JobInstanceRow>('job_instances')
    .where({ job, status: 'running' })
    .orderBy('id', 'desc')
    .first();
  if (running !== undefined)
    await tx('job_instances').where({ id: running.id }).update({ cancel_requested_by: person });
  return running;
}

/** Who asked the instance to stop; `null`: nobody. */
export async function readCancellation(
  { tx }: StoreTransaction,
  id: number,
): Promise<string | null> {
  const row = await tx('job_instances').where({ id }).first('cancel_requested_by');
  return row?.cancel_requested_by ?? null;
}

/** The newest instance of a job; occurrences of its schedule that were skipped are not runs. */
export async function readLastJobInstance(
  { tx }: StoreTransaction,
  job: string,
): Promise<JobInstanceRow | undefined> {
  return tx<JobInstanceRow>('job_instances')
    .where({ job })
    .whereNot({ status: 'skipped' })
    .orderBy('id', 'desc')
    .first();
}

export async function readJobInstance(
  { tx }: StoreTransaction,
  id: number,
): Promise<JobInstanceRow | undefined> {
  return tx<JobInstanceRow>('job_instances').where({ id }).first();
}

/** Newest first; of one job when it is named. */
export async function listJobInstances(
  { tx }: StoreTransaction,
  limit: number,
  job?: string,
): Promise<readonly JobInstanceRow[]> {
  const query = tx<JobInstanceRow>('job_instances').orderBy('id', 'desc').limit(limit);
  return job === undefined ? query : query.where({ job });
}

/** The newest run of every job, by job. */
export async function readLastJobInstances({
  tx,
}: StoreTransaction): Promise<ReadonlyMap<string, JobInstanceRow>> {
  const newest = tx('job_instances').whereNot({ status: 'skipped' }).groupBy('job').max('id');
  const rows = await tx<JobInstanceRow>('job_instances').whereIn('id', newest);
  return new Map(rows.map((row) => [row.job, row]));
}

/** Tasks of an instance that start together; returns their ids, in their order. */
export async function startTaskInstances(
  transaction: StoreTransaction,
  start: { readonly jobInstanceId: number; readonly ordinal: number; readonly at: string },
  tasks: readonly string[],
): Promise<readonly number[]> {
  if (tasks.length === 0) return [];
  const first = await allocateIds(transaction, tasks.length);
  await transaction.dialect.insertRows(
    transaction.tx,
    'task_instances',
    [
      ...['id', 'job_instance_id', 'task', 'ordinal'],
      ...['status', 'produced_output', 'started_at', 'summary'],
    ],
    tasks.map((task, index) => [
      ...[first + index, start.jobInstanceId, task, start.ordinal],
      ...['running', 0, start.at, '{}'],
    ]),
  );
  return tasks.map((_, index) => first + index);
}

export async function finishTaskInstance(
  { tx }: StoreTransaction,
  id: number,
  outcome: {
    readonly status: TaskInstanceRow['status'];
    readonly producedOutput: boolean;
    readonly at: string;
    readonly summary: unknown;
  },
): Promise<void> {
  await tx('task_instances')
    .where({ id })
    .update({
      status: outcome.status,
      produced_output: outcome.producedOutput ? 1 : 0,
      finished_at: outcome.at,
      summary: JSON.stringify(outcome.summary),
    });
}

/** Tasks of an instance in order of their start; of a task that ran twice the last counts. */
export async function listTaskInstances(
  { tx }: StoreTransaction,
  jobInstanceId: number,
): Promise<readonly TaskInstanceRow[]> {
  return tx<TaskInstanceRow>('task_instances')
    .where({ job_instance_id: jobInstanceId })
    .orderBy(['ordinal', 'id']);
}
