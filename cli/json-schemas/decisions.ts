/** Outputs of commands by which people decide: review, tickets, reconciliation. */
import Type from 'typebox';
import {
  anything,
  choice,
  count,
  flag,
  id,
  internalDate,
  list,
  namePart,
  nullable,
  object,
  text,
  timestamp,
} from './parts.ts';

const target = object({ id, key: text });
const postponed = nullable(
  object({ until: timestamp, by: text, at: timestamp, comment: nullable(text) }),
);
const percent = nullable(Type.Number());
const value = object({
  property: text,
  proposed: nullable(text),
  current: nullable(text),
  state: text,
  workflowState: nullable(text),
  confidence: percent,
  blockedBy: list(text),
  lastError: nullable(text),
  since: nullable(timestamp),
  postponed,
});

const reviewItem = {
  assignmentId: id,
  resourceType: text,
  kind: choice('addition', 'association', 'update', 'deletion'),
  state: choice('awaiting-approval', 'errored', 'declined'),
  owner: namePart,
  target: nullable(target),
  confidence: percent,
  blockedBy: list(text),
  lastError: nullable(text),
  since: timestamp,
  values: list(value),
  workflowState: text,
  startDate: nullable(internalDate),
  endDate: nullable(internalDate),
  isWhole: flag,
  postponed,
};

/** Why an order is asked for: the rule behind the resource, or behind one of its values. */
const reason = object({
  property: nullable(text),
  element: text,
  file: text,
  line: count,
  column: count,
  role: nullable(text),
});

const ticket = {
  orderId: id,
  resourceType: text,
  changeType: choice('added', 'modified', 'deleted'),
  owner: namePart,
  openedAt: timestamp,
  order: anything,
  takenBy: nullable(text),
  takenAt: nullable(timestamp),
  /** When it is an error not to have an answer; `null`: never. */
  dueAt: nullable(timestamp),
  isOverdue: flag,
};

const gap = object({
  kind: choice('property', 'unauthorized-account', 'role', 'orphan'),
  assignmentId: nullable(id),
  resourceType: nullable(text),
  entityType: text,
  owner: nullable(namePart),
  target,
  property: nullable(text),
  proposed: nullable(text),
  current: nullable(text),
  workflowState: text,
  since: nullable(timestamp),
  id,
  role: nullable(object({ identifier: text, kind: choice('composite', 'single') })),
  confidence: percent,
  provisioningState: nullable(text),
  startDate: nullable(internalDate),
  endDate: nullable(internalDate),
  postponed,
  classification: nullable(object({ resourceType: text, confidence: Type.Number() })),
  isIndirect: flag,
});

const decision = object({
  id,
  kind: text,
  /** Of the assignment or role that was decided about. */
  assignmentId: id,
  item: nullable(text),
  owner: nullable(namePart),
  subject: text,
  values: list(object({ property: text, proposed: nullable(text), current: nullable(text) })),
  by: text,
  at: timestamp,
  comment: nullable(text),
  run: nullable(id),
});

const period = object({ startDate: nullable(internalDate), endDate: nullable(internalDate) });

const redundant = object({
  id,
  kind: choice('role', 'resource-type'),
  item: text,
  ownerType: text,
  owner: namePart,
  manual: period,
  rule: period,
  /** What stays approved by hand when the two are merged. */
  remains: list(period),
});

export const decisionOutputs = {
  /** `next` is where the next page begins. */
  'review list': object({ items: list(object(reviewItem)), total: count, next: nullable(id) }),
  'review show': object({ ...reviewItem, rules: list(reason) }),
  'review groups': object({
    groups: list(
      object({
        resourceType: text,
        property: text,
        current: nullable(text),
        proposed: nullable(text),
        count,
      }),
    ),
  }),
  /** `total` counts all open tickets that the options let through. */
  'ticket list': object({ tickets: list(object(ticket)), total: count, next: nullable(id) }),
  'ticket show': object(ticket),
  'reconcile list': object({ gaps: list(gap), total: count, next: nullable(text) }),
  'reconcile show': object({ gaps: list(gap) }),
  'reconcile redundant list': object({ assignments: list(redundant) }),
  'decision list': object({ decisions: list(decision), next: nullable(id) }),
  decision: object(
    {
      decision: choice(
        'approve',
        'decline',
        'unblock',
        'confirm',
        'fail',
        'keep',
        'accept',
        'delete',
        'postpone',
        'reopen',
        'take',
        'release',
        'apply',
      ),
      ids: list(id),
      property: nullable(text),
      person: text,
      comment: nullable(text),
      isDryRun: flag,
      changed: count,
    },
    'Output of the decisions of review, ticket and reconcile; ids are what the list shows in its first column.',
  ),
};
