/** Outputs of commands that look at the store. */
import Type from 'typebox';
import {
  anything,
  choice,
  count,
  diagnosticPart,
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

const order = object({
  id,
  assignmentId: id,
  resourceType: text,
  connector: text,
  connection: text,
  changeType: choice('added', 'modified', 'deleted'),
  status: choice('generated', 'intent', 'ticket', 'executed', 'errored', 'superseded'),
  attempts: count,
  generatedAt: timestamp,
  intentAt: nullable(timestamp),
  outcomeAt: nullable(timestamp),
  message: nullable(text),
  errorCode: nullable(text),
  decidedBy: nullable(text),
  run: id,
  order: anything,
});

const values = record(nullable(text));
const resource = object({ entityType: text, key: text, name: text });

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
    run: object({ id, at: timestamp }),
    asOf: nullable(timestamp),
  }),
  'order list': object({ orders: list(order) }),
  'order show': order,
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
        rule: object({ element: text, file: text, line: count, column: count }),
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
  }),
};
