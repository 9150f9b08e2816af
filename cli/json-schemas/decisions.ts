/** Outputs of commands by which people decide: review, tickets, reconciliation. */
import Type from 'typebox';
import {
  anything,
  choice,
  count,
  flag,
  id,
  list,
  namePart,
  nullable,
  object,
  text,
  timestamp,
} from './parts.ts';

const target = object({ id, key: text });
const value = object({
  property: text,
  proposed: nullable(text),
  current: nullable(text),
  state: text,
});

const reviewItem = object({
  assignmentId: id,
  resourceType: text,
  kind: choice('addition', 'association', 'update', 'deletion'),
  state: choice('awaiting-approval', 'errored'),
  owner: namePart,
  target: nullable(target),
  confidence: nullable(Type.Number()),
  blockedBy: list(text),
  lastError: nullable(text),
  since: timestamp,
  values: list(value),
});

const ticket = object({
  orderId: id,
  resourceType: text,
  changeType: choice('added', 'modified', 'deleted'),
  owner: namePart,
  openedAt: timestamp,
  order: anything,
});

const gap = object({
  kind: choice('property', 'unauthorized-account', 'orphan'),
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
});

export const decisionOutputs = {
  'review list': object({ items: list(reviewItem) }),
  'review show': reviewItem,
  /** `total` counts all open tickets; the list holds the newest 10,000 of them, oldest first. */
  'ticket list': object({ tickets: list(ticket), total: count }),
  'ticket show': ticket,
  'reconcile list': object({ gaps: list(gap) }),
  'reconcile show': object({ gaps: list(gap) }),
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
      ),
      ids: list(id),
      property: nullable(text),
      person: text,
      comment: nullable(text),
      isDryRun: flag,
      changed: count,
    },
    'Output of the decisions of review, ticket and reconcile; ids are assignments, for tickets orders.',
  ),
};
