/** Outputs of commands about plans: what would change, what was applied, what is taken back. */
import Type from 'typebox';
import {
  choice,
  count,
  flag,
  id,
  list,
  nullable,
  object,
  record,
  text,
  timestamp,
} from './parts.ts';

const effect = { added: count, modified: count, deleted: count };
const changeKind = choice('set', 'link', 'add', 'remove');

const system = object({
  connector: text,
  ...effect,
  resourceTypes: list(object({ resourceType: text, ...effect })),
  properties: list(object({ resourceType: text, property: text, count })),
  sharedValues: list(
    object({
      resourceType: text,
      property: text,
      kind: changeKind,
      value: nullable(text),
      count,
    }),
  ),
});

const plannedOrder = object({
  changeType: choice('added', 'modified', 'deleted'),
  connector: text,
  resourceType: text,
  entityType: text,
  owner: text,
  ownerName: text,
  resource: text,
  changes: list(
    object({
      kind: changeKind,
      property: text,
      value: nullable(text),
      expected: Type.Optional(nullable(text)),
    }),
  ),
  arguments: record(text),
  held: record(nullable(text)),
});

const plan = {
  id: text,
  kind: choice('run', 'undo'),
  createdAt: timestamp,
  createdBy: text,
  undoes: nullable(id),
  scope: object({ connector: nullable(text), entityTypes: list(text) }),
  configuration: text,
  hash: text,
  file: nullable(text),
  count,
  systems: list(system),
  unusual: list(
    object({
      kind: choice('first-time', 'many', 'one-value', 'threshold', 'invariant'),
      connector: text,
      message: text,
    }),
  ),
  notes: list(text),
  offset: count,
  orders: list(plannedOrder),
  waiting: object({
    new: count,
    changed: count,
    gone: count,
    items: list(
      object({
        change: choice('new', 'changed', 'gone'),
        kind: choice('addition', 'association', 'update', 'deletion'),
        resourceType: text,
        owner: text,
        ownerName: text,
        resource: text,
        reasons: list(text),
        values: list(object({ property: text, proposed: nullable(text), current: nullable(text) })),
      }),
    ),
  }),
};

export const planOutputs = {
  plan: object(plan, 'Output of plan, plan show and undo.'),
  apply: object({
    status: choice('applied', 'left', 'held', 'checked'),
    plan: object({ id: text, kind: choice('run', 'undo'), hash: text, count }),
    run: nullable(id),
    isResumed: flag,
    isDryRun: flag,
    orders: record(count),
    messages: list(text),
  }),
};
