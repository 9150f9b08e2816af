/** Jobs when their schedules come. */
import type { Command } from 'commander';
import type { SchedulerEvent } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  withProject,
  withWorkspace,
} from '../command-context.ts';
import { parseLimit, type RunCommand } from '../command-line.ts';
import { describeError } from '../error-text.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { toPrintableText } from '../printable-text.ts';
import { formatTable } from '../table.ts';
import { tellTask } from './job.ts';

interface SchedulerCommandOptions {
  readonly once?: true;
  readonly dryRun?: true;
  readonly count: number;
}

type Runs = JsonOutput<'scheduler'>['runs'];

/** Runs that the result of the command names. */
const maxRuns = 1_000;

export function addScheduler(program: Command, run: RunCommand): void {
  program
    .command('scheduler')
    .description('start jobs when their schedules come, until it is stopped')
    .option('--once', 'start what is due now, wait for it, and end')
    .option('--dry-run', 'show when jobs would start, and start none')
    .option('--count <n>', 'times that --dry-run shows for each job', parseLimit, 3)
    .action((options: SchedulerCommandOptions, command: Command) =>
      options.dryRun === true
        ? run(command, (context) => showTimes(context, options.count))
        : run(command, (context) => schedule(context, options)),
    );
}

async function showTimes(
  context: CommandContext,
  count: number,
): Promise<CommandResult<JsonOutput<'scheduler times'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const jobs = engine.jobSchedules(workspace).map((each) => ({
      job: each.job.identifier,
      cronTabExpression: each.job.cronTabExpression ?? '',
      cronTimeZone: each.job.cronTimeZone,
      next: engine.nextRuns(each, context.now(), count),
    }));
    const rows = jobs.flatMap(({ job, cronTabExpression, cronTimeZone, next }) =>
      next.map((at) => [job, at, cronTabExpression, cronTimeZone]),
    );
    const text =
      jobs.length === 0
        ? 'No job of the deployed configuration has a schedule. Write CronTabExpression at a Job, then run "lockstep deploy".'
        : formatTable(['JOB', 'STARTS', 'SCHEDULE', 'TIME ZONE'], rows, context.palette);
    return { exitCode: exitCodes.done, document: { jobs }, text };
  });
}

async function schedule(
  context: CommandContext,
  options: SchedulerCommandOptions,
): Promise<CommandResult<JsonOutput<'scheduler'>>> {
  const runs: Runs[number][] = [];
  await withProject(context, (project, engine) =>
    engine.runScheduler(project, {
      once: options.once === true,
      onEvent: (event) => {
        tell(context, event);
        const ended = toRun(event);
        if (ended === null) return;
        runs.push(ended);
        if (runs.length > maxRuns) runs.shift();
      },
      onTask: (job, event) => {
        // What people read is a line for each job; the log has the tasks.
        if (context.logger.isLevelEnabled('info')) tellTask(context, job, event);
      },
    }),
  );
  const lines = runs.map(({ job, status }) => `${job}: ${status}`);
  return {
    exitCode: options.once === true ? exitCodeOfRuns(runs) : exitCodes.done,
    document: { runs },
    text: lines.length === 0 ? 'No job was due.' : lines.join('\n'),
  };
}

/** Whoever starts it once wants to hear of what it ran; a scheduler that goes on has told it all along. */
function exitCodeOfRuns(runs: Runs): ExitCode {
  if (runs.some(({ status }) => status === 'failed')) return exitCodes.failed;
  return runs.some(({ status }) => status === 'blocked') ? exitCodes.blocked : exitCodes.done;
}

function toRun(event: SchedulerEvent): Runs[number] | null {
  switch (event.kind) {
    case 'waiting':
    case 'ready':
    case 'started':
      return null;
    case 'ended': {
      const { instanceId, status } = event.result;
      return { job: event.job, instanceId, status, error: null };
    }
    case 'failed': {
      const { error } = describeError(event.error);
      return { job: event.job, instanceId: null, status: 'failed', error };
    }
    case 'skipped':
      return { job: event.job, instanceId: null, status: 'skipped', error: null };
  }
}

function tell(context: CommandContext, event: SchedulerEvent): void {
  const line = toPrintableText(describeEvent(event));
  if (context.logger.isLevelEnabled('info')) context.logger.info({}, line);
  else context.note(line);
}

function describeEvent(event: SchedulerEvent): string {
  switch (event.kind) {
    case 'waiting': {
      const end = event.seconds === 0 ? '' : `, for ${event.seconds} seconds at most`;
      return `Another scheduler works for this project (process ${event.pid} on ${event.host}); this one waits for its end${end}.`;
    }
    case 'ready': {
      const noun = event.jobs === 1 ? 'job has a schedule' : 'jobs have a schedule';
      return `${event.jobs} ${noun} (configuration ${event.configuration.slice(0, 12)}). Changed settings take a new start of the scheduler.`;
    }
    case 'started':
      return event.scheduledFor === null
        ? `${event.job} goes on where it was interrupted.`
        : `${event.job} starts, due at ${event.scheduledFor}.`;
    case 'ended':
      return `${event.job} ${event.result.status} (run ${event.result.instanceId}).`;
    case 'failed':
      return `${event.job} broke off: ${event.error.message}`;
    case 'skipped':
      return `${event.job}, due at ${event.scheduledFor}, is skipped: ${event.reason}`;
  }
}
