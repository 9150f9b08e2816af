/** Starts jobs when their schedules come, as long as it is not stopped. */
import { CodedError } from '../../../config/index.ts';
import {
  checkFence,
  isOccurrenceRecorded,
  type JobInstanceRow,
  type Lease,
  readDeployedHash,
  readLastJobInstances,
  readSchedules,
  recordSkippedOccurrence,
  writeSchedule,
} from '../../store/index.ts';
import { JobError } from '../errors.ts';
import type { JobResult, TaskEvent } from '../job-result.ts';
import { formatHolder, isHolderGone } from '../lease-holder.ts';
import { runJob } from '../run-job.ts';
import { openWorkspace, type Project, type Workspace } from '../workspace.ts';
import { type JobSchedule, jobSchedules } from './job-schedules.ts';
import { findDue } from './occurrences.ts';
import { type SchedulerWait, withSchedulerLock } from './scheduler-lock.ts';
import { realTimer, type Timer } from './timer.ts';

export type SchedulerEvent =
  | ({ readonly kind: 'waiting' } & SchedulerWait)
  | { readonly kind: 'ready'; readonly jobs: number; readonly configuration: string }
  | { readonly kind: 'started'; readonly job: string; readonly scheduledFor: string | null }
  | { readonly kind: 'ended'; readonly job: string; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly job: string; readonly error: CodedError }
  | {
      readonly kind: 'skipped';
      readonly job: string;
      readonly scheduledFor: string;
      readonly reason: string;
    };

export interface SchedulerOptions {
  /** Starts what is due now, waits for it, and ends. */
  readonly once: boolean;
  readonly onEvent: (event: SchedulerEvent) => void;
  readonly onTask?: (job: string, event: TaskEvent) => void;
  readonly timer?: Timer;
  /** The longest time between two looks, which notice a clock that was set and a new configuration; 15 s unless stated. */
  readonly lookEveryMs?: number;
}

const lookEveryMs = 15_000;
/** Jobs may end their tasks this long once the scheduler is stopped; then tasks stop at their next safe point. */
const graceMs = 5_000;
/** How a run that the scheduler took down with it is known. */
const stopMessage = 'The scheduler was stopped.';
const overlapMessage = 'The run before it was still going on.';

/** Ends when `effects.signal` is aborted, or with `once`. Throws when another scheduler holds the lock or takes it over. */
export async function runScheduler(project: Project, options: SchedulerOptions): Promise<void> {
  if (!project.settings.scheduler.isEnabled) {
    throw new JobError('SCHEDULER_DISABLED', 'Scheduler.Enabled is false in this project.', {
      hint: 'Set it to true, or start jobs with "lockstep job run".',
    });
  }
  const timer = options.timer ?? realTimer;
  const onWait = (wait: SchedulerWait): void => options.onEvent({ kind: 'waiting', ...wait });
  await withSchedulerLock(project, { timer, onWait }, (lease) =>
    new Scheduler(project, options, timer, lease).run(),
  );
}

interface Occurrence {
  readonly job: string;
  /** `null`: a run that a former scheduler did not bring to its end goes on. */
  readonly scheduledFor: string | null;
}

class Scheduler {
  readonly #project: Project;
  readonly #options: SchedulerOptions;
  readonly #timer: Timer;
  readonly #lease: Lease;
  /** Tasks look at this one, so that a stop reaches jobs between tasks first. */
  readonly #runs = new AbortController();
  readonly #running = new Map<
    string,
    { readonly scheduledFor: string | null; readonly end: Promise<void> }
  >();
  readonly #pending: Occurrence[] = [];
  #workspace: Workspace | undefined;
  #schedules: readonly JobSchedule[] = [];
  #wake = new AbortController();

  constructor(project: Project, options: SchedulerOptions, timer: Timer, lease: Lease) {
    this.#project = project;
    this.#options = options;
    this.#timer = timer;
    this.#lease = lease;
  }

  async run(): Promise<void> {
    const { signal } = this.#project.effects;
    try {
      await this.#load();
      await this.#takeUpInterrupted();
      if (this.#options.once) {
        await this.#startDue();
        await this.#drain(signal);
        return;
      }
      while (!signal.aborted) {
        await this.#tick();
        await this.#sleep(signal);
      }
    } finally {
      await this.#stop();
    }
  }

  /** A store that does not answer now may answer later; a lock that somebody else has taken ends the scheduler. */
  async #tick(): Promise<void> {
    const { store, effects } = this.#project;
    try {
      await store.transaction((t) => checkFence(t, this.#lease));
      await this.#reload();
      await this.#startDue();
    } catch (error) {
      if (!(error instanceof CodedError) || error.code === 'STORE_LEASE_LOST') throw error;
      effects.logger.error({ code: error.code }, 'The scheduler cannot look at its schedules.');
    }
  }

  async #load(): Promise<void> {
    const workspace = await openWorkspace(this.#project);
    const effects = { ...workspace.effects, signal: this.#runs.signal };
    this.#workspace = { ...workspace, effects };
    this.#schedules = jobSchedules(workspace);
    this.#options.onEvent({
      kind: 'ready',
      jobs: this.#schedules.length,
      configuration: workspace.model.hash,
    });
  }

  /** A configuration that was deployed in the meantime holds for the jobs that start from now on. */
  async #reload(): Promise<void> {
    const hash = await this.#project.store.read(readDeployedHash);
    if (hash !== this.#workspace?.deployed.hash) await this.#load();
  }

  async #startDue(): Promise<void> {
    const { store, effects } = this.#project;
    const rows = await store.read(readSchedules);
    const now = effects.now();
    for (const { job, schedule, text } of this.#schedules) {
      if (this.#pending.some((occurrence) => occurrence.job === job.identifier)) continue;
      const row = rows.get(job.identifier);
      const handled = row?.expression === text ? Date.parse(row.handled_until) : null;
      const due = findDue(schedule, handled, now);
      if (due.status === 'waiting') continue;
      const at = new Date(due.status === 'due' ? due.at : due.from).toISOString();
      if (due.status === 'due') await this.#take(job.identifier, text, at);
      else await this.#moveTo(job.identifier, text, at);
    }
    this.#startPending();
  }

  async #take(job: string, text: string, scheduledFor: string): Promise<void> {
    const isDone = await this.#project.store.read((t) =>
      isOccurrenceRecorded(t, { job, scheduledFor }),
    );
    const running = this.#running.get(job);
    if (isDone) await this.#moveTo(job, text, scheduledFor);
    else if (running === undefined) this.#pending.push({ job, scheduledFor });
    // A run that has just been started is not recorded yet.
    else if (running.scheduledFor !== scheduledFor) await this.#skip(job, scheduledFor);
  }

  #moveTo(job: string, expression: string, at: string): Promise<void> {
    return this.#project.store.transaction((t) =>
      writeSchedule(t, { job, expression, handled_until: at }),
    );
  }

  async #skip(job: string, scheduledFor: string): Promise<void> {
    const { store, effects, holder } = this.#project;
    const id = await store.transaction((t) =>
      recordSkippedOccurrence(t, {
        job,
        scheduledFor,
        at: new Date(effects.now()).toISOString(),
        configurationHash: this.#workspace?.model.hash ?? '',
        startedBy: 'scheduler',
        holder: formatHolder(holder),
        message: overlapMessage,
      }),
    );
    if (id === null) return;
    this.#options.onEvent({ kind: 'skipped', job, scheduledFor, reason: overlapMessage });
  }

  #startPending(): void {
    const { signal } = this.#project.effects;
    const bound = this.#project.settings.scheduler.maxParallelJobs;
    while (!signal.aborted && this.#running.size < bound) {
      const next = this.#pending.shift();
      if (next === undefined) return;
      const end = this.#runOne(next).finally(() => {
        this.#running.delete(next.job);
        this.#wake.abort();
      });
      this.#running.set(next.job, { scheduledFor: next.scheduledFor, end });
    }
  }

  /** Never throws: whatever becomes of one job, the others come when they are due. */
  async #runOne({ job, scheduledFor }: Occurrence): Promise<void> {
    const { onEvent, onTask } = this.#options;
    const workspace = this.#workspace;
    if (workspace === undefined) return;
    onEvent({ kind: 'started', job, scheduledFor });
    try {
      const result = await runJob(workspace, {
        job,
        resume: scheduledFor === null,
        force: false,
        startedBy: 'scheduler',
        ...(scheduledFor === null ? {} : { scheduledFor }),
        whyStop: () => (this.#project.effects.signal.aborted ? stopMessage : null),
        onTask: (event) => onTask?.(job, event),
      });
      onEvent({ kind: 'ended', job, result });
    } catch (error) {
      await this.#tellFailure(job, scheduledFor, error);
    }
  }

  async #tellFailure(job: string, scheduledFor: string | null, error: unknown): Promise<void> {
    const failure =
      error instanceof CodedError
        ? error
        : new JobError('TASK_FAILED', `${job} broke off: ${String(error)}`, { cause: error });
    const isOverlap = failure.code === 'LEASE_TAKEN' && failure.details['lease'] === `job:${job}`;
    try {
      if (isOverlap && scheduledFor !== null) return await this.#skip(job, scheduledFor);
    } catch {
      // The store is told about next time: the occurrence is still due.
    }
    if (failure.code === 'JOB_OCCURRENCE_TAKEN') return;
    this.#project.effects.logger.error({ job, code: failure.code }, 'A scheduled job broke off.');
    this.#options.onEvent({ kind: 'failed', job, error: failure });
  }

  /** Runs that a former scheduler was stopped or killed in are brought to their end first. */
  async #takeUpInterrupted(): Promise<void> {
    const last = await this.#project.store.read(readLastJobInstances);
    for (const { job } of this.#schedules) {
      const instance = last.get(job.identifier);
      if (instance !== undefined && (await isCutOff(instance)))
        this.#pending.push({ job: job.identifier, scheduledFor: null });
    }
    this.#startPending();
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    const now = this.#project.effects.now();
    const next = this.#schedules.flatMap(({ schedule }) => schedule.next(now, 1));
    const longest = this.#options.lookEveryMs ?? lookEveryMs;
    const ms = Math.min(longest, ...next.map((at) => at - now));
    const any = AbortSignal.any([signal, this.#wake.signal]);
    await this.#timer.wait(ms, any);
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  /** Waits for the runs there are, and for those that wait for them. */
  async #drain(signal: AbortSignal): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted && this.#running.size > 0) {
      await Promise.race([stopped, ...[...this.#running.values()].map(({ end }) => end)]);
      this.#startPending();
    }
  }

  async #stop(): Promise<void> {
    this.#pending.length = 0;
    if (this.#running.size === 0) return;
    const runs = Promise.all([...this.#running.values()].map(({ end }) => end));
    const over = new AbortController();
    const grace = this.#timer.wait(graceMs, over.signal).then(() => this.#runs.abort());
    await runs;
    over.abort();
    await grace;
  }
}

async function isCutOff(instance: JobInstanceRow): Promise<boolean> {
  if (instance.started_by !== 'scheduler') return false;
  if (instance.status === 'running') return isHolderGone(instance.holder);
  return instance.status === 'cancelled' && instance.message === stopMessage;
}
