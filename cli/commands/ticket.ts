/** Manual provisioning: orders that a person carries out. */
import type { Command } from 'commander';
import type { Store, Ticket } from '../../engine/index.ts';
import {
  type CommandContext,
  type CommandResult,
  type Engine,
  withWorkspace,
} from '../command-context.ts';
import { parseId, type RunCommand } from '../command-line.ts';
import {
  addDecisionOptions,
  type DecisionOptions,
  decide,
  selectIds,
} from '../decision-options.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findResourceType } from '../known-names.ts';
import { formatOrder } from '../order-text.ts';
import { formatTable } from '../table.ts';
import { describeName } from './review.ts';

type Answer = 'confirm' | 'fail';

const answers: readonly (readonly [Answer, string])[] = [
  ['confirm', 'the work is done; the next reading verifies it'],
  ['fail', 'the work is not possible; say why with --comment'],
];

export function addTicket(program: Command, run: RunCommand): void {
  const group = program.command('ticket').description('manual provisioning');
  group
    .command('list')
    .description('open tickets, the oldest first')
    .option('--resource-type <id>', 'only of this resource type')
    .action((options: { readonly resourceType?: string }, command: Command) =>
      run(command, (context) => listTickets(context, options.resourceType)),
    );
  group
    .command('show')
    .description('what is to be done')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showTicket(context, id)),
    );
  for (const [answer, description] of answers) {
    addDecisionOptions(group.command(answer).description(description), {
      withProperty: false,
    }).action((ids: readonly number[], options: DecisionOptions, command: Command) =>
      run(command, (context) => answerTickets(context, answer, ids, options)),
    );
  }
}

async function listTickets(
  context: CommandContext,
  resourceType: string | undefined,
): Promise<CommandResult<JsonOutput<'ticket list'>>> {
  const { shown, listed, total } = await withWorkspace(
    context,
    async ({ store, model }, engine) => {
      const wanted = resourceType === undefined ? null : findResourceType(model, resourceType);
      const tickets = await engine.listTickets(store);
      return {
        shown: tickets.filter((ticket) => wanted === null || ticket.resourceType === wanted),
        listed: tickets.length,
        total: await countTickets(store, engine),
      };
    },
  );
  const rows = shown.map((ticket) => [
    ticket.orderId,
    ticket.changeType,
    ticket.resourceType,
    describeName(ticket.owner),
    ticket.openedAt,
  ]);
  const headers = ['ID', 'OPERATION', 'RESOURCE TYPE', 'OWNER', 'OPEN SINCE'];
  const table = formatTable(headers, rows, context.palette);
  return {
    exitCode: exitCodes.done,
    document: { tickets: shown.map(toDocument), total },
    text: [
      shown.length === 0 ? 'No ticket is open.' : table,
      ...(listed < total ? [describeRest(listed, total)] : []),
    ].join('\n'),
  };
}

/** The engine lists the newest tickets up to a limit; nobody should take them for all. */
function describeRest(listed: number, total: number): string {
  return `Looked at are the newest ${listed} of ${total} open tickets.`;
}

async function countTickets(store: Store, engine: Engine): Promise<number> {
  const counts = await store.read((t) => engine.countOrders(t));
  return counts['ticket'] ?? 0;
}

async function showTicket(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'ticket show'>>> {
  const tickets = await withWorkspace(context, ({ store }, engine) => engine.listTickets(store));
  const ticket = tickets.find((candidate) => candidate.orderId === id);
  if (ticket === undefined) {
    throw new CliError('TICKET_UNKNOWN', `There is no open ticket ${id}.`, {
      hint: 'See the open ones with "lockstep ticket list"; closed ones with "lockstep order show".',
    });
  }
  return {
    exitCode: exitCodes.done,
    document: toDocument(ticket),
    text: formatOrder(ticket.order, context.palette),
  };
}

/** An order is a plain object; the schema leaves its shape to the documentation of orders. */
function toDocument(ticket: Ticket): JsonOutput<'ticket show'> {
  return { ...ticket, order: { ...ticket.order } };
}

async function answerTickets(
  context: CommandContext,
  answer: Answer,
  ids: readonly number[],
  options: DecisionOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  return withWorkspace(context, async (workspace, engine) => {
    const { store, model } = workspace;
    if (options.resourceType !== undefined) findResourceType(model, options.resourceType);
    const lines = (await engine.listTickets(store)).map(({ orderId, resourceType }) => ({
      id: orderId,
      resourceType,
      properties: [],
    }));
    const selected = selectIds(lines, ids, options);
    const total = await countTickets(store, engine);
    if (ids.length === 0 && lines.length < total) context.note(describeRest(lines.length, total));
    return decide(context, { decision: answer, ids: selected, options }, (taken) =>
      engine.answerTickets(workspace, {
        orderIds: taken.ids,
        answer: taken.decision,
        person: taken.person,
        comment: taken.comment,
        isDryRun: taken.isDryRun,
      }),
    );
  });
}
