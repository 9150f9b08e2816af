/** Invoke expression: a script of the project, run by the interpreter its name asks for, with its output in the task's log. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { Environment, Task } from '../../../config/index.ts';
import { JobError } from '../errors.ts';
import type { TaskLog } from '../job-log.ts';
import { createRedaction } from '../job-log-secrets.ts';
import { findProjectFile } from '../project-file.ts';
import { completed, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { exportFolder } from './export-connection.ts';

type ScriptTask = Extract<Task, { readonly kind: 'InvokeExpressionTask' }>;

export interface ScriptOptions {
  readonly mode: 'initial' | 'complete' | 'incremental';
  readonly log: TaskLog;
}

/** A script may take this long; `TaskTimeoutSupplement` is added. */
const timeLimitMinutes = 30;
/** A script that is asked to stop is given this long before it is ended. */
const graceMs = 5_000;
const maxLineLength = 4_000;
const maxLines = 50_000;
/** Lines of its last output that a failure quotes. */
const quotedLines = 5;

/** Throws `TASK_SCRIPT_FAILED` for an exit code other than 0, `TASK_TIMEOUT` for a script that takes too long. */
export async function invokeExpression(
  workspace: Workspace,
  task: ScriptTask,
  options: ScriptOptions,
): Promise<TaskOutcome> {
  const { settings, effects } = workspace;
  const script = await findProjectFile(settings.folder, task.inputPath, 'InputPath');
  await mkdir(exportFolder(workspace), { recursive: true });
  const facts: ScriptFacts = {
    script,
    outputPath: outputPrefix(workspace, task),
    isIncremental: options.mode === 'incremental',
  };
  const [program, args] = interpret(facts);
  const minutes = timeLimitMinutes + settings.taskTimeoutSupplementMinutes;
  const redact = await createRedaction(workspace);
  const output = new ScriptOutput(options.log, redact);
  const startedAt = performance.now();
  const end = await runProgram(program, args, {
    folder: settings.folder,
    environment: scriptEnvironment(effects.environment, task, facts),
    signal: effects.signal,
    limitMs: minutes * 60_000,
    output,
  });
  effects.signal.throwIfAborted();
  const last = output.last();
  if (end.isTimeout) {
    throw new JobError('TASK_TIMEOUT', `${task.inputPath} took longer than ${minutes} minutes.`, {
      hint: 'It was ended. Raise TaskTimeoutSupplement (minutes), or make it do less at a time.',
      details: { task: task.identifier },
    });
  }
  if (end.code === 0) {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    return completed(`${task.inputPath} ended well in ${seconds} s.`, { lines: output.count });
  }
  const how = end.code === null ? `was ended by ${end.signal}` : `ended with exit code ${end.code}`;
  throw new JobError('TASK_SCRIPT_FAILED', `${task.inputPath} ${how}.${quote(last)}`, {
    hint: 'Its whole output is in the log of the task: see "lockstep job log".',
    details: { task: task.identifier, exitCode: end.code },
  });
}

interface ScriptFacts {
  readonly script: string;
  readonly outputPath: string;
  readonly isIncremental: boolean;
}

/** `<Temp>/ExportOutput/<connection>_` when the task's connector has one connection; else the folder. A prefix, not a folder. */
function outputPrefix(workspace: Workspace, task: ScriptTask): string {
  const own = [...workspace.model.connections.values()].filter(
    ({ connector }) => connector === task.connector,
  );
  const [connection] = own;
  const name = own.length === 1 && connection !== undefined ? `${connection.identifier}_` : '';
  return join(exportFolder(workspace), name, name === '' ? '/' : '');
}

/** Scripts of PowerShell find `$OutputPath` and `$IsIncremental` set, others get them as arguments. */
function interpret({
  script,
  outputPath,
  isIncremental,
}: ScriptFacts): readonly [string, readonly string[]] {
  const given = [script, outputPath, String(isIncremental)];
  switch (extname(script).toLowerCase()) {
    case '.sh':
      return ['bash', given];
    case '.js':
    case '.mjs':
      return [process.execPath, given];
    case '.py':
      return ['python3', given];
    case '.ps1':
      return ['pwsh', ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', powerShell]];
    default:
      throw new JobError('TASK_SCRIPT_UNSUPPORTED', `${script} is no script that can be run.`, {
        hint: 'Its name has to end with .ps1, .sh, .js, .mjs or .py.',
      });
  }
}

/** Values come by variables of the environment: nothing of the configuration becomes part of a command. */
const powerShell = [
  '$ErrorActionPreference = "Stop"',
  '$OutputPath = $env:LOCKSTEP_OUTPUT_PATH',
  '$IsIncremental = $env:LOCKSTEP_IS_INCREMENTAL -eq "true"',
  '. $env:LOCKSTEP_SCRIPT',
  'exit $LASTEXITCODE',
].join('; ');

const passedOn = /^(PATH|HOME|USER|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE)$/;

/** What every program needs, what begins with `LOCKSTEP_SCRIPT_`, and what is said here: never the secrets of the settings. */
function scriptEnvironment(
  environment: Environment,
  task: ScriptTask,
  facts: ScriptFacts,
): Readonly<Record<string, string>> {
  const kept = Object.entries(environment).filter(
    ([name]) => passedOn.test(name) || name.startsWith('LOCKSTEP_SCRIPT_'),
  );
  const given = kept.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(given),
    LOCKSTEP_SCRIPT: facts.script,
    LOCKSTEP_OUTPUT_PATH: facts.outputPath,
    LOCKSTEP_IS_INCREMENTAL: String(facts.isIncremental),
    LOCKSTEP_TASK: task.identifier,
  };
}

interface ProgramEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isTimeout: boolean;
}

async function runProgram(
  program: string,
  args: readonly string[],
  run: {
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly limitMs: number;
    readonly output: ScriptOutput;
  },
): Promise<ProgramEnd> {
  run.signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd: run.folder,
    env: run.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the script starts is ended with it, and Ctrl-C reaches it through us alone.
    detached: true,
  });
  const ended = Promise.withResolvers<Omit<ProgramEnd, 'isTimeout'>>();
  child.once('error', (error) => ended.reject(describeStart(program, error)));
  child.once('close', (code, signal) => ended.resolve({ code, signal }));
  const done = new AbortController();
  const limit = AbortSignal.any([run.signal, AbortSignal.timeout(run.limitMs)]);
  const stop = (): void => void endGroup(child, done.signal);
  limit.addEventListener('abort', stop, { once: true });
  try {
    const outputs = [
      run.output.take(child.stdout, 'stdout'),
      run.output.take(child.stderr, 'stderr'),
    ];
    const end = await ended.promise;
    await Promise.all(outputs);
    return { ...end, isTimeout: limit.aborted && !run.signal.aborted };
  } finally {
    done.abort();
    limit.removeEventListener('abort', stop);
  }
}

/** Asks the script and all it started to end; past the grace they are not asked any more. */
async function endGroup(child: ChildProcess, done: AbortSignal): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const isOver = await setTimeout(graceMs, false, { signal: done }).catch(() => true);
  if (!isOver) signalGroup(child, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function describeStart(program: string, error: Error): JobError {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new JobError(
    'TASK_INTERPRETER_MISSING',
    isMissing
      ? `The program ${program} is not there.`
      : `The program ${program} cannot be started.`,
    {
      hint: 'Install it for the account that runs Lockstep, in a folder of its PATH.',
      cause: error,
    },
  );
}

/** Lines of a script on their way to the log: bounded in length and number, without secrets. */
class ScriptOutput {
  readonly #log: TaskLog;
  readonly #redact: (text: string) => string;
  readonly #last: string[] = [];
  count = 0;

  constructor(log: TaskLog, redact: (text: string) => string) {
    this.#log = log;
    this.#redact = redact;
  }

  async take(stream: Readable, name: 'stdout' | 'stderr'): Promise<void> {
    for await (const line of createInterface({
      input: stream,
      crlfDelay: Number.POSITIVE_INFINITY,
    }))
      this.#keep(line, name);
  }

  last(): readonly string[] {
    return this.#last;
  }

  #keep(line: string, stream: 'stdout' | 'stderr'): void {
    this.count += 1;
    const text = this.#redact(line.slice(0, maxLineLength));
    if (this.count <= maxLines) this.#log.write({ stream, line: text }, 'Output of the script.');
    if (this.count === maxLines) this.#log.write({}, 'Further output is left out.');
    this.#last.push(text);
    if (this.#last.length > quotedLines) this.#last.shift();
  }
}

function quote(lines: readonly string[]): string {
  return lines.length === 0 ? '' : ` It said last:\n  ${lines.join('\n  ')}`;
}
