/** Reads a system through a program: the table it prints, or the files it writes. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeUnknownEncoding, findEncoding } from '../spi/decode-file.ts';
import { ConnectorError } from '../spi/errors.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
  TableRequest,
} from '../spi/package.ts';
import { programEnvironment } from '../spi/process/environment.ts';
import {
  describeScriptTables,
  type ExportFacts,
  type ExportScript,
  exportByScript,
  requireGoodEnd,
} from '../spi/process/export-script.ts';
import { findProgram } from '../spi/process/find-program.ts';
import { ProgramLog } from '../spi/process/program-log.ts';
import { openRunFolder } from '../spi/process/run-folder.ts';
import { readStagedTable } from '../spi/process/staged-tables.ts';
import { startProgram } from '../spi/process/start-program.ts';
import { tableFormat } from '../spi/process/table-settings.ts';
import { formatCommandInput } from './input.ts';
import { type Argument, fillArguments, namesIn, parseArgument } from './placeholders.ts';
import type { CommandSettings, ExportSection } from './settings.ts';

export const commandExporter: Exporter<CommandSettings> = {
  checkConnection: async (settings, context) => {
    const { program } = await prepare(settings, context);
    return `${program} is there and can be executed.`;
  },
  exportTables: async function* (request, context) {
    context.signal.throwIfAborted();
    const prepared = await prepare(request.settings, context);
    if (prepared.section.Writes === 'files')
      yield* exportByScript(prepared.script, request, context);
    else yield* exportOutput(prepared, request, context);
  },
  describeTables: async (settings, context) => {
    const prepared = await prepare(settings, context);
    return prepared.section.Writes === 'files'
      ? describeScriptTables(prepared.script, context)
      : describeOutput(prepared, context);
  },
};

interface Prepared {
  readonly program: string;
  readonly section: ExportSection;
  readonly script: ExportScript;
  /** An argument names the table: the program is started for each. */
  readonly isPerTable: boolean;
  start(facts: ExportFacts, table: string): ReturnType<ExportScript['start']>;
}

type Request = Pick<ExportRequest<unknown>, 'connection' | 'mode' | 'tables' | 'cookie'>;

const known = [
  'OutputPath',
  'CookiePath',
  'IsIncremental',
  'Mode',
  'Connection',
  'Table',
  'ProjectFolder',
];

async function prepare(settings: CommandSettings, context: ConnectorContext): Promise<Prepared> {
  const section = settings.Export;
  if (section === undefined) {
    throw new ConnectorError('unsupported', 'The connection has no program that reads.', {
      hint: 'Add the section Export to its settings.',
    });
  }
  if (findEncoding(section.Encoding) === undefined) throw describeUnknownEncoding(section.Encoding);
  const list = section.Args.map((text) =>
    parseArgument(text, (name) => known.includes(name), 'Export.Args'),
  );
  const isPerTable = list.some((argument) => namesIn(argument).includes('Table'));
  const program = await findProgram(section.Command, 'Export.Command', context);
  const environment = programEnvironment(context.environment ?? {}, settings.Environment);
  const { input, secrets } = formatCommandInput(settings.Options);
  const start = (facts: ExportFacts, table: string) => ({
    program,
    args: fill(list, facts, table, context),
    environment,
    ...(input === undefined ? {} : { input }),
  });
  return {
    program,
    section,
    isPerTable,
    start,
    script: {
      name: 'The program',
      timeoutMs: section.TimeoutSeconds * 1_000,
      format: tableFormat(section),
      secrets,
      ...(settings.ExitCodes === undefined ? {} : { kinds: settings.ExitCodes }),
      start: (facts) => start(facts, ''),
    },
  };
}

function fill(
  list: readonly Argument[],
  facts: ExportFacts,
  table: string,
  context: ConnectorContext,
): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    OutputPath: facts.outputPath,
    CookiePath: facts.cookiePath,
    IsIncremental: String(facts.isIncremental),
    Mode: facts.mode,
    Connection: context.connection ?? '',
    Table: table,
    ProjectFolder: context.projectFolder ?? '',
  };
  return fillArguments(list, (name) => values[name] ?? '');
}

/** One start per table. Rows are given as they come; the proof only once the program has ended well. */
async function* exportOutput(
  prepared: Prepared,
  request: Request,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  if (request.mode === 'incremental' && !saysMode(prepared.section)) {
    context.logger.info(
      { connection: context.connection },
      'No argument of the program says what is asked for: it gives everything.',
    );
  }
  for (const table of request.tables) {
    if (table.suffix !== '' && !prepared.isPerTable) throw describeOneTable(request, table);
    yield* exportOneOutput(prepared, table, request, context);
  }
}

function saysMode({ Args }: ExportSection): boolean {
  return Args.some((text) => /\{(IsIncremental|Mode)\}/.test(text));
}

async function* exportOneOutput(
  prepared: Prepared,
  table: TableRequest,
  request: Request,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  await using folder = await openRunFolder(context.workFolder, 'export-runs');
  const { script } = prepared;
  const log = new ProgramLog(context.logger, { connection: context.connection, table: table.name });
  await mkdir(join(folder.path, 'export'), { mode: 0o700 });
  await using running = await startProgram({
    ...prepared.start(factsOf(folder.path, request), table.suffix),
    folder: folder.path,
    marker: folder.marker,
    secrets: script.secrets,
    signal: context.signal,
    timeoutMs: script.timeoutMs,
    takesOutput: true,
    onLine: log.take,
  });
  const name = `the output of ${table.suffix === '' ? 'the program' : `the program for ${table.suffix}`}`;
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of running.output) {
      bytes += chunk.length;
      yield chunk;
    }
    // An output that breaks off is told by how the program ended, not by the place where it breaks off.
    requireGoodEnd(await running.end, script, log.quote(), context);
  };
  const staged = { bytes: counted(), name, table, format: script.format };
  const rows = readStagedTable(staged, context);
  let next = await rows.next();
  for (; next.done !== true; next = await rows.next()) yield next.value;
  const { rows: count, columns: _, ...rest } = next.value;
  const { durationMs } = await running.end;
  yield {
    kind: 'end',
    table: table.name,
    rows: count,
    evidence: `the program ended with exit code 0 after ${(durationMs / 1_000).toFixed(1)} s; ${count} rows in ${bytes} bytes`,
    ...rest,
  };
}

function factsOf(folder: string, { connection, mode }: Request): ExportFacts {
  return {
    outputPath: join(folder, 'export', `${connection}_`),
    cookiePath: join(folder, 'cookie.bin'),
    isIncremental: mode === 'incremental',
    mode,
  };
}

async function describeOutput(
  prepared: Prepared,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  // Which tables there are is known to the mappings alone.
  if (prepared.isPerTable) return [];
  const connection = context.connection ?? 'Connection';
  const table = { name: connection, suffix: '', columns: [], formats: {} };
  const request: Request = { connection, mode: 'complete', tables: [table] };
  for await (const batch of exportOneOutput(prepared, table, request, context)) {
    if (batch.kind === 'rows')
      return [{ name: '', columns: batch.columns.map((name) => ({ name })) }];
  }
  return [];
}

function describeOneTable(request: Request, table: TableRequest): ConnectorError {
  return new ConnectorError('not-found', `The program prints one table, not "${table.name}".`, {
    hint: `Write ConnectionTable="${request.connection}", let an argument say {Table}, or have files written.`,
    details: { table: table.name },
  });
}
