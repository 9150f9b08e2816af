import { type Command, Option } from 'commander';
import type { OrderEventRow, OrderStatus, ProvisioningOrderRow } from '../../engine/index.ts';
import { type CommandContext, type CommandResult, withWorkspace } from '../command-context.ts';
import { collectIds, collectNames, parseId, parseLimit, type RunCommand } from '../command-line.ts';
import { CliError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { JsonOutput } from '../json-schemas.ts';
import { formatOrder, type Order } from '../order-text.ts';
import { addDecisionOptions, type DecisionOptions, toDecision } from '../person-decision.ts';
import { toPrintableLine } from '../printable-text.ts';
import { formatFields, formatTable } from '../table.ts';

const statuses: readonly OrderStatus[] = [
  'held',
  'generated',
  'intent',
  'ticket',
  'executed',
  'errored',
  'conflict',
  'expired',
  'cancelled',
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
  addDecisionOptions(
    group
      .command('retry')
      .description('try orders at once that wait for another attempt, and their system again')
      .argument('[ids...]', 'numbers that the list shows', collectIds)
      .option('--connection <id>', 'everything that waits for this connection'),
  ).action((ids: readonly number[], options: SteeringOptions, command: Command) =>
    run(command, (context) => retry(context, ids, options)),
  );
  addDecisionOptions(
    group
      .command('cancel')
      .description('take orders back that nothing has begun; what they were for waits for a person')
      .argument('<ids...>', 'numbers that the list shows', collectIds),
  ).action((ids: readonly number[], options: SteeringOptions, command: Command) =>
    run(command, (context) => cancel(context, ids, options)),
  );
}

interface SteeringOptions extends DecisionOptions {
  readonly connection?: string;
}

function toSteering(context: CommandContext, options: SteeringOptions) {
  return { ...toDecision(context, options), at: new Date(context.now()).toISOString() };
}

async function retry(
  context: CommandContext,
  ids: readonly number[],
  options: SteeringOptions,
): Promise<CommandResult<JsonOutput<'order retry'>>> {
  const { connection } = options;
  if (ids.length > 0 === (connection !== undefined)) {
    throw new CliError(
      'USAGE_SELECTION_MISSING',
      'Name the numbers of orders, or a connection with --connection; one of the two.',
      { hint: 'See what waits with "lockstep order list --status intent".' },
    );
  }
  const decision = toSteering(context, options);
  const done = await withWorkspace(context, ({ store, model }, engine) => {
    const named = connection === undefined ? null : engine.findConnection(model, connection);
    return engine.retryOrders(
      store,
      model,
      { orderIds: ids, connection: named?.identifier ?? null },
      decision,
    );
  });
  const { person, comment, isDryRun } = decision;
  const count = describeCount(done.orderIds.length);
  const systems =
    done.connections.length === 0 ? '' : `; ${done.connections.join(', ')} is tried again`;
  return {
    exitCode: exitCodes.done,
    document: { orders: done.orderIds, connections: done.connections, person, comment, isDryRun },
    text: isDryRun
      ? `Nothing was changed: this was a dry run. ${count} would be due at once${systems}.`
      : `${count} due at once${systems}. Carry on with "lockstep fulfil".`,
  };
}

async function cancel(
  context: CommandContext,
  ids: readonly number[],
  options: SteeringOptions,
): Promise<CommandResult<JsonOutput<'order cancel'>>> {
  const decision = toSteering(context, options);
  const done = await withWorkspace(context, ({ store, model }, engine) =>
    engine.withdrawOrders(store, model, [...new Set(ids)], decision),
  );
  const { person, comment, isDryRun } = decision;
  const count = describeCount(done.orderIds.length);
  return {
    exitCode: exitCodes.done,
    document: { orders: done.orderIds, person, comment, isDryRun },
    text: isDryRun
      ? `Nothing was changed: this was a dry run. ${count} would be taken back.`
      : [
          `${count} taken back, by ${toPrintableLine(person)}.`,
          // A password that was not replaced leaves nothing open.
          ...(done.resets === done.orderIds.length
            ? []
            : ['What they were for waits in "lockstep review list".']),
        ].join(' '),
  };
}

function describeCount(count: number): string {
  return count === 1 ? '1 order' : `${count} orders`;
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
    order.resetsPassword ? 'password reset' : order.changeType,
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
  const { row, events } = await withWorkspace(context, ({ store }, engine) =>
    store.read(async (t) => ({
      row: await engine.readOrder(t, id),
      events: await engine.listOrderEvents(t, id),
    })),
  );
  if (row === undefined) {
    throw new CliError('ORDER_UNKNOWN', `There is no order ${id}.`, {
      hint: 'See the newest with "lockstep order list".',
    });
  }
  const document = { ...toDocument(row), events: events.map(toEvent) };
  const life = formatFields([
    ['Status', document.status],
    ['Connection', `${document.connection} (${document.connector})`],
    ['Made', document.generatedAt],
    ['Handed over', document.intentAt],
    ['Outcome', document.outcomeAt],
    ['Attempts', document.attempts],
    ['Next attempt', document.nextAttemptAt],
    ['Message', document.message],
    ['Error', document.errorCode],
    ['Decided by', document.decidedBy],
    ['Run', document.run],
  ]);
  const written = Object.entries(document.writtenValues ?? {});
  const parts = [formatOrder(readOrderOf(document), context.palette), life];
  if (written.length > 0)
    parts.push(formatTable(['WRITTEN BY THE SYSTEM', 'VALUE'], written, context.palette));
  if (document.events.length > 0) {
    const rows = document.events.map(({ at, kind, code, message, person }) => [
      ...[at, kind, code, message, person],
    ]);
    parts.push(formatTable(['AT', 'WHAT', 'CODE', 'MESSAGE', 'PERSON'], rows, context.palette));
  }
  return {
    exitCode: exitCodes.done,
    document,
    text: parts.join('\n\n'),
  };
}

function toEvent(event: OrderEventRow): JsonOutput<'order show'>['events'][number] {
  const { kind, at, error_code: code, message, person } = event;
  return { kind, at, code, message, person };
}

type OrderDocument = JsonOutput<'order list'>['orders'][number];

function toDocument(row: ProvisioningOrderRow): OrderDocument {
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
    nextAttemptAt: row.next_attempt_at,
    writtenValues:
      row.written_values === null
        ? null
        : // Written with the outcome.
          (JSON.parse(row.written_values) as Readonly<Record<string, string | null>>),
    resetsPassword: row.resets_password === 1,
    // Written by order generation.
    order: JSON.parse(row.payload) as OrderDocument['order'],
  };
}

function readOrderOf(document: OrderDocument): Order {
  // What order generation writes is an order.
  return document.order as unknown as Order;
}
