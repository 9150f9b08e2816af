/** Outputs of commands that look at the store. */
import Type from 'typebox';
import {
  anything,
  choice,
  count,
  diagnosticPart,
  flag,
  id,
  internalDate,
  list,
  namePart,
  nonNegative,
  nullable,
  object,
  record,
  text,
  timestamp,
} from './parts.ts';

const orderFields = {
  id,
  assignmentId: id,
  resourceType: text,
  connector: text,
  connection: text,
  changeType: choice('added', 'modified', 'deleted'),
  status: choice(
    'held',
    'generated',
    'intent',
    'ticket',
    'executed',
    'errored',
    'conflict',
    'expired',
    'cancelled',
    'superseded',
  ),
  attempts: count,
  generatedAt: timestamp,
  intentAt: nullable(timestamp),
  outcomeAt: nullable(timestamp),
  message: nullable(text),
  errorCode: nullable(text),
  decidedBy: nullable(text),
  run: id,
  nextAttemptAt: nullable(timestamp),
  writtenValues: nullable(record(nullable(text))),
  resetsPassword: flag,
  order: anything,
};
const order = object(orderFields);

const orderEvent = object({
  kind: choice('retry', 'probed', 'late', 'asked', 'approved', 'retry-now', 'cancelled'),
  at: timestamp,
  code: nullable(text),
  message: nullable(text),
  person: nullable(text),
});

const values = record(nullable(text));
const resource = object({ entityType: text, key: text, name: text });

const rule = object({
  element: text,
  file: text,
  line: count,
  column: count,
  text: nullable(text),
});

const riskItem = {
  ...{ resourceType: text, property: text, resource: nullable(text) },
  ...{ account: nullable(text), isPresent: flag, through: nullable(text) },
  roles: list(text),
};
const waitingRisk = object({
  ...{ risk: text, name: text, level: count, remediation: nullable(text) },
  rules: list(
    object({
      ...{ file: text, line: count, column: count },
      items: list(object({ ...riskItem, isBrought: flag })),
    }),
  ),
});

export const storeOutputs = {
  'resource list': object({
    entityType: text,
    asOf: nullable(timestamp),
    resources: list(object({ id, key: text, name: text, values })),
    nextAfter: nullable(id),
  }),
  'resource show': object({
    entityType: text,
    id,
    key: text,
    displayName: text,
    properties: list(object({ property: text, value: nullable(text) })),
    links: list(
      object({
        property: text,
        items: list(object({ entityType: text, id, key: text, name: text })),
      }),
    ),
    assignments: list(
      object({
        assignmentId: id,
        resourceType: text,
        role: choice('owner', 'target'),
        owner: nullable(namePart),
        target: nullable(namePart),
        workflowState: text,
        provisioningState: text,
        startDate: nullable(internalDate),
        endDate: nullable(internalDate),
        lastError: nullable(text),
        deviations: count,
        consolidated: object({
          provisioningState: text,
          reviewState: nullable(text),
          blocked: count,
          found: count,
          foundState: nullable(text),
        }),
      }),
    ),
    roles: list(
      object({
        role: text,
        state: text,
        startDate: nullable(internalDate),
        endDate: nullable(internalDate),
      }),
    ),
    indirect: list(
      object({
        ...{ resourceType: text, property: text, value: namePart },
        ...{ through: text, account: namePart },
      }),
    ),
    run: object({ id, at: timestamp }),
    asOf: nullable(timestamp),
  }),
  'order list': object({ orders: list(order) }),
  'order show': object({ ...orderFields, events: list(orderEvent) }),
  'order retry': object({
    orders: list(id),
    connections: list(text),
    person: text,
    comment: nullable(text),
    isDryRun: flag,
  }),
  'order cancel': object({
    orders: list(id),
    person: text,
    comment: nullable(text),
    isDryRun: flag,
  }),
  'password reset': object({
    resets: list(
      object({
        orderId: nullable(id),
        status: choice('generated', 'held'),
        account: object({ entityType: text, key: text }),
        owner: namePart,
        resourceType: text,
        connection: text,
        connector: text,
        isTicket: flag,
        mustChange: flag,
        toldTo: nullable(text),
      }),
    ),
    person: text,
    comment: nullable(text),
    isDryRun: flag,
  }),
  'password approve': object({
    orders: list(id),
    person: text,
    comment: nullable(text),
    isDryRun: flag,
  }),
  eval: object({
    status: choice('evaluated', 'failed', 'rejected'),
    value: Type.Union([text, Type.Null(), list(text), record(nullable(text))]),
    type: nullable(text),
    steps: nullable(nonNegative),
    durationMs: nullable(nonNegative),
    readings: list(object({ resource: text, property: text, value: nullable(text) })),
    error: nullable(object({ code: text, message: text, hint: nullable(text) })),
    diagnostics: list(diagnosticPart),
  }),
  explain: object({
    resource,
    owner: resource,
    configuration: object({ hash: text, deployedAt: timestamp }),
    entries: list(
      object({
        resourceType: text,
        property: nullable(text),
        value: nullable(text),
        current: nullable(text),
        state: text,
        rule,
        singleRole: nullable(text),
        context: nullable(
          object({
            startDate: nullable(internalDate),
            endDate: nullable(internalDate),
            dimensions: record(nullable(text)),
          }),
        ),
        inputs: list(
          object({
            entityType: text,
            key: text,
            property: text,
            value: nullable(text),
            source: nullable(object({ table: text, row: nullable(count), run: id, at: timestamp })),
          }),
        ),
      }),
    ),
    absences: list(
      object({
        kind: choice('role', 'resource-type', 'property'),
        subject: text,
        isGiven: flag,
        answer: text,
        rules: list(
          object({
            rule,
            value: nullable(text),
            outcome: choice('gives', 'denies', 'does not apply'),
            obstacles: list(object({ kind: text, text })),
          }),
        ),
        stored: list(text),
      }),
    ),
    roles: list(
      object({
        kind: choice('composite', 'single'),
        role: text,
        state: text,
        isDenied: flag,
        isIndirect: flag,
        startDate: nullable(internalDate),
        endDate: nullable(internalDate),
        parameters: record(text),
        cause: nullable(text),
        requestedBy: nullable(text),
        approvals: list(object({ step: count, by: text, at: timestamp })),
        since: timestamp,
        waitsFor: nullable(list(waitingRisk)),
        rules: list(rule),
      }),
    ),
    requests: list(
      object({
        assignmentId: id,
        resourceType: text,
        request: choice('assign', 'deny', 'cancel', 'prolong'),
        amends: nullable(id),
        state: text,
        startDate: nullable(internalDate),
        endDate: nullable(internalDate),
        parameters: record(text),
        requestedBy: nullable(text),
        requestedAt: nullable(timestamp),
        approvals: list(object({ step: count, by: text, at: timestamp })),
        since: timestamp,
        waitsFor: nullable(list(waitingRisk)),
      }),
    ),
    indirect: list(
      object({
        resourceType: text,
        property: text,
        value: text,
        through: text,
        account: text,
        path: list(object({ property: text, entityType: text, key: text })),
        roles: list(text),
        since: nullable(timestamp),
      }),
    ),
    risks: list(
      object({
        ...{ id, risk: text, name: text, level: count, exemption: text, since: timestamp },
        items: list(object(riskItem)),
        accepted: list(
          object({
            ...{ item: text, how: choice('approved', 'overridden'), by: text, at: timestamp },
            comment: nullable(text),
          }),
        ),
      }),
    ),
    delays: list(
      object({
        assignmentId: id,
        resourceType: text,
        kind: text,
        property: nullable(text),
        text,
        cure: text,
      }),
    ),
    notes: list(text),
    assignments: list(
      object({
        assignmentId: id,
        resourceType: text,
        workflowState: text,
        provisioningState: text,
        lastError: nullable(text),
        since: timestamp,
        run: id,
      }),
    ),
    decisions: list(
      object({ kind: text, subject: text, by: text, at: timestamp, comment: nullable(text) }),
    ),
    orders: list(
      object({
        id,
        changeType: text,
        status: text,
        generatedAt: timestamp,
        outcomeAt: nullable(timestamp),
        message: nullable(text),
      }),
    ),
    history: list(
      object({
        at: timestamp,
        run: nullable(id),
        kind: choice('role', 'resource-type', 'value', 'indirect-link'),
        name: text,
        property: nullable(text),
        change: choice('given', 'changed', 'ended'),
        fields: list(object({ field: text, from: nullable(text), to: nullable(text) })),
      }),
    ),
    order: nullable(
      object({
        id,
        changeType: choice('added', 'modified', 'deleted'),
        status: text,
        resourceType: text,
        connection: text,
        attempts: count,
        properties: list(text),
        request: nullable(text),
        events: list(object({ at: timestamp, text, by: nullable(text) })),
      }),
    ),
  }),
};
