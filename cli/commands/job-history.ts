/** Runs of jobs: those there were, what their tasks did and said, and stopping one. */
import type { Command } from 'commander';
import type { JobInstance, LogLine, TaskInstance } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatFields, formatTable } from '../table.ts';

interface CancelOptions {
  readonly by?: string;
  readonly dryRun?: true;
}

export function addJobHistory(group: Command, run: RunCommand): void {
  group
    .command('history')
    .description('the runs of jobs, newest first')
    .argument('[id]', 'runs of this job only')
    .option('--limit <n>', 'how many at most', parseLimit, 20)
    .action((id: string | undefined, options: { readonly limit: number }, command: Command) =>
      run(command, (context) => showHistory(context, id, options.limit)),
    );
  group
    .command('show')
    .description('one run of a job: its tasks, how they ended and how long they took')
    .argument('<instance>', 'number that the history shows', parseId)
    .action((instance: number, _options, command: Command) =>
      run(command, (context) => showInstance(context, instance)),
    );
  group
    .command('log')
    .description('what the tasks of a run logged')
    .argument('<instance>', 'number that the history shows', parseId)
    .argument('[task]', 'this task only')
    .action((instance: number, task: string | undefined, _options, command: Command) =>
      run(command, (context) => showLog(context, instance, task)),
    );
  group
    .command('cancel')
    .description('let a job end after the tasks it is at')
    .argument('<id>', 'job')
    .option('--by <person>', 'who cancels; default: the account of the system')
    .option('--dry-run', 'show which run would be cancelled, and let it go on')
    .action((id: string, options: CancelOptions, command: Command) =>
      run(command, (context) => cancelJob(context, id, options)),
    );
}

async function showHistory(
  context: CommandContext,
  id: string | undefined,
  limit: number,
): Promise<CommandResult<JsonOutput<'job history'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const job = id === undefined ? undefined : engine.findJob(workspace, id).identifier;
    const instances = await engine.listInstances(workspace, {
      limit,
      ...(job === undefined ? {} : { job }),
    });
    const rows = instances.map((instance) => [
      instance.id,
      instance.job,
      instance.status,
      instance.startedAt,
      describeDuration(instance.startedAt, instance.finishedAt),
      instance.startedBy,
      instance.message,
    ]);
    return {
      exitCode: exitCodes.done,
      document: { instances: instances.map(toDocument) },
      text: formatTable(
        ['RUN', 'JOB', 'STATUS', 'STARTED', 'TOOK', 'BY', 'REMARK'],
        rows,
        context.palette,
      ),
    };
  });
}

async function showInstance(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'job show'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const { instance, tasks } = await engine.readInstance(workspace, id);
    const rows = tasks.map((task) => [
      task.order,
      task.task,
      task.status,
      describeDuration(task.startedAt, task.finishedAt),
      task.message.split('\n')[0],
    ]);
    return {
      exitCode: exitCodes.done,
      document: { instance: toDocument(instance), tasks: tasks.map(toTaskDocument) },
      text: [
        formatFields([
          ['run', instance.id],
          ['job', instance.job],
          ['status', instance.status],
          ['started', instance.startedAt],
          ['ended', instance.finishedAt],
          ['by', instance.startedBy || null],
          ['due at', instance.scheduledFor],
          ['tasks', describeSelection(instance)],
          ['cancelled by', instance.cancelRequestedBy],
          ['remark', instance.message],
        ]),
        '',
        formatTable(['STEP', 'TASK', 'STATUS', 'TOOK', 'RESULT'], rows, context.palette),
      ].join('\n'),
    };
  });
}

async function showLog(
  context: CommandContext,
  id: number,
  task: string | undefined,
): Promise<CommandResult<JsonOutput<'job log'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const { tasks } = await engine.readInstance(workspace, id);
    const lines = await engine.readJobLog(workspace, id, task);
    const none =
      lines === null
        ? 'The logs of this run are gone: they are kept for 30 days, as long as nobody empties Temp.'
        : describeSilence(task, tasks);
    return {
      exitCode: exitCodes.done,
      document: { instance: id, lines: lines ?? [] },
      text: lines === null || lines.length === 0 ? none : lines.map(formatLine).join('\n'),
    };
  });
}

async function cancelJob(
  context: CommandContext,
  id: string,
  options: CancelOptions,
): Promise<CommandResult<JsonOutput<'job cancel'>>> {
  const isDryRun = options.dryRun === true;
  const person = options.by?.trim() || context.person;
  return withWorkspace(context, async (workspace, engine) => {
    const instance = await engine.cancelJob(workspace, { job: id, person, isDryRun });
    const text = isDryRun
      ? `Nothing was changed: this was a dry run. Run ${instance.id} of ${instance.job} would be cancelled.`
      : `Run ${instance.id} of ${instance.job} ends after the tasks it is at. Go on with it later by "lockstep job run ${instance.job} --resume".`;
    return {
      exitCode: exitCodes.done,
      document: { isDryRun, instance: toDocument(instance) },
      text,
    };
  });
}

function toDocument(instance: JobInstance): JsonOutput<'job history'>['instances'][number] {
  return { ...instance, selection: { ...instance.selection } };
}

function toTaskDocument(task: TaskInstance): JsonOutput<'job show'>['tasks'][number] {
  return { ...task };
}

function describeSelection({ selection }: JobInstance): string {
  const parts = Object.entries(selection).map(([name, value]) => `${name} ${value}`);
  return parts.length === 0 ? 'all' : parts.join(', ');
}

function describeDuration(from: string, to: string | null): string | null {
  if (to === null) return null;
  return `${((Date.parse(to) - Date.parse(from)) / 1_000).toFixed(1)} s`;
}

/** `12:30:01 info Export_HR The task starts. order=0` */
function formatLine({ level, time, job: _, task, msg, ...fields }: LogLine): string {
  const shown = Object.entries(fields).map(
    ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return toPrintableLine(
    [time.slice(11, 19), level.padEnd(5), task, msg, ...shown].join(' ').trimEnd(),
  );
}

/** Why nothing is shown: most often the task is misspelt, or did not run. */
function describeSilence(task: string | undefined, tasks: readonly TaskInstance[]): string {
  const names = [...new Set(tasks.map((each) => each.task))];
  if (task === undefined || names.includes(task)) return 'There are no lines.';
  return `There are no lines: no task "${task}" started in this run. Those that did: ${names.join(', ') || 'none'}.`;
}
