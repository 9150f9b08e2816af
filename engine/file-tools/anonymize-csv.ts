/** The same file with other letters and digits in some of its columns: lines, columns, quoting needs and separator stay. */

import { type AnonymizedColumn, createAnonymizers } from './anonymize-value.ts';
import { OutputFile } from './output-file.ts';
import { describeEmptyFile, type ForeignCsv, readForeignCsv } from './read-foreign-csv.ts';
import { refuseSameFile } from './transform-csv.ts';
import { describeUnknownColumn } from './transform-plan.ts';

export interface AnonymizeOptions {
  readonly input: ForeignCsv;
  readonly columns: readonly AnonymizedColumn[];
  /** Equal keys give equal values, in this file and in others. */
  readonly key: Uint8Array;
  /** An absolute path; a function that takes the text, such as one that prints; or nothing, to read and check only. */
  readonly output: string | ((text: string) => Promise<void>) | undefined;
}

/** Gives the rows written. A file is whole or absent; a function may have got some lines before an error is thrown. */
export async function anonymizeCsv(options: AnonymizeOptions): Promise<{ readonly rows: number }> {
  const { output, input } = options;
  if (typeof output !== 'string') {
    return { rows: await rewrite(options, output ?? (async () => {})) };
  }
  await refuseSameFile(input.path, output);
  await using file = await OutputFile.create(output);
  const rows = await rewrite(options, (text) => file.write(text));
  await file.complete();
  return { rows };
}

async function rewrite(
  { input, columns, key }: AnonymizeOptions,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const anonymizers = createAnonymizers(key);
  let replacements: readonly ((text: string) => string)[] | undefined;
  let rows = 0;
  for await (const { records } of readForeignCsv(input)) {
    const lines: (readonly string[])[] = [];
    for (const record of records) {
      if (replacements !== undefined) {
        lines.push(replaceFields(record, replacements));
        rows += 1;
        continue;
      }
      replacements = planReplacements(record, columns, anonymizers, input.path);
      lines.push(record);
    }
    await write(formatLines(lines, input.separator));
  }
  if (replacements === undefined) throw describeEmptyFile(input.path);
  return rows;
}

/** By position: every column of a name, as one that is left would give the others away. */
function planReplacements(
  header: readonly string[],
  columns: readonly AnonymizedColumn[],
  anonymizers: ReturnType<typeof createAnonymizers>,
  path: string,
): readonly ((text: string) => string)[] {
  const unknown = columns.find(({ name }) => !header.includes(name));
  if (unknown !== undefined) throw describeUnknownColumn(unknown.name, header, path);
  return header.map((name) => {
    const column = columns.find((each) => each.name === name);
    return column === undefined ? (text: string) => text : anonymizers[column.type];
  });
}

function replaceFields(
  record: readonly string[],
  replacements: readonly ((text: string) => string)[],
): readonly string[] {
  return record.map((field, index) => {
    // What stands past the header belongs to no column: it is dropped, as nobody has said that it may be shown.
    const replace = replacements[index];
    return replace === undefined ? '' : replace(field);
  });
}

function formatLines(lines: readonly (readonly string[])[], separator: string): string {
  let text = '';
  for (const fields of lines) {
    const isBlank = fields.length === 1 && fields[0] === '';
    text += isBlank
      ? '""\n'
      : `${fields.map((field) => quote(field, separator)).join(separator)}\n`;
  }
  return text;
}

function quote(field: string, separator: string): string {
  const isPlain = !/["\r\n]/.test(field) && !field.includes(separator);
  return isPlain ? field : `"${field.replaceAll('"', '""')}"`;
}
