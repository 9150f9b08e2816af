/** One run of a job: steps one after the other, the tasks of a step together, everything recorded under the job's lease. */
import { CodedError, type Job, type Task } from '../../config/index.ts';
import {
  checkFence,
  finishJobInstance,
  finishTaskInstance,
  type Lease,
  readCancellation,
  resumeJobInstance,
  type StoreTransaction,
  startJobInstance,
  startTaskInstances,
} from '../store/index.ts';
import { JobError } from './errors.ts';
import { modeOfExport } from './export-mode.ts';
import { type JobLog, openJobLog, type TaskLog } from './job-log.ts';
import type { JobResult, RunJobOptions, Unfinished } from './job-result.ts';
import type { JobStep } from './job-steps.ts';
import { formatHolder } from './lease-holder.ts';
import { runTask } from './run-task.ts';
import { cancelled, skipped, type TaskOutcome } from './task-outcome.ts';
import {
  listHeldConnectors,
  outcomeOfRow,
  resumesBlock,
  wasCutOff,
  whyLeftOut,
  whyNotReady,
} from './task-readiness.ts';
import { withLease } from './with-lease.ts';
import type { Workspace } from './workspace.ts';

export interface JobRunRequest {
  readonly job: Job;
  readonly steps: readonly JobStep[];
  readonly options: RunJobOptions;
  readonly previous: Unfinished | null;
  readonly lease: Lease;
}

type Status = JobResult['status'];

/** What all tasks of a run share. */
interface Course {
  readonly instanceId: number;
  readonly log: JobLog;
  readonly held: ReadonlySet<string>;
  readonly count: number;
}

/** A task of a step that has begun. */
type BegunTask =
  /** Done by an earlier attempt. */
  | { readonly kind: 'kept'; readonly task: Task; readonly outcome: TaskOutcome }
  /** Recorded as started under this id. */
  | { readonly kind: 'starts'; readonly task: Task; readonly id: number };

type Begun =
  | { readonly status: 'stopped'; readonly why: string }
  | { readonly status: 'begun'; readonly tasks: readonly BegunTask[] };

export class JobRun {
  readonly #workspace: Workspace;
  readonly #request: JobRunRequest;
  readonly #results: JobResult['tasks'][number][] = [];
  readonly #ended = new Map<string, TaskOutcome>();

  constructor(workspace: Workspace, request: JobRunRequest) {
    this.#workspace = workspace;
    this.#request = request;
  }

  async run(): Promise<JobResult> {
    const { job, steps, previous } = this.#request;
    const instanceId = await this.#begin();
    const log = await openJobLog(this.#workspace, {
      instanceId,
      job: job.identifier,
      logLevel: job.logLevel,
      tasks: steps.flatMap((step) => step.tasks),
    });
    const held = await listHeldConnectors(this.#workspace, job, previous);
    const course: Course = { instanceId, log, held, count: steps.length };
    let status: Status = 'completed';
    let message: string | null = null;
    for (const step of steps) {
      const begun = await this.#beginStep(step, course);
      if (begun.status === 'stopped') {
        status = 'cancelled';
        message = begun.why;
        break;
      }
      status = worst([status, ...(await this.#runStep(begun.tasks, step.order, course))]);
      if (status === 'failed' || status === 'blocked' || status === 'cancelled') break;
    }
    if (status === 'cancelled') message ??= await this.#whyStop(instanceId);
    // With the end of the job, whatever was noted before it is forced to the disk.
    await this.#workspace.store.transaction(async (t) => {
      await checkFence(t, this.#request.lease);
      await finishJobInstance(t, instanceId, { status, at: this.#time(), message });
    });
    return { instanceId, status, message, tasks: this.#results };
  }

  async #begin(): Promise<number> {
    const { job, options, previous } = this.#request;
    const { model, holder } = this.#workspace;
    const text = formatHolder(holder);
    if (previous !== null) {
      await this.#record((t) => resumeJobInstance(t, previous.instance.id, text));
      return previous.instance.id;
    }
    const id = await this.#record((t) =>
      startJobInstance(t, {
        job: job.identifier,
        at: this.#time(),
        configurationHash: model.hash,
        startedBy: options.startedBy ?? '',
        holder: text,
        selection: JSON.stringify(options.selection ?? {}),
        scheduledFor: options.scheduledFor ?? null,
      }),
    );
    if (id !== null) return id;
    throw new JobError(
      'JOB_OCCURRENCE_TAKEN',
      `The run of ${job.identifier} that was due at ${options.scheduledFor} has been started before.`,
      { hint: 'There is nothing to do; its next time comes.', details: { job: job.identifier } },
    );
  }

  async #whyStop(instanceId: number): Promise<string | null> {
    const reason = this.#whyStopHere();
    if (reason !== null) return reason;
    return tellCancelled(
      await this.#workspace.store.transaction((t) => readCancellation(t, instanceId)),
    );
  }

  #whyStopHere(): string | null {
    const reason = this.#request.options.whyStop?.() ?? null;
    if (reason !== null) return reason;
    return this.#workspace.effects.signal.aborted ? 'Interrupted.' : null;
  }

  /** The tasks of a step are recorded as started, unless somebody wants the job to stop: a task that runs is let finish. */
  async #beginStep(step: JobStep, { instanceId }: Course): Promise<Begun> {
    const reason = this.#whyStopHere();
    if (reason !== null) return { status: 'stopped', why: reason };
    const tasks = step.tasks.map((task) => ({
      task,
      kept: outcomeOfRow(task, this.#request.previous),
    }));
    const fresh = tasks.filter(({ kept }) => kept === null).map(({ task }) => task.identifier);
    return this.#record(async (t) => {
      const why = tellCancelled(await readCancellation(t, instanceId));
      if (why !== null) return { status: 'stopped', why };
      const start = { jobInstanceId: instanceId, ordinal: step.order, at: this.#time() };
      const ids = (await startTaskInstances(t, start, fresh)).values();
      return {
        status: 'begun',
        tasks: tasks.map(({ task, kept }) =>
          kept === null
            ? { kind: 'starts', task, id: ids.next().value ?? 0 }
            : { kind: 'kept', task, outcome: kept },
        ),
      };
    });
  }

  async #runStep(
    tasks: readonly BegunTask[],
    order: number,
    course: Course,
  ): Promise<readonly Status[]> {
    const ends = await Promise.allSettled(tasks.map((begun) => this.#runOne(begun, order, course)));
    // Nothing of the step runs any more when the first failure to record a task is passed on.
    return ends.map((end) => {
      if (end.status === 'rejected') throw end.reason;
      return end.value;
    });
  }

  async #runOne(begun: BegunTask, order: number, course: Course): Promise<Status> {
    const { task } = begun;
    if (begun.kind === 'kept') {
      this.#end(task, begun.outcome, true);
      return 'completed';
    }
    const { options } = this.#request;
    const { effects } = this.#workspace;
    const startedAt = effects.now();
    options.onTask({ kind: 'started', task, order, count: course.count });
    const log = course.log.openTask(task.identifier, order);
    log.write({ order }, 'The task starts.');
    const leftOut = whyLeftOut(this.#workspace, task, course.held);
    const reason = leftOut ?? whyNotReady(task, this.#ended);
    const outcome = reason === null ? await this.#attempt(task, log) : skipped(reason);
    const durationMs = effects.now() - startedAt;
    log.write({ ...describe(outcome), durationMs }, 'The task has ended.');
    await log.close();
    await this.#record((t) =>
      finishTaskInstance(t, begun.id, {
        status: outcome.status,
        producedOutput: outcome.producedOutput,
        at: this.#time(),
        summary: { message: outcome.message, ...outcome.summary },
      }),
    );
    this.#end(task, outcome, false);
    options.onTask({ kind: 'ended', task, order, outcome, durationMs });
    // A run that passes over a system has not done all of its job.
    return leftOut === null ? statusAfter(task, outcome) : 'warning';
  }

  #end(task: Task, outcome: TaskOutcome, isKept: boolean): void {
    this.#ended.set(task.identifier, outcome);
    this.#results.push({ task: task.identifier, kind: task.kind, outcome, isKept });
  }

  /** A task has a lease of its own, so that two jobs that share it run it one after the other. */
  async #attempt(task: Task, log: TaskLog): Promise<TaskOutcome> {
    const { job, options, previous } = this.#request;
    const { effects } = this.#workspace;
    const workspace: Workspace = {
      ...this.#workspace,
      effects: { ...effects, logger: log.logger },
      waitsForLeases: true,
    };
    try {
      const outcome = await withLease(workspace, `task:${task.identifier}`, () =>
        runTask(workspace, task, {
          mode: modeOfExport(this.#workspace.model, job, task),
          force: options.force,
          resumesBlock: resumesBlock(task, previous),
          ...(options.startedBy === undefined ? {} : { person: options.startedBy }),
          log,
        }),
      );
      // Fulfilment hands back what it left undone; it goes on with that when the job is resumed.
      const isCutShort = effects.signal.aborted && task.kind === 'FulfillTask';
      if (isCutShort) return { ...outcome, status: 'cancelled', producedOutput: false };
      // What an attempt that was cut off has done, the tasks behind it have not seen yet.
      const handsOn = outcome.status === 'nothing' && wasCutOff(task, previous);
      return handsOn ? { ...outcome, producedOutput: true } : outcome;
    } catch (error) {
      if (effects.signal.aborted) return cancelled('Interrupted.');
      // A stop of the scheduler cuts off what is asked of a vault before it reaches tasks.
      const isCutOff = error instanceof Error && error.name === 'AbortError';
      if (isCutOff && (options.whyStop?.() ?? null) !== null) return cancelled('Interrupted.');
      return this.#describeFailure(task, error, log);
    }
  }

  #describeFailure(task: Task, error: unknown, log: TaskLog): TaskOutcome {
    const failure =
      error instanceof CodedError
        ? error
        : new JobError(
            'TASK_FAILED',
            `The task ${task.identifier} failed: ${error instanceof Error ? error.message : String(error)}`,
            { cause: error },
          );
    log.logger.error(
      { task: task.identifier, job: this.#request.job.identifier, code: failure.code },
      'A task failed.',
    );
    const message =
      failure.hint === undefined
        ? failure.message
        : `${failure.message}${failure.message.includes('\n') ? '\n' : ' '}${failure.hint}`;
    return {
      status: 'failed',
      producedOutput: false,
      message,
      summary: { code: failure.code },
      error: failure,
    };
  }

  /** Whoever has lost the job to another process records nothing any more. */
  #record<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> {
    return this.#workspace.store.note(async (t) => {
      await checkFence(t, this.#request.lease);
      return work(t);
    });
  }

  #time(): string {
    return new Date(this.#workspace.effects.now()).toISOString();
  }
}

function describe({ status, producedOutput, message, error }: TaskOutcome): object {
  return { status, producedOutput, result: message, ...(error ? { code: error.code } : {}) };
}

function statusAfter(task: Task, outcome: TaskOutcome): Status {
  switch (outcome.status) {
    case 'failed':
      return task.continueOnError ? 'warning' : 'failed';
    case 'cancelled':
      return 'cancelled';
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

function tellCancelled(person: string | null): string | null {
  return person === null ? null : `Cancelled by ${person}.`;
}

const severity: readonly Status[] = ['completed', 'warning', 'blocked', 'failed', 'cancelled'];

function worst(statuses: readonly Status[]): Status {
  return statuses.reduce((a, b) => (severity.indexOf(b) > severity.indexOf(a) ? b : a));
}
