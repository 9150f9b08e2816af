import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Job, Task } from '../../config/index.ts';
import type { JobResult, PlannedStep, TaskEvent, TaskSelection } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { type ExitCode, exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { toPrintableText } from '../printable-text.ts';
import { formatTable } from '../table.ts';
import { exitCodeOfOutcome, toDocument } from '../task-result.ts';
import { addJobHistory } from './job-history.ts';

interface RunOptions {
  readonly resume?: true;
  readonly force?: true;
  readonly beginStep?: number;
  readonly endStep?: number;
  readonly task?: string;
  readonly taskType?: string;
  readonly taskContains?: string;
  readonly evenIfDenied?: true;
  readonly dryRun?: true;
}

type Steps = JsonOutput<'job steps'>;

export function addJob(program: Command, run: RunCommand): void {
  const group = program.command('job').description('jobs of the configuration');
  group
    .command('list')
    .description('all jobs, scaffolded ones included, with their last run and their next time')
    .action((_options, command: Command) => run(command, listJobs));
  group
    .command('steps')
    .description('the tasks of a job in the order they start, from 0')
    .argument('<id>', 'job')
    .action((id: string, _options, command: Command) =>
      run(command, (context) => showSteps(context, id, {})),
    );
  group
    .command('run')
    .description('run a job')
    .argument('<id>', 'job')
    .option('--resume', 'go on with the last run: after an interruption, an error, or a block')
    .option('--force', 'pass thresholds and guards')
    .option('--begin-step <n>', 'leave out the steps before this one', parseStep)
    .option('--end-step <n>', 'leave out the steps after this one', parseStep)
    .option('--task <id>', 'this task only')
    .option('--task-type <kind>', 'the first task of this kind only, such as ExportTask')
    .option('--task-contains <text>', 'the tasks with this text in their identifiers only')
    .option('--even-if-denied', 'start a job that UserStartDenied reserves to the scheduler')
    .option('--dry-run', 'show which tasks would start, and start none')
    .action((id: string, options: RunOptions, command: Command) =>
      run(command, (context) =>
        options.dryRun === true ? showSteps(context, id, options) : runJob(context, id, options),
      ),
    );
  addJobHistory(group, run);
}

function parseStep(value: string): number {
  const step = Number(value);
  if (/^\d+$/u.test(value) && Number.isSafeInteger(step)) return step;
  throw new InvalidArgumentError('It must be the number of a step, as "job steps" shows it.');
}

async function listJobs(context: CommandContext): Promise<CommandResult<JsonOutput<'job list'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const lastByJob = await engine.readLastInstances(workspace);
    const schedules = engine.jobSchedules(workspace);
    const jobs = [...workspace.model.jobs.values()].map((job) => {
      const last = lastByJob.get(job.identifier);
      const schedule = schedules.find((candidate) => candidate.job === job);
      return {
        identifier: job.identifier,
        displayName: job.displayName,
        isIncremental: job.isIncremental,
        userStartDenied: job.userStartDenied,
        tasks: job.tasks.length,
        scaffolding: job.scaffolding ?? null,
        cronTabExpression: job.cronTabExpression ?? null,
        cronTimeZone: job.cronTimeZone,
        next:
          schedule === undefined ? null : (engine.nextRuns(schedule, context.now(), 1)[0] ?? null),
        last:
          last === undefined
            ? null
            : {
                id: last.id,
                status: last.status,
                startedAt: last.startedAt,
                finishedAt: last.finishedAt,
              },
      };
    });
    const rows = jobs.map((job) => [
      job.identifier,
      job.displayName,
      job.tasks,
      job.scaffolding ?? 'written',
      job.last?.status,
      job.last?.startedAt,
      job.next,
    ]);
    return {
      exitCode: exitCodes.done,
      document: { jobs },
      text: formatTable(
        ['JOB', 'NAME', 'TASKS', 'FROM', 'LAST RUN', 'STARTED', 'NEXT'],
        rows,
        context.palette,
      ),
    };
  });
}

async function showSteps(
  context: CommandContext,
  id: string,
  options: RunOptions,
): Promise<CommandResult<Steps>> {
  return withWorkspace(context, async (workspace, engine) => {
    const job = engine.findJob(workspace, id);
    const steps = await engine.planJob(workspace, {
      job: id,
      resume: options.resume === true,
      selection: selectionOf(options),
    });
    return {
      exitCode: exitCodes.done,
      document: describeSteps(job, steps),
      text: formatSteps(steps, context.palette, options.dryRun === true),
    };
  });
}

function selectionOf(options: RunOptions): TaskSelection {
  const { beginStep, endStep, task, taskType, taskContains } = options;
  return {
    ...(beginStep === undefined ? {} : { beginStep }),
    ...(endStep === undefined ? {} : { endStep }),
    ...(task === undefined ? {} : { task }),
    ...(taskType === undefined ? {} : { taskType }),
    ...(taskContains === undefined ? {} : { taskContains }),
  };
}

function describeSteps(job: Job, steps: readonly PlannedStep[]): Steps {
  return {
    job: job.identifier,
    steps: steps.map(({ order, tasks }) => ({
      order,
      tasks: tasks.map(({ task, status, reason }) => ({
        task: task.identifier,
        displayName: task.displayName,
        kind: kindOf(task),
        level: task.level < 0 ? null : task.level,
        subject: subjectOf(task),
        dependsOn: task.dependsOn,
        status,
        reason,
      })),
    })),
  };
}

function formatSteps(steps: readonly PlannedStep[], palette: Palette, isDryRun: boolean): string {
  const planned = steps.flatMap(({ order, tasks }) => tasks.map((task) => ({ order, ...task })));
  const rows = planned.map(({ order, task, status, reason }) => [
    order,
    task.identifier,
    kindOf(task),
    subjectOf(task) || null,
    task.dependsOn.join(', ') || null,
    ...(isDryRun ? [status === 'starts' ? 'starts' : `${status}: ${reason ?? ''}`] : []),
  ]);
  const headers = ['STEP', 'TASK', 'KIND', 'ABOUT', 'DEPENDS ON', ...(isDryRun ? ['RUN'] : [])];
  return formatTable(headers, rows, palette);
}

function kindOf(task: Task): string {
  return task.kind === 'UnusedTask' ? task.element : task.kind;
}

function subjectOf(task: Task): string {
  const connection = 'connection' in task ? task.connection : undefined;
  if (connection !== undefined) return connection;
  if (task.kind === 'InvokeExpressionTask') return task.inputPath;
  if (task.kind === 'InvokeSqlCommandTask') return task.database;
  if (task.connector !== undefined) return task.connector;
  if ('resourceTypes' in task) return task.resourceTypes.join(', ');
  return 'entityTypes' in task ? task.entityTypes.join(', ') : '';
}

async function runJob(
  context: CommandContext,
  id: string,
  options: RunOptions,
): Promise<CommandResult<JsonOutput<'job run'>>> {
  const result = await withWorkspace(context, (workspace, engine) =>
    engine.runJob(workspace, {
      job: id,
      resume: options.resume === true,
      force: options.force === true,
      selection: selectionOf(options),
      startedBy: context.person,
      isManual: true,
      isDenialOverruled: options.evenIfDenied === true,
      onTask: (event) => tellTask(context, id, event),
    }),
  );
  const rows = result.tasks.map(({ task, outcome, isKept }) => [
    task,
    isKept ? `${outcome.status} before` : outcome.status,
    outcome.message.split('\n')[0],
  ]);
  const document = {
    job: id,
    instanceId: result.instanceId,
    status: result.status,
    message: result.message,
    tasks: result.tasks.map(({ task, kind, outcome, isKept }) => {
      const { subject: _, ...rest } = toDocument(task, outcome);
      return { task, kind, isKept, ...rest };
    }),
  };
  return {
    exitCode: exitCodeOfJob(result),
    document,
    text: [
      formatTable(['TASK', 'STATUS', 'RESULT'], rows, context.palette),
      '',
      ...describeProblems(result),
      `Job ${id}: ${result.status}.${result.message === null ? '' : ` ${result.message}`}${describeNext(id, result)}`,
    ].join('\n'),
  };
}

/**
 * A job that failed for its configuration says so, as the single task would. So does one that went on without a task that
 * failed: whoever reads nothing but the exit code must not take a system that was not read for one in step.
 */
function exitCodeOfJob(result: JobResult): ExitCode {
  if (result.status !== 'failed' && result.status !== 'warning')
    return exitCodeOfStatus(result.status);
  const last = result.tasks.findLast(({ outcome }) => outcome.status === 'failed');
  return last === undefined ? exitCodeOfStatus(result.status) : exitCodeOfOutcome(last.outcome);
}

function describeNext(id: string, { status, tasks }: JobResult): string {
  switch (status) {
    case 'completed':
      return '';
    case 'warning':
      // Not resumed: what went on without the failed task has to be done again after it.
      return tasks.some(({ outcome }) => outcome.status === 'failed')
        ? ` It went on without the tasks that failed. Correct what they say, then run "lockstep job run ${id}" again.`
        : ' Some of its work needs to be looked at.';
    case 'failed':
    case 'cancelled':
      return ` Go on where it stopped with "lockstep job run ${id} --resume".`;
    case 'blocked': {
      const held = tasks.flatMap(({ kind, outcome }) =>
        kind === 'PrepareSynchronizationTask' && outcome.status === 'blocked'
          ? [`"lockstep prepare --connector ${outcome.summary['connector']} --force"`]
          : [],
      );
      if (held.length > 0)
        return ` When the files that a guard holds are right, let them pass with ${held.join(' and ')}, then go on with "lockstep job run ${id} --resume".`;
      return ` When the changes are right, go on with "lockstep job run ${id} --resume".`;
    }
  }
}

/** What a table cell is too small for: the reasons of blocks, failures and warnings, with their cures. */
function describeProblems(result: JobResult): readonly string[] {
  return result.tasks
    .filter(
      ({ outcome: { status, message } }) =>
        status === 'failed' ||
        status === 'blocked' ||
        (status === 'warning' && message.includes('\n')),
    )
    .map(({ task, outcome }) => {
      const code = outcome.error === undefined ? '' : ` ${outcome.error.code}`;
      return `${task} ${outcome.status}${code}: ${toPrintableText(outcome.message)}\n`;
    });
}

/** One line for each task that starts or ends: in the log where it is read, else to people. */
export function tellTask(context: CommandContext, job: string, event: TaskEvent): void {
  const { task } = event;
  const fields = { job, task: task.identifier };
  switch (event.kind) {
    case 'started':
      context.logger.info(fields, 'A task starts.');
      return;
    case 'ended': {
      const { outcome, durationMs } = event;
      const { status, message } = outcome;
      const [line = ''] = message.split('\n');
      context.logger.info({ ...fields, status, durationMs, result: line }, 'A task has ended.');
      // Whoever reads the log has just been told.
      if (context.logger.isLevelEnabled('info')) return;
      // Tasks of the vocabulary that this version does not carry out are not worth a line each.
      if (task.kind === 'UnusedTask') return;
      const seconds = (durationMs / 1_000).toFixed(1);
      context.note(toPrintableText(`${task.identifier} ${status} in ${seconds} s: ${line}`));
      return;
    }
  }
}
