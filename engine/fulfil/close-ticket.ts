/** What an operator answers to a ticket: done, or not possible. */
import { type Model, provisioningStates } from '../../config/index.ts';
import {
  moveOrderedAssignments,
  readOrder,
  recordAssignmentChanges,
  recordDecision,
  type StoreTransaction,
  writeOutcome,
} from '../store/index.ts';
import { FulfilError } from './errors.ts';

export interface TicketAnswer {
  readonly orderId: number;
  readonly answer: 'confirm' | 'fail';
  readonly person: string;
  readonly comment: string | null;
  readonly runId: number;
  readonly at: string;
}

/**
 * Closes a ticket. A confirmation is a claim, not a fact: the assignment becomes Executed and the next reading verifies it,
 * unless the mapping says that the system cannot be read. Throws `FulfilError` when the ticket is not open.
 */
export async function closeTicket(
  transaction: StoreTransaction,
  model: Model,
  answer: TicketAnswer,
): Promise<void> {
  const order = await readOrder(transaction, answer.orderId);
  if (order === undefined) {
    throw new FulfilError('TICKET_UNKNOWN', `There is no ticket ${answer.orderId}.`, {
      hint: 'List the open ones with "lockstep ticket list".',
    });
  }
  const isDone = answer.answer === 'confirm';
  const isSettled = await writeOutcome(transaction, order.id, ['ticket'], {
    status: isDone ? 'executed' : 'errored',
    at: answer.at,
    message: answer.comment ?? (isDone ? 'Confirmed.' : 'Reported as not possible.'),
    errorCode: isDone ? null : 'TICKET_FAILED',
    writtenValues: null,
    decidedBy: answer.person,
  });
  if (!isSettled) {
    throw new FulfilError(
      'TICKET_NOT_OPEN',
      `Ticket ${answer.orderId} is not open; its order is ${order.status}.`,
      {
        hint: 'Nothing was changed. List the open tickets with "lockstep ticket list".',
      },
    );
  }
  const isTrusted =
    model.resourceTypes.get(order.resource_type)?.mapping?.ticketSynchroIsNotAvailable === true;
  const doneState = isTrusted ? provisioningStates.verified : provisioningStates.executed;
  await moveOrderedAssignments(transaction, order, {
    provisioningState: isDone ? doneState : provisioningStates.errored,
    at: answer.at,
    lastError: isDone ? null : (answer.comment ?? 'Reported as not possible.'),
    runId: answer.runId,
  });
  await recordAssignmentChanges(
    transaction,
    model,
    [order.assigned_resource_type_id],
    answer.runId,
  );
  await recordDecision(transaction, {
    kind: `ticket-${answer.answer}`,
    assigned_resource_type_id: order.assigned_resource_type_id,
    subject: `order ${order.id}`,
    decided_by: answer.person,
    decided_at: answer.at,
    comment: answer.comment,
  });
}
