/** Outputs of commands about jobs and their schedules. */
import {
  anything,
  choice,
  count,
  errorPart,
  flag,
  id,
  list,
  nullable,
  object,
  taskStatus,
  text,
  timestamp,
} from './parts.ts';

const plannedTask = object({
  task: text,
  displayName: text,
  kind: text,
  level: nullable(count),
  subject: text,
  dependsOn: list(text),
  /** kept: it ended well in the run that is resumed; left-out: its connector is blocked. */
  status: choice('starts', 'kept', 'left-out'),
  reason: nullable(text),
});

const instanceStatus = choice(
  'running',
  'interrupted',
  'completed',
  'warning',
  'failed',
  'blocked',
  'cancelled',
  'skipped',
);

const instance = object({
  id,
  job: text,
  status: instanceStatus,
  startedAt: timestamp,
  finishedAt: nullable(timestamp),
  startedBy: text,
  scheduledFor: nullable(timestamp),
  selection: anything,
  cancelRequestedBy: nullable(text),
  message: nullable(text),
});

export const jobOutputs = {
  'job list': object({
    jobs: list(
      object({
        identifier: text,
        displayName: text,
        isIncremental: flag,
        userStartDenied: flag,
        tasks: count,
        scaffolding: nullable(text),
        cronTabExpression: nullable(text),
        cronTimeZone: choice('UTC', 'ServerTime'),
        next: nullable(timestamp),
        last: nullable(
          object({
            id,
            status: instanceStatus,
            startedAt: timestamp,
            finishedAt: nullable(timestamp),
          }),
        ),
      }),
    ),
  }),
  'job steps': object(
    { job: text, steps: list(object({ order: count, tasks: list(plannedTask) })) },
    'Output of job steps, and of job run --dry-run. Orders count from 0.',
  ),
  'job run': object({
    job: text,
    instanceId: id,
    status: choice('completed', 'warning', 'failed', 'blocked', 'cancelled'),
    message: nullable(text),
    tasks: list(
      object({
        task: text,
        kind: text,
        isKept: flag,
        status: taskStatus,
        producedOutput: flag,
        message: text,
        summary: anything,
        error: nullable(errorPart),
      }),
    ),
  }),
  'job history': object({ instances: list(instance) }),
  'job show': object({
    instance,
    tasks: list(
      object({
        task: text,
        order: count,
        status: choice(
          'running',
          'interrupted',
          'completed',
          'nothing',
          'blocked',
          'failed',
          'warning',
          'cancelled',
          'skipped',
        ),
        producedOutput: flag,
        startedAt: timestamp,
        finishedAt: nullable(timestamp),
        durationMs: nullable(count),
        message: text,
        summary: anything,
      }),
    ),
  }),
  'job log': object({ instance: id, lines: list(anything) }),
  'job cancel': object({ isDryRun: flag, instance }),
  scheduler: object(
    {
      /** Runs that ended while the scheduler worked, by how; the newest 1,000. */
      runs: list(
        object({
          job: text,
          instanceId: nullable(id),
          status: choice('completed', 'warning', 'failed', 'blocked', 'cancelled', 'skipped'),
          error: nullable(errorPart),
        }),
      ),
    },
    'Output of scheduler, when it has ended.',
  ),
  'scheduler times': object(
    {
      jobs: list(
        object({
          job: text,
          cronTabExpression: text,
          cronTimeZone: choice('UTC', 'ServerTime'),
          next: list(timestamp),
        }),
      ),
    },
    'Output of scheduler --dry-run.',
  ),
};
