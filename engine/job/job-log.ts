/**
 * Logs of tasks: `Temp/JobLogs/<instance>/<order>-<task>.log`, one JSON object per line, without secrets. A log that cannot be
 * written never stops the task it is about.
 */
import { appendFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Task } from '../../config/index.ts';
import type { Logger } from '../../connectors/index.ts';
import { createRedaction, type Redact } from './job-log-secrets.ts';
import type { Workspace } from './workspace.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'none'] as const;
type Level = (typeof levels)[number];

/** `LogLevel` of a job; `None`, its default, leaves the choice to us. */
const levelByName: Readonly<Record<string, Level>> = {
  Trace: 'trace',
  Debug: 'debug',
  Information: 'info',
  Warning: 'warn',
  Error: 'error',
  Critical: 'none',
  None: 'info',
};

/** How long logs are kept, and how many runs' at most. */
const keptDays = 30;
const keptInstances = 1_000;

export interface TaskLog {
  /** Logs to the file and to where the process logs. */
  readonly logger: Logger;
  /** Logs to the file alone, whatever the level: what a script says, how a task began and ended. */
  write(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** All lines are on disk, or given up, when this has ended. */
  close(): Promise<void>;
}

export interface JobLog {
  openTask(task: string, order: number): TaskLog;
}

export async function openJobLog(
  workspace: Workspace,
  run: {
    readonly instanceId: number;
    readonly job: string;
    readonly logLevel: string;
    /** What is logged of these is cleared of the secrets they use. */
    readonly tasks: readonly Task[];
  },
): Promise<JobLog> {
  const folder = join(logsFolder(workspace), String(run.instanceId));
  const { logger } = workspace.effects;
  try {
    await removeOldLogs(workspace);
    await mkdir(folder, { recursive: true });
  } catch (error) {
    logger.warn({ job: run.job, code: codeOf(error) }, 'The logs of tasks cannot be written.');
    return { openTask: () => ({ logger, write() {}, async close() {} }) };
  }
  const redact = await createRedaction(workspace, run.tasks);
  const least = levelByName[run.logLevel] ?? 'info';
  return {
    openTask: (task, order) =>
      createTaskLog(workspace, {
        path: join(folder, nameLog(task, order)),
        fields: { job: run.job, task },
        least,
        redact,
      }),
  };
}

function createTaskLog(
  { effects }: Workspace,
  file: {
    readonly path: string;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly least: Level;
    readonly redact: Redact;
  },
): TaskLog {
  let pending = '';
  let writing: Promise<void> | undefined;
  let isGivenUp = false;
  const flush = async (): Promise<void> => {
    while (pending !== '' && !isGivenUp) {
      const text = pending;
      pending = '';
      try {
        await appendFile(file.path, text);
      } catch (error) {
        isGivenUp = true;
        effects.logger.warn(
          { ...file.fields, code: codeOf(error) },
          'The log of a task cannot be written.',
        );
      }
    }
    writing = undefined;
  };
  const put = (level: Level, fields: Readonly<Record<string, unknown>>, message: string): void => {
    if (isGivenUp) return;
    const time = new Date(effects.now()).toISOString();
    const line = JSON.stringify({ level, time, ...file.fields, ...fields, msg: message });
    pending += `${file.redact(line)}\n`;
    writing ??= flush();
  };
  const isKept = (level: Level): boolean => levels.indexOf(level) >= levels.indexOf(file.least);
  const both =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      effects.logger[level](fields, message);
      if (isKept(level)) put(level, fields, message);
    };
  return {
    logger: {
      debug: both('debug'),
      info: both('info'),
      warn: both('warn'),
      error: both('error'),
    },
    write: (fields, message) => put('info', fields, message),
    async close() {
      while (writing !== undefined) await writing;
    },
  };
}

/** A line of a task's log. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly time: string;
  readonly task: string;
  readonly msg: string;
};

/** Lines of an instance's logs in the order its tasks started; of one task when it is named. `null`: there are none (any more). */
export async function readJobLog(
  workspace: Pick<Workspace, 'settings'>,
  instanceId: number,
  task?: string,
): Promise<readonly LogLine[] | null> {
  const folder = join(logsFolder(workspace), String(instanceId));
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  const lines: LogLine[] = [];
  for (const name of names) {
    for (const text of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const line = parseLine(text);
      if (line !== undefined && (task === undefined || line.task === task)) lines.push(line);
    }
  }
  return lines;
}

/** A process that was killed may have left half a line. */
function parseLine(text: string): LogLine | undefined {
  try {
    const line: unknown = JSON.parse(text);
    const isLine = typeof line === 'object' && line !== null && 'task' in line && 'msg' in line;
    // Written by `put` above.
    return isLine ? (line as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

function logsFolder({ settings }: Pick<Workspace, 'settings'>): string {
  return join(settings.tempFolder, 'JobLogs');
}

/** Two names that become one share a file; every line names its task. */
function nameLog(task: string, order: number): string {
  const name = task.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 100);
  return `${String(order).padStart(3, '0')}-${name}.log`;
}

async function removeOldLogs(workspace: Workspace): Promise<void> {
  const folder = logsFolder(workspace);
  const names = await readdir(folder).catch(() => []);
  const instances = names
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a));
  const oldest = workspace.effects.now() - keptDays * 24 * 60 * 60 * 1_000;
  for (const [index, name] of instances.entries()) {
    const path = join(folder, name);
    const isOld = index >= keptInstances || (await stat(path)).mtimeMs < oldest;
    if (isOld) await rm(path, { recursive: true, force: true });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'UNEXPECTED';
}
