/** Tools for single CSV files; they need no project but for the folder they write to by default. */
import { randomBytes } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseReference, readProject, resolveSecret } from '../../config/index.ts';
import type { TransformOutcome } from '../../engine/index.ts';
import type { CommandContext, CommandResult } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { readOperations, type WrittenOperations } from '../csv-operations.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatFields } from '../table.ts';

interface TransformCommandOptions extends WrittenOperations {
  readonly inputPath: string;
  readonly outputPath?: string;
  readonly newName?: string;
  readonly inputFileEncoding: string;
  readonly separator: string;
  readonly regex?: true;
  readonly onError: 'keep' | 'empty' | 'fail';
  readonly replaceInput?: true;
  readonly dryRun?: true;
}

interface AnonymizeCommandOptions {
  readonly entryFile: string;
  readonly csvSeparator: string;
  readonly inputFileEncoding: string;
  readonly output?: string;
  readonly columns: readonly string[];
  readonly key?: string;
  readonly dryRun?: true;
}

export function addCsv(program: Command, run: RunCommand): void {
  const csv = program.command('csv').description('reshape and anonymize CSV files');
  addTransform(csv, run);
  addAnonymize(csv, run);
}

function addTransform(csv: Command, run: RunCommand): void {
  csv
    .command('transform')
    .description('rewrite a CSV file: headers, joined columns, internal forms, unique keys')
    .requiredOption('--input-path <file>', 'file to read')
    .option(
      '--output-path <folder>',
      'folder to write to (default: Temp/ExportOutput of the project)',
    )
    .option('--new-name <name>', 'name of the file to write (default: that of the input)')
    .option('--input-file-encoding <name>', 'encoding of the input', 'UTF-8')
    .option('--separator <text>', 'what stands between values of the input; \\t is a tab', ',')
    .option(
      '--regex',
      'the name of the input is a regular expression; the last created file is read',
    )
    .option('--new-headers <names...>', 'the file has no header line; these are its columns')
    .option(
      '--headers-edit-index <edits...>',
      'name the column with an index, from 0, such as "0 Number"',
    )
    .option(
      '--headers-edit-name <edits...>',
      'rename the first column of a name, such as "Nr Number"',
    )
    .option('--headers-remove-index <indexes...>', 'remove the columns with these indexes, from 0')
    .option('--headers-remove-name <names...>', 'remove the first column of each name')
    .option(
      '--columns-concat <joins...>',
      'add a column of two joined: "<column> <column> [<separator> [<header>]]"; by default nothing between, and both names',
    )
    .option('--columns-multivalued <splits...>', 'split a column at a text, such as "Skills |"')
    .option('--columns-date <dates...>', 'dates to the internal form, such as "Start dd/MM/yyyy"')
    .option('--columns-bool <columns...>', 'true or false to the internal form')
    .option('--columns-int32 <columns...>', 'whole numbers of 32 bits to the internal form')
    .option('--columns-int64 <columns...>', 'whole numbers of 64 bits to the internal form')
    .option('--columns-guid <columns...>', 'GUIDs to the internal form')
    .option('--columns-bytes <columns...>', 'Base64 to the internal form')
    .option('--columns-key <columns...>', 'of rows equal in all of these, the first stays')
    .addOption(
      new Option('--on-error <what>', 'what becomes of a value that cannot be converted')
        .choices(['keep', 'empty', 'fail'])
        .default('fail'),
    )
    .option('--replace-input', 'the output may take the place of the input')
    .option('--dry-run', 'read and check everything, and write nothing')
    .action((options: TransformCommandOptions, command: Command) =>
      run(command, (context) => transform(context, options)),
    );
}

function addAnonymize(csv: Command, run: RunCommand): void {
  csv
    .command('anonymize')
    .description('rewrite a CSV file with other letters and digits in some of its columns')
    .requiredOption('-n, --entry-file <file>', 'file to read')
    .option('-s, --csv-separator <text>', 'what stands between values; \\t is a tab', ';')
    .option('--input-file-encoding <name>', 'encoding of the input', 'UTF-8')
    .option('-o, --output <file>', 'file to write (default: stdout)')
    .requiredOption(
      '--columns <type:name,...>',
      'columns to change; types: string (default), mail, number, rdn',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--key <reference>',
      'env:<variable> or file:<path> of a secret: equal keys give equal values in all files (default: a new one for each run)',
    )
    .option('--dry-run', 'read and check everything, and write nothing')
    .action((options: AnonymizeCommandOptions, command: Command) =>
      run(command, (context) => anonymize(context, options, command)),
    );
}

async function transform(
  context: CommandContext,
  options: TransformCommandOptions,
): Promise<CommandResult<JsonOutput<'csv-transform'>>> {
  const operations = readOperationsOrExplain(options);
  const separator = readSeparator(options.separator);
  if (options.regex === true && options.newName === undefined) {
    throw usage('--regex needs --new-name.', 'Which file is read changes; name the one to write.');
  }
  const folder = await readOutputFolder(context, options.outputPath);
  const engine = await context.loadEngine();
  const input = await engine.locateInput(
    resolve(context.workingFolder, options.inputPath),
    options.regex === true,
  );
  const output = join(folder, readName(options.newName ?? basename(input)));
  const isDryRun = options.dryRun === true;
  const outcome = await engine.transformCsv({
    input: {
      path: input,
      encoding: options.inputFileEncoding,
      separator,
      ...watch(context, `Transforming ${basename(input)}`),
    },
    outputPath: output,
    operations,
    onError: options.onError,
    mayReplaceInput: options.replaceInput === true,
    isDryRun,
  });
  return {
    exitCode: exitCodes.done,
    document: { input, output, isDryRun, ...outcome },
    text: describeTransform(outcome, output, isDryRun),
  };
}

function describeTransform(outcome: TransformOutcome, output: string, isDryRun: boolean): string {
  const lead = isDryRun
    ? 'Nothing was written: this was a dry run.'
    : toPrintableLine(`Written: ${output}`);
  const { rowsRead, rowsWritten, repeatedKeys, withoutKey, namelessColumns } = outcome;
  return [
    lead,
    formatFields([
      ['Columns', outcome.columns.map(toPrintableLine).join(', ')],
      ['Rows', `${rowsRead} read, ${rowsWritten} written`],
      ...(repeatedKeys > 0 ? [['Repeated keys', `${repeatedKeys} rows left out`] as const] : []),
      ...(withoutKey > 0 ? [['Without a key', `${withoutKey} rows kept`] as const] : []),
      ...(namelessColumns > 0
        ? [['Without a name', `${namelessColumns} columns left out`] as const]
        : []),
      ...outcome.unconverted.map(
        ({ column, values, firstLine }) =>
          [
            'Not converted',
            `${values} values of ${toPrintableLine(column)}, the first at line ${firstLine}`,
          ] as const,
      ),
    ]),
  ].join('\n');
}

async function anonymize(
  context: CommandContext,
  options: AnonymizeCommandOptions,
  command: Command,
): Promise<CommandResult<JsonOutput<'csv-anonymize'>>> {
  const isJson = command.optsWithGlobals<{ readonly json?: true }>().json === true;
  const isDryRun = options.dryRun === true;
  const separator = readSeparator(options.csvSeparator);
  if (options.output === undefined && isJson && !isDryRun) {
    throw usage('--json needs --output.', 'Both would be written to stdout.');
  }
  const engine = await context.loadEngine();
  const columns = engine.parseAnonymizedColumns(options.columns);
  const key = await readKey(context, options.key);
  const input = resolve(context.workingFolder, options.entryFile);
  const output =
    options.output === undefined ? null : resolve(context.workingFolder, options.output);
  const { rows } = await engine.anonymizeCsv({
    input: {
      path: input,
      encoding: options.inputFileEncoding,
      separator,
      ...watch(context, `Anonymizing ${basename(input)}`),
    },
    columns,
    key,
    output: isDryRun ? undefined : (output ?? context.writeResult),
  });
  if (options.key === undefined && !isDryRun) {
    context.note('A key was drawn for this file alone: give --key to get equal values in others.');
  }
  return {
    exitCode: exitCodes.done,
    document: { input, output, isDryRun, rows, columns: columns.map((column) => ({ ...column })) },
    text: describeAnonymized(output, rows, isDryRun),
  };
}

function describeAnonymized(output: string | null, rows: number, isDryRun: boolean): string {
  if (isDryRun) return `Nothing was written: this was a dry run over ${rows} rows.`;
  return output === null ? '' : toPrintableLine(`Written: ${output}, ${rows} rows`);
}

/** A key of somebody's own must be worth its name: what is guessed undoes everything. */
const leastKeyLength = 16;

async function readKey(context: CommandContext, written: string | undefined): Promise<Uint8Array> {
  if (written === undefined) return randomBytes(32);
  const reference = parseReference(written);
  if (reference === undefined) {
    throw usage(
      '--key takes a reference, not the key.',
      'Write env:<variable> or file:<path>: command lines are seen by others.',
    );
  }
  const { workingFolder, environment } = context;
  const secret = await resolveSecret(reference, { folder: workingFolder, environment });
  const key = secret.reveal();
  if (key.length >= leastKeyLength) return Buffer.from(key, 'utf8');
  throw usage(
    `The key of --key is shorter than ${leastKeyLength} characters.`,
    'Make a long one by chance, such as with "lockstep password generate --auto-generate --generated-length 40".',
  );
}

function watch(
  { signal, progress }: CommandContext,
  task: string,
): {
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, total: number) => void;
} {
  return { signal, onProgress: (bytes, total) => progress.report(task, bytes, total) };
}

async function readOutputFolder(
  context: CommandContext,
  written: string | undefined,
): Promise<string> {
  if (written !== undefined) return resolve(context.workingFolder, written);
  const { tempFolder } = await readProject(context.folder, context.environment);
  return join(tempFolder, 'ExportOutput');
}

function readName(name: string): string {
  if (name !== '' && name === basename(name) && dirname(name) === '.' && !/[\\\0]/.test(name)) {
    return name;
  }
  throw usage('--new-name is the name of a file, not a path.', 'Give the folder to --output-path.');
}

function readSeparator(text: string): string {
  const separator = text.replaceAll('\\t', '\t');
  if (/^[^"\r\n]{1,4}$/.test(separator)) return separator;
  throw usage(
    'The separator is no text of one to four characters.',
    'Quotes and line breaks cannot separate values.',
  );
}

function readOperationsOrExplain(
  options: TransformCommandOptions,
): ReturnType<typeof readOperations> {
  try {
    return readOperations(options);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw usage(error.message, 'Add --help to see the options.');
  }
}

function usage(message: string, hint: string): CliError {
  return new CliError('USAGE_INVALID', message, { hint });
}
