/** What commands that carry out a person's decision are told about it. */
import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

export interface DecisionOptions {
  readonly comment?: string;
  readonly by?: string;
  readonly dryRun?: true;
}

/** For decisions about orders. */
export function addDecisionOptions(command: Command): Command {
  return command
    .option('--comment <text>', 'why; kept with the order')
    .option('--by <person>', 'who decides; default: the account of the system')
    .option('--dry-run', 'show what would be done, and do nothing');
}

export function toDecision(
  context: CommandContext,
  options: DecisionOptions,
): { readonly person: string; readonly comment: string | null; readonly isDryRun: boolean } {
  return {
    person: options.by?.trim() || context.person,
    comment: options.comment ?? null,
    isDryRun: options.dryRun === true,
  };
}
