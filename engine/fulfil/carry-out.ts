/** One order carried out: read first where its outcome is unknown, given a time limit, its failure told apart. */
import type { DeliveryLimits, Model } from '../../config/index.ts';
import {
  ConnectorError,
  type Executed,
  type Fulfiller,
  type FulfilTarget,
  type Logger,
  type OrderPassword,
  type PropertyChange,
  type ProvisioningOrder,
} from '../../connectors/index.ts';
import type { OrderOutcome, ProvisioningOrderRow } from '../store/index.ts';
import { compareFound, type Finding, missingChanges } from './compare-found.ts';
import { toSystemValues } from './describe-target.ts';
import { reactionTo, retryDelayMs } from './retry.ts';

export interface CarryOutRequest {
  readonly model: Model;
  readonly connection: string;
  readonly fulfiller: Fulfiller;
  readonly targets: ReadonlyMap<string, FulfilTarget>;
  readonly limits: DeliveryLimits;
  readonly now: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** An order at its turn. */
export interface Turn {
  readonly row: ProvisioningOrderRow;
  /** An assignment, or a value, still waits for it. */
  readonly isAwaited: boolean;
  /** What the account gets, or why there is none; absent: the order carries no password. */
  readonly password?: OrderPassword | ConnectorError;
}

interface Times {
  readonly startedAt: string;
  readonly endedAt: string;
}

export type Report =
  /** Not begun: the run had been stopped before its turn. */
  | { readonly turn: Turn; readonly kind: 'untouched' }
  | ({
      readonly turn: Turn;
      readonly kind: 'settled';
      readonly outcome: OrderOutcome;
      readonly isProbed: boolean;
      /** The system was told the password of the turn. */
      readonly isPasswordSet: boolean;
      /** What the store keeps of it, where the package says so. */
      readonly recorded: readonly PropertyChange[] | null;
      readonly error: ConnectorError | null;
    } & Times)
  /** What became of it is unknown. */
  | ({
      readonly turn: Turn;
      readonly kind: 'postponed';
      readonly error: ConnectorError;
      /** `null`: with the next run. */
      readonly nextAttemptAt: string | null;
      readonly isCounted: boolean;
      readonly isProbed: boolean;
      /** The connector may still be at it: nothing else is handed to it. */
      readonly isOverdue: boolean;
    } & Times);

interface Course {
  isProbed: boolean;
  isPasswordSet: boolean;
  recorded: readonly PropertyChange[] | null;
}

const notWanted =
  'Nobody waited for it any more: it had timed out, or another order took its place.';

export async function carryOut(turn: Turn, request: CarryOutRequest): Promise<Report> {
  const startedAt = iso(request);
  const { row } = turn;
  const course: Course = { isProbed: false, isPasswordSet: false, recorded: null };
  const settled = (outcome: OrderOutcome, error: ConnectorError | null = null): Report => ({
    turn,
    kind: 'settled',
    outcome,
    error,
    ...course,
    startedAt,
    endedAt: outcome.at,
  });
  if (!turn.isAwaited && row.status === 'generated')
    return settled(outcomeOf(request, 'expired', notWanted));
  const target = request.targets.get(row.resource_type);
  if (target === undefined) {
    const error = new ConnectorError(
      'unsupported',
      `Resource type ${row.resource_type} no longer names connection ${request.connection}.`,
    );
    return settled(failed(request, 'errored', error), error);
  }
  if (turn.password instanceof ConnectorError)
    return settled(failed(request, 'errored', turn.password), turn.password);
  const order = readOrder(turn, request);
  try {
    const outcome = await withTimeLimit(attempt(turn, order, target, request, course), request);
    return settled(outcome);
  } catch (thrown) {
    let error = asConnectorError(thrown);
    const isStopped = request.signal.aborted && !(thrown instanceof ConnectorError);
    request.logger.error(
      {
        connection: request.connection,
        orderId: row.id,
        resourceType: row.resource_type,
        code: error.code,
      },
      'An order was not carried out.',
    );
    // Told to stop while it was at work: looked at first by the next run.
    let reaction = isStopped ? 'connection' : reactionTo(error);
    if (reaction === 'conflict') return settled(failed(request, 'conflict', error), error);
    if (reaction === 'person') {
      const adopted = await adopt(order, target, error, request);
      if (adopted === null) return settled(failed(request, 'errored', error), error);
      if (!(adopted instanceof ConnectorError)) return settled(adopted);
      // Whether it is the one that was wanted is still to be seen.
      error = adopted;
      reaction = reactionTo(adopted);
    }
    const number = row.attempts + 1;
    const isCounted = reaction === 'retry';
    if (isCounted && number >= request.limits.maximumAttempts) {
      const last = new ConnectorError(
        error.kind,
        `${error.message} It was tried ${number} times; what became of it is unknown until the system is read.`,
        { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) },
      );
      return settled(failed(request, 'errored', last), last);
    }
    const delay = retryDelayMs(request.limits, { orderId: row.id, number, error });
    return {
      turn,
      kind: 'postponed',
      error,
      nextAttemptAt: isCounted ? new Date(request.now() + delay).toISOString() : null,
      isCounted,
      isProbed: course.isProbed,
      isOverdue: error instanceof OrderOverdue,
      startedAt,
      endedAt: iso(request),
    };
  }
}

/** The order as the system holds its values; without what it expects where conflicts are overwritten. */
function readOrder({ row, password }: Turn, request: CarryOutRequest): ProvisioningOrder {
  // Written by order generation from a ProvisioningOrder.
  const order = toSystemValues(request.model, JSON.parse(row.payload) as ProvisioningOrder);
  const numbered = {
    ...order,
    attempt: row.attempts + 1,
    ...(row.status === 'intent' ? { isInDoubt: true } : {}),
    ...(password === undefined || password instanceof ConnectorError ? {} : { password }),
  };
  if (request.limits.onConflict === 'Hold') return numbered;
  return {
    ...numbered,
    changes: order.changes.map((change) => {
      if (change.kind !== 'set' && change.kind !== 'link') return change;
      const { expected: _, ...rest } = change;
      return rest;
    }),
  };
}

async function attempt(
  turn: Turn,
  order: ProvisioningOrder,
  target: FulfilTarget,
  request: CarryOutRequest,
  course: Course,
): Promise<OrderOutcome> {
  const { fulfiller } = request;
  const fulfil = async (asked: ProvisioningOrder, message: string | null) => {
    const result = await fulfiller.fulfil(asked);
    course.isPasswordSet = asked.password !== undefined && result.status === 'executed';
    course.recorded = result.recorded ?? null;
    return executed(request, result, message);
  };
  if (turn.row.status !== 'intent') return fulfil(order, null);
  course.isProbed = true;
  const found = fulfiller.read === undefined ? undefined : await fulfiller.read(order);
  const finding: Finding = found === undefined ? 'not-done' : compareFound(order, found, target);
  // No system tells whether the password was set as well: it is set again, and is the same.
  const isComplete = finding === 'done' && (order.password === undefined || !turn.isAwaited);
  if (isComplete)
    return executed(request, { status: 'executed' }, 'Found done after an interruption.');
  // Nobody wants it any more: what it may have begun is left to the next reading.
  if (!turn.isAwaited) return outcomeOf(request, 'expired', notWanted);
  if ((finding === 'partly' || finding === 'done') && found !== null && found !== undefined) {
    // Our own object, cut off between its creation and its links or password: only those are still to be made.
    const rest: ProvisioningOrder = {
      ...order,
      changeType: 'modified',
      resource: { id: '', values: found.values },
      changes: missingChanges(order, found, target),
    };
    return fulfil(rest, 'Completed after an interruption.');
  }
  return fulfil(order, null);
}

/**
 * An object to add that is there as ordered is the one that was wanted; `null`: it is not, or cannot be seen. An error: the system
 * could not be asked just now.
 */
async function adopt(
  order: ProvisioningOrder,
  target: FulfilTarget,
  error: ConnectorError,
  request: CarryOutRequest,
): Promise<OrderOutcome | ConnectorError | null> {
  const { fulfiller } = request;
  if (error.kind !== 'already-exists' || fulfiller.read === undefined) return null;
  try {
    const found = await withTimeLimit(fulfiller.read(order), request);
    if (compareFound(order, found, target) !== 'done') return null;
    return executed(request, { status: 'executed' }, 'The object was there already, as ordered.');
  } catch (thrown) {
    const readError = asConnectorError(thrown);
    request.logger.warn(
      { connection: request.connection, orderId: Number(order.id), code: readError.code },
      'An object that was there already could not be read.',
    );
    const isPassing = ['retry', 'connection'].includes(reactionTo(readError));
    return isPassing ? readError : null;
  }
}

class OrderOverdue extends ConnectorError {}

/** Gives up on what takes too long; an answer that comes afterwards is told in the log and changes nothing. */
async function withTimeLimit<T>(work: Promise<T>, request: CarryOutRequest): Promise<T> {
  const seconds = request.limits.orderTimeoutSeconds * (request.fulfiller.ordersAtOnce ?? 1);
  if (seconds === 0) return work;
  let timer: NodeJS.Timeout | undefined;
  let isOverdue = false;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isOverdue = true;
      reject(
        new OrderOverdue('timeout', `The order was not done within ${seconds} seconds.`, {
          hint: 'See what keeps the system busy, or raise OrderTimeoutSeconds of its ls:Delivery.',
        }),
      );
    }, seconds * 1_000);
  });
  const tellLate = (): void => {
    if (isOverdue)
      request.logger.warn(
        { connection: request.connection },
        'A system answered an order that had been given up.',
      );
  };
  work.then(tellLate, tellLate);
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function asConnectorError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  return new ConnectorError('unexpected', 'The connector failed in a way it does not know.', {
    cause: error,
  });
}

function executed(
  request: CarryOutRequest,
  result: Executed,
  message: string | null,
): OrderOutcome {
  return {
    ...outcomeOf(
      request,
      result.status === 'ticket-opened' ? 'ticket' : 'executed',
      result.message ?? message,
    ),
    writtenValues: result.values ?? null,
  };
}

function failed(
  request: CarryOutRequest,
  status: 'errored' | 'conflict',
  error: ConnectorError,
): OrderOutcome {
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  return { ...outcomeOf(request, status, message), errorCode: error.code };
}

function outcomeOf(
  request: CarryOutRequest,
  status: OrderOutcome['status'],
  message: string | null,
): OrderOutcome {
  return {
    status,
    at: iso(request),
    message,
    errorCode: null,
    writtenValues: null,
    decidedBy: null,
  };
}

function iso(request: CarryOutRequest): string {
  return new Date(request.now()).toISOString();
}
