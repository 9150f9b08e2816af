/** The command line as commander knows it: also what its documentation is generated from. */
import { Command, Option } from 'commander';
import type { RunCommand } from './command-line.ts';
import { addChanges } from './commands/changes.ts';
import { addConnection } from './commands/connection.ts';
import { addConnector } from './commands/connector.ts';
import { addConvert } from './commands/convert.ts';
import { addCsv } from './commands/csv.ts';
import { addDecision } from './commands/decision.ts';
import { addDemo } from './commands/demo.ts';
import { addDeploy } from './commands/deploy.ts';
import { addEval } from './commands/eval.ts';
import { addExplain } from './commands/explain.ts';
import { addHistory } from './commands/history.ts';
import { addInit } from './commands/init.ts';
import { addJob } from './commands/job.ts';
import { addLanguageServer } from './commands/language-server.ts';
import { addLineage } from './commands/lineage.ts';
import { addMail } from './commands/mail.ts';
import { addOrder } from './commands/order.ts';
import { addPassword } from './commands/password.ts';
import { addPlan } from './commands/plan.ts';
import { addPolicy } from './commands/policy.ts';
import { addProtect } from './commands/protect.ts';
import { addReconcile } from './commands/reconcile.ts';
import { addReport } from './commands/report.ts';
import { addResource } from './commands/resource.ts';
import { addReview } from './commands/review.ts';
import { addRisk } from './commands/risk.ts';
import { addRole } from './commands/role.ts';
import { addRun } from './commands/run.ts';
import { addScheduler } from './commands/scheduler.ts';
import { addSchema } from './commands/schema.ts';
import { addSettings } from './commands/settings.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStatus } from './commands/status.ts';
import { addSynchronization } from './commands/synchronization.ts';
import { addTest } from './commands/test.ts';
import { addTicket } from './commands/ticket.ts';
import { addValidate } from './commands/validate.ts';
import { logLevels } from './log.ts';

export interface ProgramOptions {
  readonly version: string;
  /** Gets help and version. */
  readonly write: (text: string) => void;
  readonly run: RunCommand;
}

/** Every `add` in the order of the help. */
const commands = [
  addInit,
  addValidate,
  addTest,
  addDeploy,
  addSchema,
  addLanguageServer,
  addConvert,
  addConnection,
  addConnector,
  addSettings,
  addProtect,
  addSynchronization,
  addChanges,
  addPolicy,
  addPlan,
  addJob,
  addScheduler,
  addReview,
  addRole,
  addRisk,
  addTicket,
  addMail,
  addReconcile,
  addDecision,
  addResource,
  addHistory,
  addRun,
  addOrder,
  addExplain,
  addLineage,
  addSimulate,
  addReport,
  addEval,
  addStatus,
  addCsv,
  addPassword,
  addDemo,
] as const;

/** A program that never ends the process: wrong usage, help and version leave `parseAsync` as commander's errors. */
export function createProgram({ version, write, run }: ProgramOptions): Command {
  const program = new Command('lockstep')
    .description('Keeps an organization’s accounts and rights in step with its people.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('-C, --project <folder>', 'project folder', '.')
    .option('--json', 'print the result as one JSON document')
    .addOption(
      new Option('--log-level <level>', 'what is logged to stderr')
        .choices([...logLevels])
        .default('warn'),
    )
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    // Subcommands inherit this, as long as it is set before they are added.
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => {} })
    .showSuggestionAfterError(true);
  for (const add of commands) add(program, run);
  return program;
}

const exitCodeHelp = `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration,
3 blocked by a threshold, guard, data test or invariant, 4 stale plan, 130 interrupted.`;
