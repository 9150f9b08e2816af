/** What a person approved and a rule gives as well. */
import type { Command } from 'commander';
import type { RedundantAssignment } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import type { RunCommand } from '../command-line.ts';
import {
  addDecisionBasics,
  checkSelection,
  type DecisionOptions,
  decideNamed,
} from '../decision-options.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatTable } from '../table.ts';
import { describeName } from './review.ts';

interface RedundantOptions {
  readonly item?: string;
}

export function addRedundant(reconcile: Command, run: RunCommand): void {
  const group = reconcile
    .command('redundant')
    .description('what was approved by hand and a rule gives as well by now');
  group
    .command('list')
    .description('roles and resource types of both kinds, and when which of the two gives them')
    .option('--item <id>', 'only this role or resource type')
    .action((options: RedundantOptions, command: Command) =>
      run(command, (context) => listRedundant(context, options)),
    );
  addDecisionBasics(
    group
      .command('apply')
      .description('hand them back to the rules; outside the time of the rule they stay approved'),
  )
    .option('--item <id>', 'everything of this role or resource type')
    .action(
      (ids: readonly number[], options: DecisionOptions & RedundantOptions, command: Command) =>
        run(command, (context) => applyRedundant(context, ids, options)),
    );
}

async function listRedundant(
  context: CommandContext,
  { item }: RedundantOptions,
): Promise<CommandResult<JsonOutput<'reconcile redundant list'>>> {
  const assignments = await withWorkspace(context, (workspace, engine) =>
    engine.listRedundant(workspace, item === undefined ? {} : { item }),
  );
  const rows = assignments.map((one) => [
    one.id,
    one.kind,
    one.item,
    describeName(one.owner),
    describePeriod(one.manual),
    describePeriod(one.rule),
    one.remains.map(describePeriod).join(', ') || null,
  ]);
  const headers = ['ID', 'KIND', 'WHAT', 'OWNER', 'APPROVED', 'BY RULE', 'STAYS APPROVED'];
  return {
    exitCode: exitCodes.done,
    document: { assignments },
    text:
      assignments.length === 0
        ? 'Nothing that was approved by hand is given by a rule.'
        : formatTable(headers, rows, context.palette),
  };
}

function describePeriod({ startDate, endDate }: RedundantAssignment['rule']): string {
  if (startDate === null && endDate === null) return 'always';
  return `${describeDate(startDate)} to ${describeDate(endDate)}`;
}

/** The day of a date in the internal form. */
function describeDate(date: string | null): string {
  return date === null ? '…' : `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
}

async function applyRedundant(
  context: CommandContext,
  ids: readonly number[],
  options: DecisionOptions & RedundantOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  const { item } = options;
  checkSelection(
    ids,
    options,
    item !== undefined,
    'Name the numbers that the list shows, or give --all or --item.',
  );
  return withWorkspace(context, (workspace, engine) =>
    decideNamed(context, { decision: 'apply', ids, options }, (taken) =>
      engine.mergeRedundant(workspace, {
        ...taken,
        filter: item === undefined ? {} : { item },
      }),
    ),
  );
}
