/** A file of fixed columns with the objects of the contract. */
import { truncate } from 'node:fs/promises';
import { prepareRowFile } from '../contract/row-file.ts';
import { leaveOut } from '../contract/skips.ts';
import type { ContractRow, PreparedSource } from '../contract/subject.ts';
import type { Exporter } from '../package.ts';
import type { FixedField } from './fixed-columns.ts';

/** One record: values in their columns, blanks between. Throws where a value is longer than its field. */
export function formatRecord(
  start: string,
  fields: readonly FixedField[],
  values: Readonly<Record<string, string | null>>,
): string {
  const characters = [...start];
  for (const { name, start: from, end } of fields) {
    const value = [...(values[name] ?? '')];
    if (value.length > end - from + 1) throw new Error(`${name} is longer than its field`);
    while (characters.length < end) characters.push(' ');
    characters.splice(from - 1, value.length, ...value);
  }
  return characters.join('').trimEnd();
}

/** What a case needs of a file of records, besides settings and the table. */
interface RecordFile
  extends Required<Pick<PreparedSource, 'opened' | 'change' | 'breakAfter'>>,
    AsyncDisposable {
  readonly folder: string;
  readonly path: string;
}

/** A file with a header, which no unload is without, and a record for each row. */
export async function prepareRecordFile(
  rows: readonly ContractRow[],
  header: string,
  format: (row: ContractRow) => string,
): Promise<RecordFile> {
  const formatAll = (held: readonly ContractRow[]): string =>
    header + held.map((row) => `${format(row)}\n`).join('');
  return prepareRowFile(rows, {
    name: 'unload.txt',
    format: formatAll,
    // In the middle of a record.
    cut: (path, count) => truncate(path, Buffer.byteLength(formatAll(rows.slice(0, count))) + 7),
  });
}

/** The package without the tables that come along with every unload: the contract knows one. */
export function pickTables<S>(exporter: Exporter<S>): Exporter<S> {
  return {
    ...exporter,
    async *exportTables(request, context) {
      const wanted = request.tables.map(({ name }) => name);
      for await (const batch of exporter.exportTables(request, context)) {
        if (!('table' in batch) || wanted.includes(batch.table)) yield batch;
      }
    },
  };
}

/** Why cases do not apply to files of records. */
export const skipsOfRecords: Readonly<Record<string, string>> = {
  ...leaveOut(
    ['connection-wrong-password', 'secrets-hidden', 'secrets-hidden-at-work'],
    'there are no secret settings',
  ),
  ...leaveOut(
    ['reading-throttled', 'reading-times-out', 'reading-stopped-while-waiting'],
    'a file answers at once',
  ),
  'waits-for-reader': 'nobody counts what is read of a file',
  'spaces-kept': 'blanks at the end of a field mean nothing',
  'line-breaks-kept': 'a line break ends a record',
  'large-kept': 'fields are as long as their columns',
  'several-values-steady': 'there are no properties with several values',
};
