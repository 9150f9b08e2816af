/** Outputs of the commands about roles. */
import {
  choice,
  count,
  flag,
  id,
  internalDate,
  list,
  nullable,
  object,
  record,
  text,
  timestamp,
} from './parts.ts';

const roleKind = choice('composite', 'single', 'resource-type');
const date = nullable(internalDate);

const approval = object({ step: count, person: text, at: timestamp, isImplicit: flag });

const assigned = {
  id,
  kind: roleKind,
  role: text,
  owner: object({ id, key: text, name: text, entityType: text }),
  workflowState: count,
  state: text,
  isDenied: flag,
  isIndirect: flag,
  startDate: date,
  endDate: date,
  parameters: record(text),
  since: timestamp,
  request: nullable(choice('assign', 'deny', 'cancel', 'prolong')),
  amends: nullable(id),
  requestedBy: nullable(text),
  approvals: list(approval),
  waiting: nullable(object({ step: count, of: count, approvers: nullable(list(text)) })),
};

export const roleOutputs = {
  /** `next` is where the next page begins. */
  'role list': object({ roles: list(object(assigned)), total: count, next: nullable(id) }),
  'role show': object({
    ...assigned,
    decisions: list(object({ kind: text, by: text, at: timestamp, comment: nullable(text) })),
  }),
  'role defined': object({
    roles: list(
      object({
        kind: roleKind,
        role: text,
        name: text,
        entityType: text,
        policy: text,
        category: nullable(text),
        approval: text,
        requiredParameters: list(text),
        parameters: list(text),
        gracePeriodMinutes: count,
        maxDurationMinutes: count,
      }),
    ),
  }),
  'role change': object(
    {
      action: choice('request', 'deny', 'cancel', 'prolong', 'complete', 'approve', 'decline'),
      person: text,
      comment: nullable(text),
      isDryRun: flag,
      changed: count,
      roles: list(
        object({
          id: nullable(id),
          role: text,
          ownerId: id,
          owner: object({ id, key: text, name: text, entityType: text }),
          workflowState: nullable(count),
          state: text,
          endDate: date,
          missing: list(text),
          risks: list(
            object({
              risk: text,
              name: text,
              level: count,
              effect: choice('warning', 'approval', 'blocking'),
              remediation: nullable(text),
            }),
          ),
        }),
      ),
    },
    'Output of what changes assigned roles; a workflow state of null says that the assignment ends.',
  ),
};
