/** Runs a job: its tasks in order, each recorded, so that an interrupted or blocked run is picked up where it stopped. */
import { CodedError, type Job, suggest, type Task } from '../../config/index.ts';
import {
  finishJobInstance,
  finishTaskInstance,
  type JobInstanceRow,
  listBlockedConnectors,
  listTaskInstances,
  readLastJobInstance,
  startJobInstance,
  startTaskInstance,
  type TaskInstanceRow,
} from '../store/index.ts';
import { JobError } from './errors.ts';
import { type JobStep, jobSteps } from './job-steps.ts';
import { runTask } from './run-task.ts';
import type { TaskOutcome } from './task-outcome.ts';
import { withLease } from './with-lease.ts';
import type { Workspace } from './workspace.ts';

export interface RunJobOptions {
  readonly job: string;
  /** Continue the last run of the job: after an interruption, an error, or a block that an operator has looked at. */
  readonly resume: boolean;
  /** Pass thresholds and guards. */
  readonly force: boolean;
  readonly onTask: (event: TaskEvent) => void;
}

export type TaskEvent =
  | {
      readonly kind: 'started';
      readonly task: Task;
      readonly order: number;
      readonly count: number;
    }
  | {
      readonly kind: 'ended';
      readonly task: Task;
      readonly order: number;
      readonly outcome: TaskOutcome;
      readonly durationMs: number;
    };

export interface JobResult {
  readonly instanceId: number;
  readonly status: 'completed' | 'warning' | 'failed' | 'blocked' | 'cancelled';
  readonly tasks: readonly {
    readonly task: string;
    readonly kind: Task['kind'];
    readonly outcome: TaskOutcome;
    readonly isKept: boolean;
  }[];
}

type Ended = Map<string, TaskOutcome>;

export function findJob(workspace: Workspace, identifier: string): Job {
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
  return withLease(workspace, `job:${job.identifier}`, async () => {
    const previous = options.resume ? await readUnfinished(workspace, job) : null;
    const run = new JobRun(workspace, job, options, previous);
    return run.run();
  });
}

interface Unfinished {
  readonly instance: JobInstanceRow;
  readonly tasks: readonly TaskInstanceRow[];
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

class JobRun {
  readonly #workspace: Workspace;
  readonly #job: Job;
  readonly #options: RunJobOptions;
  readonly #previous: Unfinished | null;
  readonly #results: { task: string; kind: Task['kind']; outcome: TaskOutcome; isKept: boolean }[] =
    [];
  readonly #ended: Ended = new Map();
  #instanceId = 0;

  constructor(workspace: Workspace, job: Job, options: RunJobOptions, previous: Unfinished | null) {
    this.#workspace = workspace;
    this.#job = job;
    this.#options = options;
    this.#previous = previous;
  }

  async run(): Promise<JobResult> {
    const { store, model, effects, settings } = this.#workspace;
    this.#instanceId =
      this.#previous?.instance.id ??
      (await store.transaction((t) =>
        startJobInstance(t, {
          job: this.#job.identifier,
          at: this.#time(),
          configurationHash: model.hash,
        }),
      ));
    if (this.#previous !== null)
      await store.transaction((t) => finishJobInstance(t, this.#instanceId, 'running', null));
    const steps = jobSteps(this.#job, settings.jobs.maxTaskBatchSize);
    const excluded = await this.#excludedConnectors();
    let status: JobResult['status'] = 'completed';
    for (const step of steps) {
      if (effects.signal.aborted) {
        status = 'cancelled';
        break;
      }
      const ends = await Promise.allSettled(
        step.tasks.map((task) => this.#runOne(task, step, steps.length, excluded)),
      );
      // Nothing of the level runs any more when the first failure to record a task is passed on.
      const outcomes = ends.map((end) => {
        if (end.status === 'rejected') throw end.reason;
        return end.value;
      });
      status = worst([status, ...outcomes]);
      if (status === 'failed' || status === 'blocked' || status === 'cancelled') break;
    }
    await store.transaction((t) => finishJobInstance(t, this.#instanceId, status, this.#time()));
    return { instanceId: this.#instanceId, status, tasks: this.#results };
  }

  async #runOne(
    task: Task,
    step: JobStep,
    count: number,
    excluded: ReadonlySet<string>,
  ): Promise<JobResult['status']> {
    const kept = this.#keptOutcome(task);
    if (kept !== null) {
      this.#end(task, kept, true);
      return 'completed';
    }
    const { store, effects } = this.#workspace;
    const startedAt = effects.now();
    this.#options.onTask({ kind: 'started', task, order: step.order, count });
    const id = await store.transaction((t) =>
      startTaskInstance(t, {
        jobInstanceId: this.#instanceId,
        task: task.identifier,
        ordinal: step.order,
        at: this.#time(),
      }),
    );
    const reason = this.#reasonToSkip(task, excluded);
    const outcome = reason === null ? await this.#attempt(task) : skipped(reason);
    await store.transaction((t) =>
      finishTaskInstance(t, id, {
        status: outcome.status,
        producedOutput: outcome.producedOutput,
        at: this.#time(),
        summary: { message: outcome.message, ...outcome.summary },
      }),
    );
    this.#end(task, outcome, false);
    this.#options.onTask({
      kind: 'ended',
      task,
      order: step.order,
      outcome,
      durationMs: effects.now() - startedAt,
    });
    switch (outcome.status) {
      case 'failed':
        if (effects.signal.aborted) return 'cancelled';
        return task.continueOnError ? 'warning' : 'failed';
      case 'blocked':
        return 'blocked';
      case 'warning':
        return 'warning';
      case 'completed':
      case 'nothing':
      case 'skipped':
        return 'completed';
    }
  }

  #end(task: Task, outcome: TaskOutcome, isKept: boolean): void {
    this.#ended.set(task.identifier, outcome);
    this.#results.push({ task: task.identifier, kind: task.kind, outcome, isKept });
  }

  /** What a task of the run that is being resumed has already done. */
  #keptOutcome(task: Task): TaskOutcome | null {
    const row = this.#previous?.tasks.findLast((candidate) => candidate.task === task.identifier);
    if (
      row === undefined ||
      row.status === 'running' ||
      row.status === 'failed' ||
      row.status === 'blocked' ||
      row.status === 'skipped'
    )
      return null;
    // Written by `finishTaskInstance` above.
    const summary = JSON.parse(row.summary) as Readonly<Record<string, unknown>>;
    return {
      status: row.status,
      producedOutput: row.produced_output === 1,
      message: String(summary['message'] ?? ''),
      summary,
    };
  }

  /** A task starts only when no parent is blocked or in error and at least one of them gave output. */
  #reasonToSkip(task: Task, excluded: ReadonlySet<string>): string | null {
    const isSynchronization =
      task.kind === 'ExportTask' ||
      task.kind === 'PrepareSynchronizationTask' ||
      task.kind === 'SynchronizeTask';
    const connector = this.#connectorOf(task);
    if (isSynchronization && connector !== undefined && excluded.has(connector)) {
      return `${connector} is blocked and takes no part in incremental jobs until it is resumed, discarded or run completely.`;
    }
    const parents = task.dependsOn
      .map((identifier) => this.#ended.get(identifier))
      .filter((outcome) => outcome !== undefined);
    if (parents.length === 0) return null;
    if (parents.some((parent) => parent.status === 'failed' || parent.status === 'blocked'))
      return 'A task it depends on did not succeed.';
    return parents.some((parent) => parent.producedOutput)
      ? null
      : 'The tasks it depends on had nothing to hand on.';
  }

  /** Connectors held by a threshold sit out incremental jobs; one whose held changes this run takes up again does not. */
  async #excludedConnectors(): Promise<ReadonlySet<string>> {
    if (!this.#job.isIncremental) return new Set();
    const held = new Set(await this.#workspace.store.transaction(listBlockedConnectors));
    for (const task of this.#job.tasks) {
      if (task.kind === 'SynchronizeTask' && this.#resumesBlock(task))
        held.delete(task.connector ?? '');
    }
    return held;
  }

  #resumesBlock(task: Task): boolean {
    // Also when an earlier attempt to resume it was itself interrupted.
    const rows = this.#previous?.tasks.filter((candidate) => candidate.task === task.identifier);
    return rows?.some((row) => row.status === 'blocked') === true;
  }

  #connectorOf(task: Task): string | undefined {
    if (task.connector !== undefined) return task.connector;
    return task.kind === 'ExportTask'
      ? this.#workspace.model.connections.get(task.connection ?? '')?.connector
      : undefined;
  }

  async #attempt(task: Task): Promise<TaskOutcome> {
    const { logger, signal } = this.#workspace.effects;
    try {
      return await runTask(this.#workspace, task, {
        mode: modeOf(this.#job),
        force: this.#options.force,
        resumesBlock: this.#resumesBlock(task),
      });
    } catch (error) {
      if (signal.aborted)
        return { status: 'failed', producedOutput: false, message: 'Interrupted.', summary: {} };
      const failure =
        error instanceof CodedError
          ? error
          : new JobError(
              'TASK_FAILED',
              `The task ${task.identifier} failed: ${error instanceof Error ? error.message : String(error)}`,
              { cause: error },
            );
      logger.error(
        { task: task.identifier, job: this.#job.identifier, code: failure.code },
        'A task failed.',
      );
      const message =
        failure.hint === undefined ? failure.message : `${failure.message} ${failure.hint}`;
      return {
        status: 'failed',
        producedOutput: false,
        message,
        summary: { code: failure.code },
        error: failure,
      };
    }
  }

  #time(): string {
    return new Date(this.#workspace.effects.now()).toISOString();
  }
}

/** The mode of a job is that of its prepare tasks; a job without one exports completely. */
function modeOf(job: Job): 'initial' | 'complete' | 'incremental' {
  for (const task of job.tasks) if (task.kind === 'PrepareSynchronizationTask') return task.mode;
  return job.isIncremental ? 'incremental' : 'complete';
}

function skipped(reason: string): TaskOutcome {
  return { status: 'skipped', producedOutput: false, message: reason, summary: {} };
}

const severity: readonly JobResult['status'][] = [
  'completed',
  'warning',
  'blocked',
  'failed',
  'cancelled',
];

function worst(statuses: readonly JobResult['status'][]): JobResult['status'] {
  return statuses.reduce((a, b) => (severity.indexOf(b) > severity.indexOf(a) ? b : a));
}
