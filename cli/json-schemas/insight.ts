/** Outputs of commands that explain: lineage, reports, simulations. */
import Type from 'typebox';
import { choice, count, flag, list, nullable, object, text } from './parts.ts';

const position = object({ file: text, line: count, column: count });

const simulatedRule = {
  element: text,
  file: text,
  line: count,
  column: count,
  side: choice('before', 'after'),
};
const simulatedOrders = list(
  object({ resourceType: text, added: count, modified: count, deleted: count }),
);

export const insightOutputs = {
  report: object({
    report: text,
    columns: list(
      object({ name: text, type: choice('text', 'number', 'boolean', 'date', 'dateTime') }),
    ),
    rows: list(list(Type.Union([text, Type.Number(), flag, Type.Null()]))),
    rowCount: count,
    isComplete: flag,
    file: nullable(text),
  }),
  simulate: object({
    items: list(
      object({
        change: choice('inserted', 'changed', 'removed'),
        element: text,
        key: text,
        file: text,
        line: count,
      }),
    ),
    sources: list(object({ connector: text, files: list(text), messages: list(text) })),
    owners: count,
    effects: object({ gains: count, loses: count, changes: count }),
    rules: list(
      object({ ...simulatedRule, gains: count, loses: count, changes: count, owners: count }),
    ),
    risks: list(
      object({
        ...{ risk: text, name: text, level: count, exemption: text },
        ...{ gains: count, loses: count },
      }),
    ),
    orders: object({ before: simulatedOrders, after: simulatedOrders, blocked: nullable(text) }),
    shown: list(
      object({
        entityType: text,
        key: text,
        name: text,
        kind: choice('role', 'resource-type', 'value', 'risk'),
        change: choice('gains', 'loses', 'changes'),
        item: text,
        property: nullable(text),
        before: nullable(text),
        after: nullable(text),
        rules: list(object(simulatedRule)),
      }),
    ),
    isComplete: flag,
    file: nullable(text),
  }),
  lineage: object({
    subject: text,
    direction: choice('sources', 'uses'),
    nodes: list(
      object({
        id: text,
        kind: choice(
          'column',
          'mapping',
          'property',
          'expression',
          'context',
          'dimension',
          'role',
          'rule',
          'order',
          'attribute',
        ),
        label: text,
        text: nullable(text),
        at: nullable(position),
      }),
    ),
    edges: list(object({ from: text, to: text })),
  }),
};
