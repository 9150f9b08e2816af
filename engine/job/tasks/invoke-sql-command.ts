/** Invoke SQL: one statement against a database of the settings, its rows as CSV among the exported files. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveSecret, type Secret, suggest, type Task } from '../../../config/index.ts';
import {
  appendBytes,
  type ConnectorContext,
  describeFileError,
  formatCsv,
  formatCsvHeader,
  loadSqlCommands,
  type SqlCommand,
  syncFolder,
} from '../../../connectors/index.ts';
import { JobError } from '../errors.ts';
import { findProjectFile, placeProjectFile } from '../project-file.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import { withLease } from '../with-lease.ts';
import type { Workspace } from '../workspace.ts';
import { exportFolder } from './export-connection.ts';

type SqlTask = Extract<Task, { readonly kind: 'InvokeSqlCommandTask' }>;

/** Throws what the database says; a file of an earlier run is removed first, so that it never passes for a new one. */
export async function invokeSqlCommand(workspace: Workspace, task: SqlTask): Promise<TaskOutcome> {
  const { settings, effects } = workspace;
  const override = settings.invokeSqlCommands.get(task.identifier);
  const command: SqlCommand = {
    connectionString: await findDatabase(workspace, task),
    text: await readStatement(workspace, task, override?.sqlInputFile),
    ...(task.provider === undefined ? {} : { provider: task.provider }),
    ...(task.isolationLevel === undefined ? {} : { isolationLevel: task.isolationLevel }),
    timeoutSeconds: task.timeoutSeconds,
  };
  const workFolder = join(settings.workFolder, 'Tasks');
  await mkdir(workFolder, { recursive: true });
  const context: ConnectorContext = {
    logger: effects.logger,
    signal: effects.signal,
    now: effects.now,
    workFolder,
    projectFolder: settings.folder,
    sourcesRootPaths: settings.sourcesRootPaths,
  };
  if (!task.isQuery) {
    const { executeCommand } = await loadSqlCommands();
    const rows = await executeCommand(command, context);
    return completed(`${task.database}: the statement touched ${rows} rows.`, { rows });
  }
  const path = await findOutput(workspace, task, override?.outputPath);
  return withLease(workspace, `file:${path}`, () => writeRows(task, command, context, path));
}

async function writeRows(
  task: SqlTask,
  command: SqlCommand,
  context: ConnectorContext,
  path: string,
): Promise<TaskOutcome> {
  const { readCommand } = await loadSqlCommands();
  const part = `${path}.part`;
  let rows = 0;
  try {
    await rm(path, { force: true });
    const file = await open(part, 'w');
    try {
      let isFirst = true;
      for await (const batch of readCommand(command, context)) {
        const header = isFirst ? formatCsvHeader(batch.columns) : '';
        isFirst = false;
        rows += batch.rows.length;
        await appendBytes(file, Buffer.from(header + formatCsv(batch.rows)), part);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    await syncFolder(join(path, '..'));
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const isOfFile = error instanceof Error && 'syscall' in error;
    throw isOfFile ? describeFileError(error, path, 'write') : error;
  }
  return completed(`${task.database}: ${rows} rows read.`, { rows, file: path });
}

async function findDatabase(workspace: Workspace, task: SqlTask): Promise<Secret> {
  const { settings, effects } = workspace;
  const connection = settings.databases.get(task.database);
  if (connection !== undefined) {
    return resolveSecret(connection, {
      folder: settings.folder,
      environment: effects.environment,
    });
  }
  const known = [...settings.databases.keys()];
  const list = `The settings name: ${known.join(', ') || '(none)'}.`;
  throw new JobError('TASK_DATABASE_UNKNOWN', `There is no database "${task.database}".`, {
    hint: [suggest(task.database, known), 'Name it in Databases of appsettings.agent.json.', list]
      .filter((part) => part !== undefined)
      .join(' '),
    details: { task: task.identifier },
  });
}

async function readStatement(
  { settings }: Workspace,
  task: SqlTask,
  override: string | undefined,
): Promise<string> {
  const isWritten = override === undefined && (task.sqlCommand ?? '').trim() !== '';
  if (isWritten) return task.sqlCommand ?? '';
  const file = override ?? task.sqlInputFile;
  if (file === undefined) throw incomplete(task, 'SQLCommand or SQLInputFile');
  const path = await findProjectFile(settings.folder, file, 'SQLInputFile');
  const text = await readFile(path, 'utf8');
  if (text.trim() !== '') return text;
  throw new JobError('TASK_INCOMPLETE', `${file} holds no statement.`, {
    hint: 'Write one statement into it.',
    details: { task: task.identifier },
  });
}

async function findOutput(
  workspace: Workspace,
  task: SqlTask,
  override: string | undefined,
): Promise<string> {
  const written = override ?? task.outputPath ?? '';
  if (written.trim() === '') throw incomplete(task, 'OutputPath');
  const folder = exportFolder(workspace);
  await mkdir(folder, { recursive: true });
  const name = /\.[A-Za-z0-9]+$/.test(written) ? written : `${written}.csv`;
  return placeProjectFile(folder, name, 'OutputPath');
}

function incomplete(task: SqlTask, attribute: string): JobError {
  return new JobError('TASK_INCOMPLETE', `The task ${task.identifier} needs ${attribute}.`, {
    hint: `Write it in the configuration, or in InvokeSqlCommands.${task.identifier} of the settings.`,
    details: { task: task.identifier, attribute },
  });
}
