/** Outputs of the tools for single files, and of passwords. */
import { choice, count, flag, list, nullable, object, text } from './parts.ts';

export const fileToolOutputs = {
  'csv-transform': object({
    input: text,
    output: text,
    isDryRun: flag,
    columns: list(text),
    rowsRead: count,
    rowsWritten: count,
    repeatedKeys: count,
    withoutKey: count,
    namelessColumns: count,
    unconverted: list(object({ column: text, values: count, firstLine: count })),
  }),
  'csv-anonymize': object({
    input: text,
    output: nullable(text),
    isDryRun: flag,
    rows: count,
    columns: list(object({ type: choice('string', 'mail', 'number', 'rdn'), name: text })),
  }),
  'password-generate': object({ password: text, length: count, isGenerated: flag }),
};
