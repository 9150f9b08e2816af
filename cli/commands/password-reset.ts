/** Passwords of accounts replaced at the word of a person. */
import type { Command } from 'commander';
import type { PasswordResetOrder } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectIds, type RunCommand } from '../command-line.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findResourceType } from '../known-names.ts';
import { addDecisionOptions, type DecisionOptions, toDecision } from '../person-decision.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatTable } from '../table.ts';
import { describeName } from './review.ts';

interface ResetOptions extends DecisionOptions {
  readonly resourceType?: string;
  readonly mustChange?: true;
  readonly untold?: true;
}

export function addPasswordResets(password: Command, run: RunCommand): void {
  addDecisionOptions(
    password
      .command('reset')
      .description('order a new password for accounts: the next fulfilment makes and sets it')
      .argument('<accounts...>', 'EntityType:key of the account or of its owner')
      .option('--resource-type <id>', 'of several accounts of an owner, the one of this type')
      .option('--must-change', 'another one is to be chosen at the first login')
      .option('--untold', 'tell nobody: whoever knew the old password is locked out'),
  ).action((accounts: readonly string[], options: ResetOptions, command: Command) =>
    run(command, (context) => reset(context, accounts, options)),
  );
  addDecisionOptions(
    password
      .command('approve')
      .description('let resets go that somebody else asked for')
      .argument('<ids...>', 'numbers of orders that are held', collectIds),
  ).action((ids: readonly number[], options: DecisionOptions, command: Command) =>
    run(command, (context) => approve(context, ids, options)),
  );
}

async function reset(
  context: CommandContext,
  accounts: readonly string[],
  options: ResetOptions,
): Promise<CommandResult<JsonOutput<'password reset'>>> {
  const decision = toDecision(context, options);
  const { resourceType } = options;
  const resets = await withWorkspace(context, (workspace, engine) =>
    engine.askPasswordResets(workspace, {
      ...decision,
      accounts,
      resourceType:
        resourceType === undefined ? null : findResourceType(workspace.model, resourceType),
      mustChange: options.mustChange === true ? true : null,
      isTold: options.untold !== true,
    }),
  );
  const rows = resets.map((one) => [
    one.orderId,
    one.status,
    one.resourceType,
    one.account.key,
    describeName(one.owner),
    one.mustChange ? 'yes' : 'no',
    one.isTicket ? 'a person' : (one.toldTo ?? 'nobody'),
  ]);
  const headers = ['ORDER', 'STATUS', 'RESOURCE TYPE', 'ACCOUNT', 'OWNER', 'MUST CHANGE', 'TOLD'];
  return {
    exitCode: exitCodes.done,
    document: { resets, ...decision },
    text: [
      formatTable(headers, rows, context.palette),
      ...(decision.isDryRun ? ['Nothing was changed: this was a dry run.'] : whatNext(resets)),
    ].join('\n'),
  };
}

function whatNext(resets: readonly PasswordResetOrder[]): readonly string[] {
  const held = resets.filter(({ status }) => status === 'held').map(({ orderId }) => orderId);
  const ready = resets.filter(({ status }) => status === 'generated');
  const connectors = [...new Set(ready.map(({ connector }) => connector))].sort();
  return [
    ...connectors.map((connector) => `Carry on with "lockstep fulfil --connector ${connector}".`),
    ...(held.length === 0
      ? []
      : [`Somebody else approves with "lockstep password approve ${held.join(' ')}".`]),
  ];
}

async function approve(
  context: CommandContext,
  ids: readonly number[],
  options: DecisionOptions,
): Promise<CommandResult<JsonOutput<'password approve'>>> {
  const decision = toDecision(context, options);
  const orders = await withWorkspace(context, (workspace, engine) =>
    engine.approvePasswordResets(workspace, ids, decision),
  );
  const count = orders.length === 1 ? '1 reset' : `${orders.length} resets`;
  return {
    exitCode: exitCodes.done,
    document: { orders, ...decision },
    text: decision.isDryRun
      ? `Nothing was changed: this was a dry run. ${count} would be approved.`
      : `${count} approved, by ${toPrintableLine(decision.person)}. Carry on with "lockstep fulfil".`,
  };
}
