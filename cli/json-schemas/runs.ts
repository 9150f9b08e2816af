/** Outputs of commands that do a step of a run, or a whole job. */
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
  record,
  taskStatus,
  text,
  timestamp,
} from './parts.ts';

const task = object({
  subject: text,
  status: taskStatus,
  producedOutput: flag,
  message: text,
  summary: anything,
  error: nullable(errorPart),
});

export const runOutputs = {
  tasks: object(
    { isDryRun: flag, tasks: list(task) },
    'Output of export, prepare, synchronize, evaluate, generate and fulfil.',
  ),
  status: object({
    deployed: object({ hash: text, at: timestamp }),
    connectors: list(
      object({
        identifier: text,
        entityTypes: list(object({ identifier: text, resources: count })),
        lastSynchronization: nullable(timestamp),
        waiting: choice('none', 'queued', 'blocked'),
        lastApplied: nullable(timestamp),
        blockedSince: nullable(timestamp),
        held: nullable(
          object({ since: timestamp, findings: list(object({ guard: text, message: text })) }),
        ),
        overruled: list(object({ guard: text, message: text })),
      }),
    ),
    resourceTypes: list(object({ identifier: text, byState: record(count) })),
    orders: record(count),
    circuits: list(
      object({
        connection: text,
        state: choice('closed', 'open'),
        failures: count,
        retryAt: nullable(timestamp),
        code: nullable(text),
        message: nullable(text),
        since: timestamp,
      }),
    ),
    tickets: count,
    review: count,
    gaps: count,
    dataTests: list(
      object({
        identifier: text,
        entityType: text,
        severity: choice('Warn', 'Block'),
        status: choice('passed', 'failed'),
        failures: count,
        message: text,
        run: id,
        of: choice('store', 'held'),
      }),
    ),
    schedules: list(object({ job: text, next: timestamp })),
    jobs: list(
      object({ job: text, status: text, startedAt: timestamp, finishedAt: nullable(timestamp) }),
    ),
    runs: list(object({ id, kind: text, subject: text, status: text, startedAt: timestamp })),
  }),
  demo: object({
    folder: text,
    directory: flag,
    steps: count,
    checks: count,
    orders: count,
    toReconcile: count,
    durationMs: count,
    next: list(text),
  }),
};
