/** Settings on the tables that programs write. */
import Type from 'typebox';
import type { TableFormat } from './staged-tables.ts';

export const tableSettings = {
  Separator: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4,
      pattern: '^[^"\\r\\n]+$',
      description:
        'What stands between two values of a line. Else the comma, semicolon, tab or bar that the header line has most of.',
    }),
  ),
  Encoding: Type.String({
    default: 'UTF-8',
    description: 'Encoding of the tables. A byte order mark wins over it.',
  }),
  EndLine: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '^[^\\r\\n]+$',
      description:
        'The line every table ends with, as "#END": a table without it was cut off, whatever the exit code. It is no row.',
    }),
  ),
};

export function tableFormat(settings: {
  readonly Separator?: string;
  readonly Encoding: string;
  readonly EndLine?: string;
}): TableFormat {
  return {
    encoding: settings.Encoding,
    ...(settings.Separator === undefined ? {} : { separator: settings.Separator }),
    ...(settings.EndLine === undefined ? {} : { endLine: settings.EndLine }),
  };
}
