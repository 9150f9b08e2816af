/** What a run of a job is asked, what it tells while it goes on, and what it gives back. */
import type { Task } from '../../config/index.ts';
import type { JobInstanceRow, TaskInstanceRow } from '../store/index.ts';
import type { TaskSelection } from './job-selection.ts';
import type { TaskOutcome } from './task-outcome.ts';

export interface RunJobOptions {
  readonly job: string;
  /** Continue the last run of the job: after an interruption, an error, or a block that an operator has looked at. */
  readonly resume: boolean;
  /** Pass thresholds and guards. */
  readonly force: boolean;
  /** Some of the tasks only; a run that is continued keeps to those it was asked for. */
  readonly selection?: TaskSelection;
  /** Name of the person, or `scheduler`. */
  readonly startedBy?: string;
  /** Started by hand, which `UserStartDenied` refuses, unless it is overruled. */
  readonly isManual?: boolean;
  readonly isDenialOverruled?: boolean;
  /** The occurrence of the schedule that this is the run of: there is one run for each. */
  readonly scheduledFor?: string;
  /** Asked before every step: a reason stops the job as if it were cancelled. */
  readonly whyStop?: () => string | null;
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
  /** Who cancelled it, or why it stopped. */
  readonly message: string | null;
  readonly tasks: readonly {
    readonly task: string;
    readonly kind: Task['kind'];
    readonly outcome: TaskOutcome;
    readonly isKept: boolean;
  }[];
}

/** What is continued. */
export interface Unfinished {
  readonly instance: JobInstanceRow;
  readonly tasks: readonly TaskInstanceRow[];
}
