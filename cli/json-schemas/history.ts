/** Outputs of commands that look back, or thin out what there is to look back to. */
import Type from 'typebox';
import {
  anything,
  choice,
  count,
  flag,
  id,
  list,
  nullable,
  object,
  text,
  timestamp,
} from './parts.ts';

const source = nullable(object({ table: text, row: nullable(count) }));
const change = object({ property: text, from: nullable(text), to: nullable(text) });

const history = object(
  {
    entityType: text,
    id,
    key: text,
    displayName: text,
    isThere: flag,
    purgedBefore: nullable(timestamp),
    events: list(
      object({
        at: timestamp,
        id,
        kind: choice('created', 'known', 'changed', 'removed'),
        run: nullable(object({ id, kind: nullable(text), subject: nullable(text) })),
        source,
        properties: list(change),
        links: list(
          object({
            property: text,
            change: choice('gained', 'lost'),
            entityType: text,
            key: text,
            name: text,
            source,
          }),
        ),
        assignments: list(
          object({
            assignmentId: id,
            kind: choice('role', 'resource-type', 'value', 'indirect-link'),
            name: text,
            property: nullable(text),
            as: choice('owner', 'target'),
            change: choice('given', 'changed', 'ended'),
            fields: list(object({ field: text, from: nullable(text), to: nullable(text) })),
          }),
        ),
        note: nullable(text),
      }),
    ),
    nextBefore: nullable(timestamp),
  },
  'Output of resource show --history.',
);

const upkeep = object({
  isDryRun: flag,
  before: nullable(timestamp),
  recordsBefore: nullable(timestamp),
  tables: list(
    object({
      kind: choice('resources', 'links', 'assignments'),
      subject: text,
      versions: count,
      removed: count,
    }),
  ),
  removed: count,
  records: nullable(
    object({
      runs: count,
      sessions: count,
      jobs: count,
      changes: count,
      sideFiles: count,
      jobLogs: count,
    }),
  ),
});

const run = {
  id,
  kind: text,
  subject: text,
  status: text,
  startedAt: timestamp,
  finishedAt: nullable(timestamp),
  durationMs: nullable(Type.Integer()),
};

const finding = object({
  guard: text,
  identifier: Type.Optional(text),
  connectionTable: text,
  column: Type.Optional(text),
  action: text,
  message: text,
  hint: text,
});

export const historyOutputs = {
  'changes list': object({
    status: choice('none', 'waiting', 'held', 'guarded', 'applied'),
    connector: nullable(text),
    session: nullable(text),
    run: nullable(id),
    at: nullable(timestamp),
    behind: count,
    total: count,
    changes: list(
      object({
        kind: choice('insert', 'update', 'delete'),
        of: choice('entity', 'association'),
        identifier: text,
        key: text,
        name: text,
        row: nullable(count),
        table: text,
        properties: list(change),
      }),
    ),
    nextAfter: nullable(count),
    findings: list(finding),
    samples: list(object({ table: text, columns: list(text), rows: list(list(nullable(text))) })),
  }),
  'run list': object({ runs: list(object(run)) }),
  'run show': object({
    ...run,
    configurationHash: text,
    jobs: list(object({ id, job: text, startedBy: text })),
    details: anything,
  }),
  'history purge': upkeep,
  'history optimize': upkeep,
  'resource history': history,
};
