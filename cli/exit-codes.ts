/** What the command's exit code tells a scheduler. */
import type { CodedError } from '../config/index.ts';

export const exitCodes = {
  done: 0,
  failed: 1,
  /** Wrong usage, or a configuration or setting that has to be corrected. */
  usage: 2,
  /** A threshold, guard, data test or invariant held changes back; nothing was changed. */
  blocked: 3,
  /** What a plan was made of has changed since; nothing was changed. */
  stale: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Errors of these areas are cured by another command line or by editing files, never by trying again. */
const usageAreas: ReadonlySet<string> = new Set([
  'CONFIG',
  'CONNECTION',
  'CONTRACT',
  'DECISION',
  'EXPRESSION',
  'INIT',
  'MAIL',
  'PROJECT',
  'REQUEST',
  'SETTINGS',
  'TEST',
  'USAGE',
]);

const usageCodes: ReadonlySet<string> = new Set([
  'CSV_HEADER_INVALID',
  'FULFIL_PACKAGE_READ_ONLY',
  'JOB_START_DENIED',
  'ORDER_NOT_CANCELLABLE',
  'ORDER_NOT_WAITING',
  'PASSWORD_ACCOUNT_AMBIGUOUS',
  'PLAN_ALREADY_APPLIED',
  'PLAN_CONFIGURATION_INVALID',
  'PLAN_FILE_ALTERED',
  'PLAN_FILE_MISSING',
  'PLAN_FILE_NEWER',
  'PLAN_FILE_UNWRITABLE',
  'PLAN_OVERLAY_AMBIGUOUS',
  'RESOURCE_AMBIGUOUS',
  'SCHEDULER_DISABLED',
  'TASK_INCOMPLETE',
  'TASK_PATH_INVALID',
  'TASK_SCRIPT_UNSUPPORTED',
  'TICKET_FORBIDDEN',
  'TICKET_KEY_MISSING',
  'TICKET_VALUE_INVALID',
  'UNDO_NOTHING',
]);

/** The exit code of a command that ended with this error. A name that is not known counts as wrong usage. */
export function exitCodeOfError(error: Pick<CodedError, 'code'>): ExitCode {
  const [area = ''] = error.code.split('_');
  if (error.code === 'PLAN_STALE') return exitCodes.stale;
  if (error.code === 'DECISION_RISK_BLOCKS') return exitCodes.blocked;
  const isUsage =
    usageAreas.has(area) || usageCodes.has(error.code) || error.code.endsWith('_UNKNOWN');
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

/** How tasks and jobs of the engine end, and what a scheduler is told. Warnings are in the result; the work was done. */
export function exitCodeOfStatus(
  status: 'completed' | 'nothing' | 'warning' | 'skipped' | 'blocked' | 'failed' | 'cancelled',
): ExitCode {
  switch (status) {
    case 'completed':
    case 'nothing':
    case 'warning':
    case 'skipped':
      return exitCodes.done;
    case 'blocked':
      return exitCodes.blocked;
    case 'failed':
      return exitCodes.failed;
    case 'cancelled':
      return exitCodes.interrupted;
  }
}
