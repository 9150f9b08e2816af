import type { Command } from 'commander';
import type { Job, Task } from '../../config/index.ts';
import type { JobResult, JobStep, TaskEvent } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { type ExitCode, exitCodeOfStatus, exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import type { Palette } from '../palette.ts';
import { toPrintableText } from '../printable-text.ts';
import { formatTable } from '../table.ts';
import { exitCodeOfOutcome, toDocument } from '../task-result.ts';

interface RunOptions {
  readonly resume?: true;
  readonly force?: true;
  readonly dryRun?: true;
}

type Steps = JsonOutput<'job steps'>;

export function addJob(program: Command, run: RunCommand): void {
  const group = program.command('job').description('jobs of the configuration');
  group
    .command('list')
    .description('all jobs, scaffolded ones included')
    .action((_options, command: Command) => run(command, listJobs));
  group
    .command('steps')
    .description('the tasks of a job in the order they start')
    .argument('<id>', 'job')
    .action((id: string, _options, command: Command) =>
      run(command, (context) => showSteps(context, id)),
    );
  group
    .command('run')
    .description('run a job')
    .argument('<id>', 'job')
    .option('--resume', 'go on with the last run: after an interruption, an error, or a block')
    .option('--force', 'pass thresholds and guards')
    .option('--dry-run', 'show which tasks would start, and start none')
    .action((id: string, options: RunOptions, command: Command) =>
      run(command, (context) =>
        options.dryRun === true ? showSteps(context, id) : runJob(context, id, options),
      ),
    );
}

async function listJobs(context: CommandContext): Promise<CommandResult<JsonOutput<'job list'>>> {
  return withWorkspace(context, async ({ model, store }, engine) => {
    const instances = await store.transaction((t) => engine.listJobInstances(t, instanceLimit));
    const jobs = [...model.jobs.values()].map((job) => {
      // Newest first.
      const last = instances.find((instance) => instance.job === job.identifier);
      return {
        identifier: job.identifier,
        displayName: job.displayName,
        isIncremental: job.isIncremental,
        tasks: job.tasks.length,
        scaffolding: job.scaffolding ?? null,
        cronTabExpression: job.cronTabExpression ?? null,
        last:
          last === undefined
            ? null
            : { status: last.status, startedAt: last.started_at, finishedAt: last.finished_at },
      };
    });
    const rows = jobs.map((job) => [
      job.identifier,
      job.displayName,
      job.tasks,
      job.scaffolding ?? 'written',
      job.last?.status,
      job.last?.startedAt,
    ]);
    return {
      exitCode: exitCodes.done,
      document: { jobs },
      text: formatTable(
        ['JOB', 'NAME', 'TASKS', 'FROM', 'LAST RUN', 'STARTED'],
        rows,
        context.palette,
      ),
    };
  });
}

/** How far back the last run of a job is looked for. */
const instanceLimit = 1_000;

async function showSteps(context: CommandContext, id: string): Promise<CommandResult<Steps>> {
  return withWorkspace(context, async (workspace, engine) => {
    const job = engine.findJob(workspace, id);
    const steps = engine.jobSteps(job, workspace.settings.jobs.maxTaskBatchSize);
    return {
      exitCode: exitCodes.done,
      document: describeSteps(job, steps),
      text: formatSteps(steps, context.palette),
    };
  });
}

function describeSteps(job: Job, steps: readonly JobStep[]): Steps {
  return {
    job: job.identifier,
    steps: steps.map(({ order, tasks }) => ({
      order,
      tasks: tasks.map((task) => ({
        task: task.identifier,
        displayName: task.displayName,
        kind: kindOf(task),
        level: task.level < 0 ? null : task.level,
        subject: subjectOf(task),
        dependsOn: task.dependsOn,
      })),
    })),
  };
}

function formatSteps(steps: readonly JobStep[], palette: Palette): string {
  const rows = steps.flatMap(({ order, tasks }) =>
    tasks.map((task) => [
      order + 1,
      task.identifier,
      kindOf(task),
      subjectOf(task) || null,
      task.dependsOn.join(', ') || null,
    ]),
  );
  return formatTable(['STEP', 'TASK', 'KIND', 'ABOUT', 'DEPENDS ON'], rows, palette);
}

function kindOf(task: Task): string {
  return task.kind === 'UnusedTask' ? task.element : task.kind;
}

function subjectOf(task: Task): string {
  const connection = 'connection' in task ? task.connection : undefined;
  if (connection !== undefined) return connection;
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
      onTask: (event) => tellEvent(context, id, event),
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
      `Job ${id}: ${result.status}.${describeNext(id, result)}`,
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
    case 'blocked':
      return ` When the changes are right, go on with "lockstep job run ${id} --resume".`;
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

function tellEvent(context: CommandContext, job: string, event: TaskEvent): void {
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
