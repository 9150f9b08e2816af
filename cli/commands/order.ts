import { type Command, Option } from 'commander';
import type { OrderStatus, ProvisioningOrderRow } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectNames, parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatOrder, type Order } from '../order-text.ts';
import { formatFields, formatTable } from '../table.ts';

const statuses: readonly OrderStatus[] = [
  'generated',
  'intent',
  'ticket',
  'executed',
  'errored',
  'superseded',
];
const defaultLimit = 100;

interface ListOptions {
  readonly status?: readonly string[];
  readonly limit: number;
}

export function addOrder(program: Command, run: RunCommand): void {
  const group = program.command('order').description('provisioning orders');
  group
    .command('list')
    .description('the newest orders first')
    .addOption(
      new Option(
        '--status <status>',
        `only with this status (${statuses.join(', ')}); may be repeated`,
      ).argParser(collectNames),
    )
    .option('--limit <count>', 'at most so many', parseLimit, defaultLimit)
    .action((options: ListOptions, command: Command) =>
      run(command, (context) => listOrders(context, options)),
    );
  group
    .command('show')
    .description('one order, with its values and what became of it')
    .argument('<id>', 'number that the list shows', parseId)
    .action((id: number, _options, command: Command) =>
      run(command, (context) => showOrder(context, id)),
    );
}

async function listOrders(
  context: CommandContext,
  options: ListOptions,
): Promise<CommandResult<JsonOutput<'order list'>>> {
  const wanted = options.status?.map(toStatus);
  const orders = await withWorkspace(context, async ({ store }, engine) => {
    const rows = await store.read((t) =>
      engine.listOrders(t, {
        limit: options.limit,
        ...(wanted === undefined ? {} : { statuses: wanted }),
      }),
    );
    return rows.map(toDocument);
  });
  const rows = orders.map((order) => [
    order.id,
    order.status,
    order.changeType,
    order.resourceType,
    readOrderOf(order).owner.displayName,
    order.connection,
    order.generatedAt,
    order.message,
  ]);
  const headers = [
    'ID',
    'STATUS',
    'OPERATION',
    'RESOURCE TYPE',
    'OWNER',
    'CONNECTION',
    'MADE',
    'MESSAGE',
  ];
  return {
    exitCode: exitCodes.done,
    document: { orders },
    text:
      orders.length === 0 ? 'There is no such order.' : formatTable(headers, rows, context.palette),
  };
}

function toStatus(text: string): OrderStatus {
  const found = statuses.find((status) => status === text.toLowerCase());
  if (found !== undefined) return found;
  throw new CliError('USAGE_INVALID', `"${text}" is not a status of orders.`, {
    hint: `They are: ${statuses.join(', ')}.`,
  });
}

async function showOrder(
  context: CommandContext,
  id: number,
): Promise<CommandResult<JsonOutput<'order show'>>> {
  const row = await withWorkspace(context, ({ store }, engine) =>
    store.read((t) => engine.readOrder(t, id)),
  );
  if (row === undefined) {
    throw new CliError('ORDER_UNKNOWN', `There is no order ${id}.`, {
      hint: 'See the newest with "lockstep order list".',
    });
  }
  const document = toDocument(row);
  const life = formatFields([
    ['Status', document.status],
    ['Connection', `${document.connection} (${document.connector})`],
    ['Made', document.generatedAt],
    ['Handed over', document.intentAt],
    ['Outcome', document.outcomeAt],
    ['Attempts', document.attempts],
    ['Message', document.message],
    ['Error', document.errorCode],
    ['Decided by', document.decidedBy],
    ['Run', document.run],
  ]);
  return {
    exitCode: exitCodes.done,
    document,
    text: [formatOrder(readOrderOf(document), context.palette), life].join('\n\n'),
  };
}

function toDocument(row: ProvisioningOrderRow): JsonOutput<'order show'> {
  return {
    id: row.id,
    assignmentId: row.assigned_resource_type_id,
    resourceType: row.resource_type,
    connector: row.connector,
    connection: row.connection,
    changeType: row.change_type,
    status: row.status,
    attempts: row.attempts,
    generatedAt: row.generated_at,
    intentAt: row.intent_at,
    outcomeAt: row.outcome_at,
    message: row.message,
    errorCode: row.error_code,
    decidedBy: row.decided_by,
    run: row.run_id,
    // Written by order generation.
    order: JSON.parse(row.payload) as JsonOutput<'order show'>['order'],
  };
}

function readOrderOf(document: JsonOutput<'order show'>): Order {
  // What order generation writes is an order.
  return document.order as unknown as Order;
}
