/** Manual provisioning: orders that a person carries out. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Ticket, TicketsFilter } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { parseId, type RunCommand } from '../command-line.ts';
import {
  addDecisionBasics,
  checkSelection,
  type DecisionOptions,
  decideNamed,
} from '../decision-options.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { addPageOptions, type PageOptions, parseAge } from '../item-options.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { findResourceType } from '../known-names.ts';
import { formatOrder } from '../order-text.ts';
import { formatFields, formatTable } from '../table.ts';
import { describeName, describeRest } from './review.ts';

type Answer = 'confirm' | 'fail' | 'take' | 'release';

const answers: readonly (readonly [Answer, string])[] = [
  ['confirm', 'the work is done; the next reading verifies it'],
  ['fail', 'the work is not possible; say why with --comment'],
  ['take', 'say who works on them'],
  ['release', 'nobody works on them any more'],
];

interface FilterOptions {
  readonly resourceType?: string;
  readonly owner?: string;
  readonly overdue?: true;
  readonly takenBy?: string;
  readonly free?: true;
  /** Milliseconds. */
  readonly olderThan?: number;
}

type ListOptions = FilterOptions & PageOptions<number>;

interface AnswerOptions extends DecisionOptions, FilterOptions {
  readonly set?: Readonly<Record<string, string>>;
}

export function addTicket(program: Command, run: RunCommand): void {
  const group = program.command('ticket').description('manual provisioning');
  const list = group.command('list').description('open tickets, the oldest first');
  addPageOptions(addTicketFilter(list), parseId).action((options: ListOptions, command: Command) =>
    run(command, (context) => listTickets(context, options)),
  );
  group
    .command('show')
    .description('what is to be done')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showTicket(context, id)),
    );
  for (const [answer, description] of answers) {
    const one = addTicketFilter(addDecisionBasics(group.command(answer).description(description)));
    if (answer === 'confirm')
      one.option(
        '--set <property=value>',
        'what was written instead of what was ordered; of one ticket; may be repeated',
        collectValues,
      );
    one.action((ids: readonly number[], options: AnswerOptions, command: Command) =>
      run(command, (context) => answerTickets(context, answer, ids, options)),
    );
  }
}

function addTicketFilter(command: Command): Command {
  return command
    .option('--resource-type <id>', 'only of this resource type')
    .option('--owner <text>', 'only of owners with this key or name; * stands for any text')
    .option('--overdue', 'only those that should have an answer by now')
    .option('--taken-by <person>', 'only those this person works on')
    .option('--free', 'only those nobody works on')
    .option('--older-than <age>', 'only those open so long: 12h, 3d, 2w', parseAge);
}

function collectValues(
  text: string,
  previous: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const end = text.indexOf('=');
  if (end > 0) return { ...previous, [text.slice(0, end)]: text.slice(end + 1) };
  throw new InvalidArgumentError('It must be a property and its value, as Login=dnovak.');
}

function toFilter(
  model: Parameters<typeof findResourceType>[0],
  options: FilterOptions,
  now: number,
): TicketsFilter {
  const { resourceType, owner, overdue, takenBy, free, olderThan } = options;
  return {
    ...(resourceType === undefined ? {} : { resourceType: findResourceType(model, resourceType) }),
    ...(owner === undefined ? {} : { owner }),
    ...(overdue === undefined ? {} : { isOverdue: true }),
    ...(takenBy === undefined ? {} : { takenBy }),
    ...(free === undefined ? {} : { isFree: true }),
    ...(olderThan === undefined
      ? {}
      : { since: { until: new Date(now - olderThan).toISOString() } }),
  };
}

async function listTickets(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'ticket list'>>> {
  const { tickets, total, next } = await withWorkspace(context, (workspace, engine) => {
    const filter = toFilter(workspace.model, options, context.now());
    const page = { after: options.after ?? 0, limit: options.limit };
    return engine.listTicketsOf(workspace, filter, page);
  });
  // Columns that say nothing of any ticket would only be in the way.
  const isTaken = tickets.some((ticket) => ticket.takenBy !== null);
  const isDue = tickets.some((ticket) => ticket.dueAt !== null);
  const rows = tickets.map((ticket) => [
    ticket.orderId,
    ticket.order.passwordReset === undefined ? ticket.changeType : 'password reset',
    ticket.resourceType,
    describeName(ticket.owner),
    ticket.openedAt,
    ...(isTaken ? [ticket.takenBy] : []),
    ...(isDue ? [describeDue(ticket)] : []),
  ]);
  const headers = [
    ...['ID', 'OPERATION', 'RESOURCE TYPE', 'OWNER', 'OPEN SINCE'],
    ...(isTaken ? ['TAKEN BY'] : []),
    ...(isDue ? ['DUE'] : []),
  ];
  return {
    exitCode: exitCodes.done,
    document: { tickets: tickets.map(toDocument), total, next },
    text: [
      tickets.length === 0 ? 'No ticket is open.' : formatTable(headers, rows, context.palette),
      ...describeRest(tickets.length, total, next),
    ].join('\n'),
  };
}

function describeDue({ dueAt, isOverdue }: Ticket): string | null {
  return isOverdue ? `${dueAt} (overdue)` : dueAt;
}

async function showTicket(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'ticket show'>>> {
  const ticket = await withWorkspace(context, (workspace, engine) =>
    engine.findTicket(workspace, id),
  );
  if (ticket === null) {
    throw new CliError('TICKET_UNKNOWN', `There is no open ticket ${id}.`, {
      hint: 'See the open ones with "lockstep ticket list"; closed ones with "lockstep order show".',
    });
  }
  const { takenBy, takenAt, dueAt } = ticket;
  const course = formatFields([
    ...(takenBy === null ? [] : [['Taken by', `${takenBy}, ${takenAt}`] as const]),
    ...(dueAt === null ? [] : [['Due', describeDue(ticket)] as const]),
  ]);
  const text = [
    formatOrder(ticket.order, context.palette),
    ...(ticket.order.passwordReset === undefined ? [] : [howToReset]),
  ].join('\n\n');
  return {
    exitCode: exitCodes.done,
    document: toDocument(ticket),
    text: course === '' ? text : `${text}\n\n${course}`,
  };
}

const howToReset =
  'Set a new password in the system and hand it to nobody but its owner, then confirm. It never goes into the ticket or a comment.';

/** An order is a plain object; the schema leaves its shape to the documentation of orders. */
function toDocument(ticket: Ticket): JsonOutput<'ticket show'> {
  return { ...ticket, order: { ...ticket.order } };
}

async function answerTickets(
  context: CommandContext,
  answer: Answer,
  ids: readonly number[],
  options: AnswerOptions,
): Promise<CommandResult<JsonOutput<'decision'>>> {
  const { resourceType, owner, overdue, takenBy, free, olderThan } = options;
  const narrowing = [resourceType, owner, overdue, takenBy, free, olderThan];
  checkSelection(
    ids,
    options,
    narrowing.some((option) => option !== undefined),
  );
  return withWorkspace(context, async (workspace, engine) => {
    const filter = toFilter(workspace.model, options, context.now());
    return decideNamed(context, { decision: answer, ids, options }, (taken) =>
      engine.answerTickets(workspace, {
        orderIds: taken.ids,
        filter,
        answer: taken.decision,
        person: taken.person,
        comment: taken.comment,
        isDryRun: taken.isDryRun,
        ...(options.set === undefined ? {} : { corrections: options.set }),
      }),
    );
  });
}
