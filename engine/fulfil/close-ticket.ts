/** What operators answer to tickets: done, or not possible. */
import { type Model, moveProvisioning, provisioningStates } from '../../config/index.ts';
import { findPackage, type ProvisioningOrder, type Values } from '../../connectors/index.ts';
import {
  type DecidedValue,
  findAwaitedOrders,
  moveDelivered,
  type ProvisioningOrderRow,
  readOrders,
  recordAssignmentChanges,
  recordDecisions,
  type StoreTransaction,
  writeOutcomes,
} from '../store/index.ts';
import { FulfilError } from './errors.ts';
import { type ConfirmedTicket, recordResources } from './record-resources.ts';

export interface TicketAnswer {
  readonly answer: 'confirm' | 'fail';
  readonly person: string;
  readonly comment: string | null;
  readonly runId: number;
  readonly at: string;
  /** What was written instead of what was ordered: a hint for people, never a proof. */
  readonly corrections?: Values;
}

/**
 * Closes tickets, all or none. A confirmation is a claim, not a fact: the assignment becomes Executed and the next reading
 * verifies it, unless the mapping says that the system cannot be read. Throws `FulfilError` when one of them is not open, or
 * when nobody waits for it any more.
 */
export async function closeTickets(
  t: StoreTransaction,
  model: Model,
  orderIds: readonly number[],
  answer: TicketAnswer,
): Promise<void> {
  const rows = await readOrders(t, orderIds);
  await refuseClosed(t, orderIds, rows);
  const isDone = answer.answer === 'confirm';
  const { corrections = {} } = answer;
  const settled = await writeOutcomes(
    t,
    ['ticket'],
    rows.map((row) => ({
      orderId: row.id,
      outcome: {
        status: isDone ? 'executed' : 'errored',
        at: answer.at,
        message: answer.comment ?? (isDone ? 'Confirmed.' : 'Reported as not possible.'),
        errorCode: isDone ? null : 'TICKET_FAILED',
        writtenValues: Object.keys(corrections).length === 0 ? null : corrections,
        decidedBy: answer.person,
      },
    })),
  );
  const overtaken = rows.find((row) => !settled.has(row.id));
  if (overtaken !== undefined) throw notOpen(overtaken);
  await moveDelivered(
    t,
    rows.map((row) => ({
      orderId: row.id,
      assignmentId: row.assigned_resource_type_id,
      provisioningState: stateAfter(model, row, isDone),
      lastError: isDone ? null : (answer.comment ?? 'Reported as not possible.'),
    })),
    { id: answer.runId, at: answer.at },
  );
  if (isDone) {
    const recorded = rows.filter((row) => recordsResources(model, row));
    const tickets = recorded.map((row): ConfirmedTicket => {
      const order = readPayload(row);
      return { orderId: row.id, order, corrections };
    });
    await recordResources(t, model, tickets, { id: answer.runId, at: answer.at });
  }
  await keepAnswers(t, model, rows, answer);
}

/** One ticket; the same. */
export async function closeTicket(
  transaction: StoreTransaction,
  model: Model,
  { orderId, ...answer }: TicketAnswer & { readonly orderId: number },
): Promise<void> {
  await closeTickets(transaction, model, [orderId], answer);
}

async function refuseClosed(
  t: StoreTransaction,
  orderIds: readonly number[],
  rows: readonly ProvisioningOrderRow[],
): Promise<void> {
  const known = new Set(rows.map((row) => row.id));
  const unknown = orderIds.find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw new FulfilError('TICKET_UNKNOWN', `There is no ticket ${unknown}.`, {
      hint: 'Nothing was changed. List the open ones with "lockstep ticket list".',
      details: { orderId: unknown },
    });
  }
  const closed = rows.find((row) => row.status !== 'ticket');
  if (closed !== undefined) throw notOpen(closed);
  const awaited = await findAwaitedOrders(t, rows);
  const late = rows.find((row) => !awaited.has(row.id));
  if (late === undefined) return;
  throw new FulfilError(
    'TICKET_EXPIRED',
    `Nobody waits for ticket ${late.id} any more: it had timed out, or another order took its place.`,
    {
      hint: `Nothing was changed. The next reading shows what was done in the system; look with "lockstep order show ${late.id}" and "lockstep review list".`,
      details: { orderId: late.id },
    },
  );
}

function notOpen(row: ProvisioningOrderRow): FulfilError {
  const by = row.decided_by === null ? '' : ` by ${row.decided_by}`;
  const answered = row.outcome_at === null ? '' : ` since ${row.outcome_at}${by}`;
  return new FulfilError(
    'TICKET_NOT_OPEN',
    `Ticket ${row.id} is not open; its order is ${row.status}${answered}.`,
    {
      hint: 'Nothing was changed. List the open tickets with "lockstep ticket list".',
      details: { orderId: row.id, status: row.status },
    },
  );
}

function stateAfter(model: Model, row: ProvisioningOrderRow, isDone: boolean): number {
  const { transmitted } = provisioningStates;
  if (!isDone) return moveProvisioning(transmitted, 'result-error');
  const mapping = model.resourceTypes.get(row.resource_type)?.mapping;
  const isTrusted = mapping?.ticketSynchroIsNotAvailable === true;
  return moveProvisioning(transmitted, isTrusted ? 'result-trusted' : 'result-ok');
}

/** What is said to be done stands for a reading. */
export function recordsResources(model: Model, row: ProvisioningOrderRow): boolean {
  const found = findPackage(model.connections.get(row.connection)?.package ?? '');
  return found.status === 'found' && found.package.recordsResources === true;
}

/** Written by order generation. */
export function readPayload(row: ProvisioningOrderRow): ProvisioningOrder {
  return JSON.parse(row.payload) as ProvisioningOrder;
}

async function keepAnswers(
  t: StoreTransaction,
  model: Model,
  rows: readonly ProvisioningOrderRow[],
  answer: TicketAnswer,
): Promise<void> {
  const { runId, corrections = {} } = answer;
  const values = Object.entries(corrections).map(
    ([property, value]): DecidedValue => ({
      kind: 'scalar',
      property,
      linked_id: 0,
      policy_value: null,
      current_value: value,
    }),
  );
  await recordAssignmentChanges(
    t,
    model,
    rows.map((row) => row.assigned_resource_type_id),
    runId,
  );
  await recordDecisions(
    t,
    rows.map((row) => ({
      kind: `ticket-${answer.answer}`,
      assigned_resource_type_id: row.assigned_resource_type_id,
      subject: `order ${row.id}`,
      decided_by: answer.person,
      decided_at: answer.at,
      comment: answer.comment,
      run_id: runId,
      owner_type: model.resourceTypes.get(row.resource_type)?.sourceEntityType ?? null,
      owner_id: row.owner_id,
      item: row.resource_type,
      details: values.length === 0 ? null : JSON.stringify(values),
    })),
  );
}
