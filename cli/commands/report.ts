import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CodedError } from '../../config/index.ts';
import type { Report, ReportRequest, ReportRow, Workspace } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatJsonLine } from '../json-text.ts';
import { findEntityType, findResourceType, findRole } from '../known-names.ts';
import { parseMoment } from '../moments.ts';
import type { Palette } from '../palette.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatTable } from '../table.ts';

interface ReportOptions {
  readonly format?: 'table' | 'csv' | 'xlsx' | 'json';
  readonly out?: string;
  readonly raw?: true;
  readonly resourceType?: string;
  readonly entityType?: string;
  readonly role?: string;
  readonly owner?: string;
  readonly at?: string;
  readonly days?: number;
}

/** Rows that a table for people, or one JSON document, holds. */
const maxShown = 10_000;

export function addReport(program: Command, run: RunCommand): void {
  program
    .command('report')
    .description('who has what, what waits, what deviates: "report list" shows all reports')
    .argument('<name>', 'a report, or list')
    .addOption(
      new Option(
        '--format <format>',
        'how it is told (default: by the name of --out, or a table)',
      ).choices(['table', 'csv', 'xlsx', 'json']),
    )
    .option('--out <file>', 'write it to a file: .csv or .xlsx')
    .option('--raw', 'CSV with text as it is, even where a spreadsheet would compute it')
    .option('--resource-type <name>', 'only this resource type')
    .option('--entity-type <name>', 'only this entity type')
    .option('--role <name>', 'only this role')
    .option('--owner <reference>', 'only this owner: EntityType:key')
    .option('--at <time>', 'as it was then: a day or a time', parseMoment)
    .option('--days <n>', 'only what is at least so many days old', parseDays)
    .action((name: string, options: ReportOptions, command: Command) =>
      run(command, (context) => {
        const isJson = command.optsWithGlobals<{ readonly json?: true }>().json === true;
        if (isJson && options.format === 'csv' && options.out === undefined)
          throw conflict(
            '--json prints one JSON document, --format csv prints CSV: one of the two.',
          );
        return name === 'list' ? listReports(context) : showReport(context, name, options, isJson);
      }),
    );
}

function parseDays(value: string): number {
  const days = Number(value);
  if (/^\d+$/u.test(value) && days <= 36_500) return days;
  throw new InvalidArgumentError('It must be a number of days.');
}

async function listReports(context: CommandContext): Promise<CommandResult<JsonOutput<'report'>>> {
  const rows = (await readReports(context)).map(({ name, doc, filters }) => [
    name,
    filters.map((filter) => `--${filter}`).join(' '),
    doc,
  ]);
  const columns = ['Report', 'Filters', 'Tells'].map((name) => ({ name, type: 'text' as const }));
  return {
    exitCode: exitCodes.done,
    document: {
      report: 'list',
      columns,
      rows,
      rowCount: rows.length,
      isComplete: true,
      file: null,
    },
    text: formatTable(['REPORT', 'FILTERS', 'TELLS'], rows, context.palette),
  };
}

const withoutConfiguration = new Set([
  'PROJECT_FOLDER_EMPTY',
  'PROJECT_FOLDER_MISSING',
  'PROJECT_NOT_DEPLOYED',
]);

/** Where no configuration is deployed, those that are built in. */
async function readReports(context: CommandContext): Promise<readonly Report[]> {
  try {
    return await withWorkspace(context, async ({ model }, engine) => engine.reportsOf(model));
  } catch (error) {
    if (!(error instanceof CodedError) || !withoutConfiguration.has(error.code)) throw error;
    return (await context.loadEngine()).reports;
  }
}

async function showReport(
  context: CommandContext,
  name: string,
  options: ReportOptions,
  isJson: boolean,
): Promise<CommandResult<JsonOutput<'report'>>> {
  const out = options.out === undefined ? null : resolve(context.workingFolder, options.out);
  const format = chooseFormat(options);
  return withWorkspace(context, async (workspace, engine) => {
    const report = engine.findReport(workspace.model, name);
    const request = await toRequest(context, engine, workspace, options);
    const about = { report: report.name, columns: report.columns };
    if (out !== null) {
      const rowCount = await writeReport(engine, workspace, report, request, { out, options });
      return {
        exitCode: exitCodes.done,
        document: { ...about, rows: [], rowCount, isComplete: false, file: out },
        text: `${rowCount} ${rowCount === 1 ? 'row' : 'rows'} written: ${out}`,
      };
    }
    const isRaw = options.raw === true;
    if (format === 'csv') {
      await context.writeResult(
        engine.formatTableRows(
          headerColumns(report),
          [report.columns.map(({ name: column }) => column)],
          { isRaw },
        ),
      );
      const { rows } = await engine.runReport(workspace, report, request, async (batch) =>
        context.writeResult(engine.formatTableRows(report.columns, batch, { isRaw })),
      );
      return {
        exitCode: exitCodes.done,
        document: { ...about, rows: [], rowCount: rows, isComplete: false, file: null },
        text: '',
      };
    }
    // As long as it is, where a table and the document of --json are cut.
    if (format === 'json' && !isJson) {
      const rowCount = await streamJson(context, engine, workspace, report, request);
      return {
        exitCode: exitCodes.done,
        document: { ...about, rows: [], rowCount, isComplete: false, file: null },
        text: '',
      };
    }
    const shown: ReportRow[] = [];
    const { rows } = await engine.runReport(workspace, report, request, async (batch) => {
      shown.push(...batch.slice(0, Math.max(0, maxShown - shown.length)));
    });
    const document = {
      ...about,
      rows: shown,
      rowCount: rows,
      isComplete: shown.length === rows,
      file: null,
    };
    return {
      exitCode: exitCodes.done,
      document,
      text: formatRows(report, shown, rows, context.palette),
    };
  });
}

/** The document of `--json` with every row, one to a line, written as they are read. */
async function streamJson(
  context: CommandContext,
  engine: Engine,
  workspace: Workspace,
  report: Report,
  request: ReportRequest,
): Promise<number> {
  const { name, columns } = report;
  const head = `  "report": ${formatJsonLine(name)},\n  "columns": ${formatJsonLine(columns)},`;
  await context.writeResult(`{\n${head}\n  "rows": [`);
  let separator = '\n';
  const { rows } = await engine.runReport(workspace, report, request, async (batch) => {
    await context.writeResult(
      `${separator}${batch.map((row) => `    ${formatJsonLine(row)}`).join(',\n')}`,
    );
    separator = ',\n';
  });
  await context.writeResult(
    `\n  ],\n  "rowCount": ${rows},\n  "isComplete": true,\n  "file": null\n}\n`,
  );
  return rows;
}

function headerColumns({ columns }: Report): Report['columns'] {
  return columns.map(({ name }) => ({ name, type: 'text' }));
}

function chooseFormat({ format, out }: ReportOptions): NonNullable<ReportOptions['format']> {
  const named = /\.(?<ending>csv|xlsx)$/iu.exec(out ?? '')?.groups?.['ending']?.toLowerCase();
  if (out !== undefined && named === undefined)
    throw conflict('The name of the file must end in .csv or .xlsx.');
  if (format === 'xlsx' && out === undefined)
    throw conflict('A workbook needs a file: name it with --out.');
  if (out !== undefined && format !== undefined && format !== named)
    throw conflict(`A file named ${out} does not hold ${format}.`);
  return format ?? (named === 'csv' || named === 'xlsx' ? named : 'table');
}

function conflict(message: string): CliError {
  return new CliError('USAGE_OPTIONS_CONFLICT', message, {
    hint: 'Leave out --format and name the file .csv or .xlsx, or leave out --out.',
  });
}

async function toRequest(
  context: CommandContext,
  engine: Engine,
  { store, model }: Workspace,
  options: ReportOptions,
): Promise<ReportRequest> {
  const { resourceType, entityType, role, at, days } = options;
  const today = new Date(context.now()).toISOString().slice(0, 10);
  if (at !== undefined && at.slice(0, 10) > today)
    throw new CliError(
      'USAGE_INVALID',
      `--at ${at} is still to come: nobody knows who has what then.`,
      {
        hint: 'Give a day up to today. What a change would bring is shown by "lockstep simulate".',
      },
    );
  const owner =
    options.owner === undefined
      ? undefined
      : await engine.findResource(store, model, options.owner);
  return {
    ...(resourceType === undefined ? {} : { resourceType: findResourceType(model, resourceType) }),
    ...(entityType === undefined ? {} : { entityType: findEntityType(model, entityType) }),
    // Who had what then may be of a role that is gone.
    ...(role === undefined ? {} : { role: at === undefined ? findRole(model, role) : role }),
    ...(at === undefined ? {} : { at }),
    ...(days === undefined ? {} : { days }),
    ...(owner === undefined ? {} : { owner }),
  };
}

async function writeReport(
  engine: Engine,
  workspace: Workspace,
  report: Report,
  request: ReportRequest,
  { out, options }: { readonly out: string; readonly options: ReportOptions },
): Promise<number> {
  await using file = await engine.createTableFile(out, { isRaw: options.raw === true });
  await file.startTable(report.name, report.columns);
  const { rows } = await engine.runReport(workspace, report, request, (batch) => file.add(batch));
  await file.complete();
  return rows;
}

function formatRows(
  report: Report,
  shown: readonly ReportRow[],
  total: number,
  palette: Palette,
): string {
  if (total === 0) return `${toPrintableLine(report.doc)}\nThere is nothing of that.`;
  const headers = report.columns.map(({ name }) => name.toUpperCase());
  const more =
    shown.length < total ? `\n${total - shown.length} more rows: write them with --out.` : '';
  return `${formatTable(headers, shown, palette)}${more}`;
}
