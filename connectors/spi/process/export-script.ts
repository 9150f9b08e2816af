/** Runs a program that writes a table per file below a prefix, and gives what it wrote once it has ended well. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError, type ConnectorErrorKind } from '../errors.ts';
import { describeFileError } from '../file-access.ts';
import { suggestName } from '../nearest-name.ts';
import type { ConnectorContext, ExportRequest, TableBatch, TableDescription } from '../package.ts';
import { describeEnd } from './judge-orders.ts';
import { ProgramLog } from './program-log.ts';
import { openRunFolder, takeLeftovers } from './run-folder.ts';
import { describeTimeout } from './run-program.ts';
import { readFileBytes, readStagedTable, type TableFormat } from './staged-tables.ts';
import { type ProgramEnd, type ProgramRequest, startProgram } from './start-program.ts';

/** What a script is told: where to write, and what it is asked for. */
export interface ExportFacts {
  /** Tables are written to this text followed by `<table>.csv`. */
  readonly outputPath: string;
  /** Holds the bookmark of the export before, when there is one; what it holds afterwards is the next one. */
  readonly cookiePath: string;
  readonly isIncremental: boolean;
  readonly mode: ExportRequest<unknown>['mode'];
}

export interface ExportScript {
  readonly name: string;
  readonly timeoutMs: number;
  readonly format: TableFormat;
  readonly secrets: readonly string[];
  /** Kinds of failures by exit code. */
  readonly kinds?: Readonly<Record<string, ConnectorErrorKind>>;
  readonly start: (
    facts: ExportFacts,
  ) => Pick<ProgramRequest, 'program' | 'args' | 'environment' | 'input'>;
}

type Request = Pick<ExportRequest<unknown>, 'connection' | 'mode' | 'tables' | 'cookie'>;

const runKind = 'export-runs';

/** Rows of every table asked for. Nothing is given before the program has ended with exit code 0. */
export async function* exportByScript(
  script: ExportScript,
  request: Request,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  await removeLeftovers(context);
  await using folder = await openRunFolder(context.workFolder, runKind);
  const staged = await runExport(script, request, context, folder);
  for (const table of request.tables) {
    const file = `${table.name}.csv`;
    if (!staged.files.includes(file))
      throw describeMissing(file, table.suffix, staged, script.name);
    const path = join(staged.folder, file);
    const bytes = readFileBytes(path);
    const rows = readStagedTable({ bytes, name: file, table, format: script.format }, context);
    let next = await rows.next();
    for (; next.done !== true; next = await rows.next()) yield next.value;
    const { rows: count, columns: _, ...end } = next.value;
    const { size } = await stat(path);
    yield {
      kind: 'end',
      table: table.name,
      rows: count,
      evidence: `${script.name} ended with exit code 0 after ${(staged.end.durationMs / 1_000).toFixed(1)} s; ${count} rows in ${size} bytes`,
      ...end,
    };
  }
  const cookie = await readFile(staged.cookiePath).catch(() => undefined);
  if (cookie !== undefined && cookie.length > 0) yield { kind: 'cookie', cookie };
}

/** Runs the program for all it has and reads the headers of what it wrote: nothing else knows its tables. */
export async function describeScriptTables(
  script: ExportScript,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  const connection = context.connection ?? 'Connection';
  await using folder = await openRunFolder(context.workFolder, runKind);
  const request: Request = { connection, mode: 'complete', tables: [] };
  const staged = await runExport(script, request, context, folder);
  const tables: TableDescription[] = [];
  for (const file of staged.files) {
    const suffix = file.slice(connection.length + 1, -'.csv'.length);
    const table = { name: file, suffix, columns: [], formats: {} };
    const bytes = readFileBytes(join(staged.folder, file));
    const rows = readStagedTable({ bytes, name: file, table, format: script.format }, context);
    const first = await rows.next();
    await rows.return({ rows: 0, columns: [], isTerminated: true });
    tables.push({ name: suffix, columns: first.value.columns.map((name) => ({ name })) });
  }
  return tables;
}

async function removeLeftovers(context: ConnectorContext): Promise<void> {
  for (const { path, ended } of await takeLeftovers(context.workFolder, runKind)) {
    context.logger.warn(
      { connection: context.connection, ended },
      'An export of the program had been interrupted; what it still had at work was ended.',
    );
    await rm(path, { recursive: true, force: true });
  }
}

interface Staged {
  readonly folder: string;
  /** Tables it wrote. */
  readonly files: readonly string[];
  readonly cookiePath: string;
  readonly end: ProgramEnd;
}

async function runExport(
  script: ExportScript,
  request: Request,
  context: ConnectorContext,
  run: { readonly path: string; readonly marker: string },
): Promise<Staged> {
  const { connection, mode } = request;
  const folder = join(run.path, 'export');
  const cookiePath = join(run.path, 'cookie.bin');
  try {
    await mkdir(folder, { mode: 0o700 });
    if (request.cookie !== undefined) await writeFile(cookiePath, request.cookie, { mode: 0o600 });
  } catch (error) {
    throw describeFileError(error, run.path, 'write');
  }
  const log = new ProgramLog(context.logger, { connection: context.connection });
  await using running = await startProgram({
    ...script.start({
      outputPath: join(folder, `${connection}_`),
      cookiePath,
      isIncremental: mode === 'incremental',
      mode,
    }),
    folder: run.path,
    marker: run.marker,
    secrets: script.secrets,
    signal: context.signal,
    timeoutMs: script.timeoutMs,
    onLine: log.take,
  });
  const end = await running.end;
  requireGoodEnd(end, script, log.quote(), context);
  return { folder, files: await listFiles(folder, connection, context), cookiePath, end };
}

/** Throws unless the program ended by itself with exit code 0. */
export function requireGoodEnd(
  end: ProgramEnd,
  script: Pick<ExportScript, 'name' | 'timeoutMs' | 'kinds'>,
  quote: string,
  context: Pick<ConnectorContext, 'signal' | 'logger' | 'connection'>,
): void {
  context.signal.throwIfAborted();
  if (end.leftBehind > 0) {
    context.logger.warn(
      { connection: context.connection, processes: end.leftBehind },
      'The program left others running; they were ended.',
    );
  }
  if (end.endedBy === 'timeout') throw describeTimeout(script.name, script.timeoutMs);
  if (end.exitCode === 0 && end.endedBy === 'itself') return;
  const kind = script.kinds?.[String(end.exitCode)] ?? 'unexpected';
  throw new ConnectorError(kind, `${script.name} ${describeEnd(end)}.${quote}`, {
    hint: 'Nothing it wrote is used. Its output is in the log of the task.',
    details: { exitCode: end.exitCode },
  });
}

async function listFiles(
  folder: string,
  connection: string,
  context: ConnectorContext,
): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const entry of entries) {
    const isTable =
      entry.isFile() && entry.name.startsWith(`${connection}_`) && entry.name.endsWith('.csv');
    if (isTable) files.push(entry.name);
    else {
      context.logger.warn(
        { connection: context.connection, file: entry.name },
        'The program wrote something that is no table of the connection.',
      );
    }
  }
  return files.sort();
}

function describeMissing(
  file: string,
  suffix: string,
  staged: Staged,
  name: string,
): ConnectorError {
  if (suffix === '') {
    return new ConnectorError('not-found', `A script has no table named as its connection.`, {
      hint: `It writes "$OutputPath" followed by the name of a table and ".csv": write ConnectionTable="${file.slice(0, -4)}_<table>".`,
    });
  }
  return new ConnectorError('not-found', `${name} did not write ${file}, which a mapping uses.`, {
    hint:
      suggestName(file, staged.files) ??
      `It wrote: ${staged.files.join(', ') || '(nothing)'}. A table without rows still has its header line.`,
    details: { file },
  });
}
