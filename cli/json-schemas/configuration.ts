/** Outputs of commands about the configuration and its connections. */
import {
  choice,
  count,
  diagnosticPart,
  errorPart,
  flag,
  list,
  nonNegative,
  nullable,
  object,
  text,
  timestamp,
} from './parts.ts';

export const configurationOutputs = {
  init: object({ folder: text, files: list(text), isDryRun: flag }),
  validate: object({
    status: choice('valid', 'invalid'),
    hash: nullable(text),
    files: count,
    elements: nullable(count),
    counts: object({ errors: count, warnings: count, infos: count }),
    diagnostics: list(diagnosticPart),
    withoutEffect: list(
      object({
        kind: choice('element', 'attribute'),
        name: text,
        count,
        why: text,
        file: text,
        line: count,
        column: count,
      }),
    ),
    expansions: nullable(
      list(
        object({
          scaffolding: text,
          file: text,
          line: count,
          column: count,
          isKnown: flag,
          elements: list(
            object({
              element: text,
              identifier: nullable(text),
              fate: choice('generated', 'repeated', 'replaced', 'merged', 'updated', 'deleted'),
              writtenFile: nullable(text),
              writtenLine: nullable(count),
            }),
          ),
          xml: text,
        }),
      ),
    ),
  }),
  deploy: object({
    status: choice('invalid', 'deployed', 'unchanged', 'planned'),
    hash: nullable(text),
    items: list(
      object({
        change: choice('inserted', 'changed', 'removed'),
        element: text,
        key: text,
        file: text,
        line: count,
      }),
    ),
    migration: list(
      object({
        change: choice('create', 'add-column', 'drop-column', 'drop', 'index'),
        entityType: nullable(text),
        association: nullable(text),
        property: nullable(text),
        affectedRows: count,
      }),
    ),
    diagnostics: list(diagnosticPart),
  }),
  schema: object({
    format: choice('xsd', 'json', 'tests'),
    file: nullable(text),
    content: nullable(text),
  }),
  test: object({
    status: choice('passed', 'failed', 'invalid'),
    counts: object({ passed: count, failed: count, invalid: count }),
    tests: list(
      object({
        file: text,
        name: text,
        line: count,
        status: choice('passed', 'failed', 'invalid'),
        durationMs: nonNegative,
        failures: list(
          object({
            file: text,
            line: count,
            column: count,
            on: timestamp,
            owner: text,
            resourceType: nullable(text),
            property: nullable(text),
            subject: text,
            expected: text,
            got: text,
            explanation: list(text),
          }),
        ),
      }),
    ),
    coverage: nullable(
      object({
        percent: nonNegative,
        covered: count,
        total: count,
        rules: list(
          object({
            element: text,
            subject: text,
            file: text,
            line: count,
            column: count,
            reach: choice('asserted', 'reached', 'missed', 'ineffective'),
          }),
        ),
      }),
    ),
    diagnostics: list(diagnosticPart),
    report: nullable(text),
  }),
  convert: object({
    status: choice('converted', 'refused'),
    to: choice('json', 'xml'),
    folder: text,
    hash: nullable(text),
    files: list(object({ from: text, to: text, isConverted: flag })),
    isDryRun: flag,
    diagnostics: list(diagnosticPart),
  }),
  'connection list': object({
    connections: list(
      object({
        identifier: text,
        displayName: text,
        connector: text,
        package: text,
        abilities: list(choice('export', 'fulfil', 'tickets')),
        deactivation: choice('None', 'Export', 'Fulfill'),
      }),
    ),
  }),
  'connection check': object({
    connections: list(
      object({
        identifier: text,
        use: choice('settings', 'export', 'fulfil'),
        status: choice('ready', 'failed'),
        message: text,
        error: nullable(errorPart),
      }),
    ),
  }),
  'connection schema': object({
    connection: text,
    tables: list(
      object({
        name: text,
        columns: list(object({ name: text, type: nullable(text), isKey: flag })),
      }),
    ),
  }),
};
