/** The three steps of a synchronization, one by one. */
import { type Command, Option } from 'commander';
import type { SynchronizationMode } from '../../config/index.ts';
import type { TaskOutcome, Workspace } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { connectionsOf, findConnector } from '../known-names.ts';
import { attemptTask, type SubjectOutcome, taskResult } from '../task-result.ts';

interface StepOptions {
  readonly connector: string;
  readonly mode: SynchronizationMode;
  readonly dryRun?: true;
  readonly force?: true;
}

interface SynchronizeOptions {
  readonly connector: string;
  readonly dryRun?: true;
  readonly force?: true;
  readonly resume?: true;
  readonly discard?: true;
  readonly compareStore?: true;
  readonly orphans?: true;
  readonly by?: string;
}

type Result = Promise<CommandResult<JsonOutput<'tasks'>>>;

export function addSynchronization(program: Command, run: RunCommand): void {
  program
    .command('export')
    .description('read a connector’s systems into files')
    .requiredOption('--connector <id>', 'connector whose connections are exported')
    .addOption(modeOption())
    .option('--dry-run', 'only check that each connection can be read; write no file')
    .action((options: StepOptions, command: Command) =>
      run(command, (context) => exportConnector(context, options)),
    );
  program
    .command('prepare')
    .description('cleanse and sort exported files, and compare them with the last ones')
    .requiredOption('--connector <id>', 'connector whose files are prepared')
    .addOption(modeOption())
    .option('--force', 'accept files that a guard would hold')
    .action((options: StepOptions, command: Command) =>
      run(command, (context) => prepare(context, options)),
    );
  program
    .command('synchronize')
    .description('load prepared changes into the store, behind thresholds and data tests')
    .requiredOption('--connector <id>', 'connector whose changes are loaded')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--force', 'apply although thresholds are passed or data tests fail')
    .option('--resume', 'apply the changes that a threshold or a data test held')
    .option('--discard', 'throw away the changes that wait; the store stays as it is')
    .option('--compare-store', 'compare all that was read with the store, and repair what differs')
    .option('--orphans', 'write links that name somebody who is not there to side files')
    .option('--by <person>', 'who throws them away; default: the account of the system')
    .action((options: SynchronizeOptions, command: Command) =>
      run(command, (context) => synchronize(context, options)),
    );
}

function modeOption(): Option {
  return new Option('--mode <mode>', 'what the files hold')
    .choices(['initial', 'complete', 'incremental'])
    .default('complete');
}

async function exportConnector(context: CommandContext, options: StepOptions): Result {
  return withWorkspace(context, async (workspace, engine) => {
    const { model } = workspace;
    const isDryRun = options.dryRun === true;
    const outcomes: SubjectOutcome[] = [];
    for (const { identifier } of connectionsOf(model, findConnector(model, options.connector))) {
      context.signal.throwIfAborted();
      const outcome = await attemptTask(identifier, context.signal, () =>
        isDryRun
          ? checkExport(workspace, engine, identifier)
          : engine.exportConnection(workspace, {
              connection: identifier,
              mode: options.mode,
              ignoreCookie: false,
            }),
      );
      outcomes.push(outcome);
    }
    return taskResult(outcomes, { isDryRun });
  });
}

async function checkExport(
  workspace: Workspace,
  engine: Engine,
  connection: string,
): Promise<TaskOutcome> {
  const access = await engine.accessConnection(workspace, connection);
  if (access.package.exporter === undefined) {
    return {
      status: 'nothing',
      producedOutput: false,
      message: `${connection} only carries out orders.`,
      summary: { connection },
    };
  }
  const exporter = await access.package.exporter();
  const message = await exporter.checkConnection(access.settings, access.context);
  return {
    status: 'completed',
    producedOutput: false,
    message: `${connection} can be read. ${message}`,
    summary: { connection },
  };
}

async function prepare(context: CommandContext, options: StepOptions): Result {
  return withWorkspace(context, async (workspace, engine) => {
    const connector = findConnector(workspace.model, options.connector);
    const outcome = await engine.prepareConnector(workspace, {
      connector,
      mode: options.mode,
      commandColumn: null,
      force: options.force === true,
    });
    return taskResult([{ subject: connector, outcome }], { isDryRun: false });
  });
}

async function synchronize(context: CommandContext, options: SynchronizeOptions): Result {
  const isDryRun = options.dryRun === true;
  const isDiscarding = options.discard === true;
  if (isDiscarding && (isDryRun || options.resume === true || options.force === true)) {
    throw new CliError(
      'USAGE_OPTIONS_CONFLICT',
      'Changes can be thrown away, or applied, or looked at; not at once.',
      {
        hint: 'Use --discard alone. To see what waits, use --dry-run first.',
      },
    );
  }
  return withWorkspace(context, async (workspace, engine) => {
    const connector = findConnector(workspace.model, options.connector);
    const outcome = isDiscarding
      ? await engine.discardSessions(workspace, connector, options.by ?? context.person)
      : await engine.synchronizeConnector(workspace, {
          connector,
          force: options.force === true,
          resume: options.resume === true,
          resumesOnly: options.resume === true,
          isDryRun,
          comparesStore: options.compareStore === true,
          savesOrphans: options.orphans === true,
        });
    return taskResult([{ subject: connector, outcome }], { isDryRun });
  });
}
