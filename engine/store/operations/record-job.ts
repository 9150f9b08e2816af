/** Job instances and their tasks: what a resumed run picks up from. */
import type { StoreTransaction } from '../open-store.ts';
import type { JobInstanceRow, TaskInstanceRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

export async function startJobInstance(
  transaction: StoreTransaction,
  job: { readonly job: string; readonly at: string; readonly configurationHash: string },
): Promise<number> {
  const id = await allocateIds(transaction, 1);
  await transaction.tx('job_instances').insert({
    id,
    job: job.job,
    status: 'running',
    started_at: job.at,
    configuration_hash: job.configurationHash,
  });
  return id;
}

export async function finishJobInstance(
  { tx }: StoreTransaction,
  id: number,
  status: JobInstanceRow['status'],
  at: string | null,
): Promise<void> {
  await tx('job_instances').where({ id }).update({ status, finished_at: at });
}

/** The newest instance of a job. */
export async function readLastJobInstance(
  { tx }: StoreTransaction,
  job: string,
): Promise<JobInstanceRow | undefined> {
  return tx<JobInstanceRow>('job_instances').where({ job }).orderBy('id', 'desc').first();
}

export async function listJobInstances(
  { tx }: StoreTransaction,
  limit: number,
): Promise<readonly JobInstanceRow[]> {
  return tx<JobInstanceRow>('job_instances').orderBy('id', 'desc').limit(limit);
}

export async function startTaskInstance(
  transaction: StoreTransaction,
  task: {
    readonly jobInstanceId: number;
    readonly task: string;
    readonly ordinal: number;
    readonly at: string;
  },
): Promise<number> {
  const id = await allocateIds(transaction, 1);
  await transaction.tx('task_instances').insert({
    id,
    job_instance_id: task.jobInstanceId,
    task: task.task,
    ordinal: task.ordinal,
    status: 'running',
    produced_output: 0,
    started_at: task.at,
    summary: '{}',
  });
  return id;
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
