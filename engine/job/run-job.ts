/** Runs a job: its tasks in order, each recorded, so that an interrupted or blocked run is picked up where it stopped. */
import { type Job, suggest, type Task } from '../../config/index.ts';
import { listTaskInstances, readLastJobInstance } from '../store/index.ts';
import { JobError } from './errors.ts';
import type { JobResult, RunJobOptions, Unfinished } from './job-result.ts';
import { JobRun } from './job-run.ts';
import { selectSteps, type TaskSelection } from './job-selection.ts';
import { type JobStep, jobSteps } from './job-steps.ts';
import { tellPeople } from './mail/tell-people.ts';
import { listHeldConnectors, outcomeOfRow, whyLeftOut } from './task-readiness.ts';
import { withLease } from './with-lease.ts';
import type { Workspace } from './workspace.ts';

export function findJob(workspace: Pick<Workspace, 'model'>, identifier: string): Job {
  const job = workspace.model.jobs.get(identifier);
  if (job !== undefined) return job;
  const known = [...workspace.model.jobs.keys()];
  const list = `Its jobs are: ${known.join(', ') || '(none)'}.`;
  throw new JobError(
    'JOB_UNKNOWN',
    `There is no job "${identifier}" in the deployed configuration.`,
    { hint: [suggest(identifier, known), list].filter((part) => part !== undefined).join(' ') },
  );
}

export async function runJob(workspace: Workspace, options: RunJobOptions): Promise<JobResult> {
  const job = findJob(workspace, options.job);
  refuseDenied(job, options);
  return withLease(workspace, `job:${job.identifier}`, async (lease) => {
    const { previous, steps, selection } = await prepareRun(workspace, job, options);
    const run = new JobRun(workspace, {
      job,
      steps,
      options: { ...options, selection },
      previous,
      lease,
    });
    const result = await run.run();
    // Tried again with every run, also when no order was carried out.
    await tellPeople(workspace, null);
    return result;
  });
}

/** One task of a run that has not started. */
export interface PlannedTask {
  readonly task: Task;
  /** Whether the run would come to it; tasks it depends on may still keep it from starting. */
  readonly status: 'starts' | 'kept' | 'left-out';
  readonly reason: string | null;
}

export interface PlannedStep {
  readonly order: number;
  readonly tasks: readonly PlannedTask[];
}

/** What `runJob` would start, with these options; nothing is started. */
export async function planJob(
  workspace: Workspace,
  options: Pick<RunJobOptions, 'job' | 'resume' | 'selection'>,
): Promise<readonly PlannedStep[]> {
  const job = findJob(workspace, options.job);
  const { previous, steps } = await prepareRun(workspace, job, options);
  const held = await listHeldConnectors(workspace, job, previous);
  const plan = (task: Task): PlannedTask => {
    const kept = outcomeOfRow(task, previous);
    if (kept !== null)
      return { task, status: 'kept', reason: `It ended as ${kept.status} before.` };
    const reason = whyLeftOut(workspace, task, held);
    return { task, status: reason === null ? 'starts' : 'left-out', reason };
  };
  return steps.map(({ order, tasks }) => ({ order, tasks: tasks.map(plan) }));
}

async function prepareRun(
  workspace: Workspace,
  job: Job,
  options: Pick<RunJobOptions, 'resume' | 'selection'>,
): Promise<{
  readonly previous: Unfinished | null;
  readonly steps: readonly JobStep[];
  readonly selection: TaskSelection;
}> {
  const previous = options.resume ? await readUnfinished(workspace, job) : null;
  const selection =
    previous === null
      ? (options.selection ?? {})
      : // Written by `JobRun` when the run began.
        (JSON.parse(previous.instance.selection) as TaskSelection);
  const all = jobSteps(job, workspace.settings.jobs.maxTaskBatchSize);
  return { previous, steps: selectSteps(job, all, selection), selection };
}

function refuseDenied(job: Job, options: RunJobOptions): void {
  const isDenied = job.userStartDenied && options.isManual === true && !options.resume;
  if (!isDenied || options.isDenialOverruled === true) return;
  throw new JobError(
    'JOB_START_DENIED',
    `The configuration does not let people start ${job.identifier} (UserStartDenied).`,
    {
      hint: `When it has to be, add --even-if-denied; "lockstep job run ${job.identifier} --resume" needs no such word.`,
      details: { job: job.identifier },
    },
  );
}

async function readUnfinished(workspace: Workspace, job: Job): Promise<Unfinished> {
  const found = await workspace.store.transaction(async (t) => {
    const instance = await readLastJobInstance(t, job.identifier);
    if (instance === undefined) return null;
    return { instance, tasks: await listTaskInstances(t, instance.id) };
  });
  const isUnfinished =
    found !== null && found.instance.status !== 'completed' && found.instance.status !== 'warning';
  if (isUnfinished) return found;
  throw new JobError(
    'JOB_NOTHING_TO_RESUME',
    `The last run of ${job.identifier} ended by itself; there is nothing to resume.`,
    {
      hint: `Start it with "lockstep job run ${job.identifier}".`,
    },
  );
}
