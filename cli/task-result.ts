/** How tasks run one by one from the command line are told. */
import { CodedError } from '../config/index.ts';
import type { TaskOutcome } from '../engine/index.ts';
import type { CommandResult } from './command-context.ts';
import { describeError } from './error-text.ts';
import { type ExitCode, exitCodeOfError, exitCodeOfStatus, exitCodes } from './exit-codes.ts';
import type { JsonOutput } from './json-schemas.ts';
import { toPrintableText } from './printable-text.ts';

/** A task's outcome, with what it was about: a connection, a connector; empty when it was about everything. */
export interface SubjectOutcome {
  readonly subject: string;
  readonly outcome: TaskOutcome;
}

type TaskDocument = JsonOutput<'tasks'>['tasks'][number];

/** The worst outcome decides over the exit code. */
export function taskResult(
  outcomes: readonly SubjectOutcome[],
  options: { readonly isDryRun: boolean },
): CommandResult<JsonOutput<'tasks'>> {
  const lines = outcomes.map(({ outcome }) => toPrintableText(describeOutcome(outcome)));
  const lead = options.isDryRun ? ['Nothing was changed: this was a dry run.'] : [];
  return {
    exitCode: worstExitCode(outcomes.map(({ outcome }) => exitCodeOfOutcome(outcome))),
    document: {
      isDryRun: options.isDryRun,
      tasks: outcomes.map(({ subject, outcome }) => toDocument(subject, outcome)),
    },
    text: [...lines, ...lead].join('\n'),
  };
}

/** Runs a task; what it throws on purpose becomes its outcome, so that its neighbours still run. */
export async function attemptTask(
  subject: string,
  signal: AbortSignal,
  task: () => Promise<TaskOutcome>,
): Promise<SubjectOutcome> {
  try {
    return { subject, outcome: await task() };
  } catch (error) {
    if (signal.aborted || !(error instanceof CodedError)) throw error;
    const { message } = error;
    return {
      subject,
      outcome: { status: 'failed', producedOutput: false, message, summary: {}, error },
    };
  }
}

export function exitCodeOfOutcome(outcome: TaskOutcome): ExitCode {
  if (outcome.status === 'failed' && outcome.error !== undefined) {
    return exitCodeOfError(outcome.error);
  }
  return exitCodeOfStatus(outcome.status);
}

export function toDocument(subject: string, outcome: TaskOutcome): TaskDocument {
  const { status, producedOutput, message, summary, error } = outcome;
  return {
    subject,
    status,
    producedOutput,
    message,
    summary,
    error: error === undefined ? null : describeError(error).error,
  };
}

function describeOutcome({ message, error }: TaskOutcome): string {
  if (error === undefined) return message;
  const hint = error.hint === undefined ? '' : `\n  hint: ${error.hint}`;
  return `error ${error.code} ${error.message}${hint}`;
}

const byWeight: readonly ExitCode[] = [
  exitCodes.done,
  exitCodes.blocked,
  exitCodes.usage,
  exitCodes.failed,
  exitCodes.interrupted,
];

function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return codes.reduce<ExitCode>(
    (worst, code) => (byWeight.indexOf(code) > byWeight.indexOf(worst) ? code : worst),
    exitCodes.done,
  );
}
