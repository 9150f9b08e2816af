/** How a task ended. `nothing` (there was nothing to do), `skipped` (a parent gave no output) and `completed` are different. */
import type { CodedError } from '../../config/index.ts';

export interface TaskOutcome {
  /** cancelled: stopped in the middle, at a safe point; it runs again when the job is resumed. */
  readonly status:
    | 'completed'
    | 'nothing'
    | 'blocked'
    | 'failed'
    | 'warning'
    | 'skipped'
    | 'cancelled';
  /** Dependent tasks start only after a task with output. */
  readonly producedOutput: boolean;
  /** One sentence for people. */
  readonly message: string;
  /** Counts and names for programs. */
  readonly summary: Readonly<Record<string, unknown>>;
  readonly error?: CodedError;
}

export function completed(
  message: string,
  summary: TaskOutcome['summary'] = {},
  producedOutput = true,
): TaskOutcome {
  return { status: 'completed', producedOutput, message, summary };
}

export function nothingToDo(message: string, summary: TaskOutcome['summary'] = {}): TaskOutcome {
  return { status: 'nothing', producedOutput: false, message, summary };
}

export function blocked(message: string, summary: TaskOutcome['summary'] = {}): TaskOutcome {
  return { status: 'blocked', producedOutput: false, message, summary };
}

export function skipped(message: string): TaskOutcome {
  return { status: 'skipped', producedOutput: false, message, summary: {} };
}

export function cancelled(message: string): TaskOutcome {
  return { status: 'cancelled', producedOutput: false, message, summary: {} };
}
