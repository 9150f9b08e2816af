/** Outputs of commands about the configuration and its connections. */
import {
  choice,
  count,
  diagnosticPart,
  errorPart,
  flag,
  list,
  nullable,
  object,
  text,
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
    format: choice('xsd', 'json'),
    file: nullable(text),
    content: nullable(text),
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
