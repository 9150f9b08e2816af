/**
 * Carries out the orders of one connection. Of each small batch the intents are made durable before the managed system is
 * touched and the outcomes after; an order found with an intent and no outcome is settled by reading its object first.
 */
import { type Model, provisioningStates } from '../../config/index.ts';
import {
  ConnectorError,
  type Executed,
  type Fulfiller,
  type FulfilTarget,
  type Logger,
  type ProvisioningOrder,
} from '../../connectors/index.ts';
import {
  checkFence,
  countOpenOrders,
  type Lease,
  listOpenOrders,
  moveOrderedAssignments,
  type OrderOutcome,
  type ProvisioningOrderRow,
  recordAssignmentChanges,
  renewLease,
  type Store,
  withdrawIntents,
  writeIntent,
  writeOutcome,
} from '../store/index.ts';
import { compareFound, missingChanges } from './compare-found.ts';
import { toSystemValues } from './describe-target.ts';

/** Orders whose intents and outcomes share a transaction: what a crash may leave to be looked at. */
const batchSize = 25;
/** Orders read at a time. */
const pageSize = 500;

export interface FulfilRequest {
  readonly model: Model;
  readonly connection: string;
  readonly fulfiller: Fulfiller;
  readonly targets: ReadonlyMap<string, FulfilTarget>;
  readonly lease: Lease;
  readonly leaseTtlMs: number;
  /** Orders carried out at the same time, each on an object of its own. */
  readonly concurrency: number;
  readonly runId: number;
  /** Former states of the assignments are not kept. */
  readonly ignoreHistorization?: boolean;
  readonly now: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface FulfilResult {
  readonly executed: number;
  readonly tickets: number;
  readonly errored: number;
  /** Orders left for the next run because the system could not be reached or the run was stopped. */
  readonly left: number;
  /** Orders whose outcome was unknown and has been read from the system. */
  readonly probed: number;
  /** What stopped the run before its end. */
  readonly stoppedBy: ConnectorError | null;
}

/** An order that was not begun: the system had failed before its turn, or the run was stopped. */
interface Untouched {
  readonly order: ProvisioningOrderRow;
  readonly outcome: 'untouched';
}

type Report =
  | Untouched
  | { readonly order: ProvisioningOrderRow; readonly outcome: OrderOutcome }
  | {
      readonly order: ProvisioningOrderRow;
      readonly outcome: null;
      readonly error: ConnectorError;
    };

export async function fulfilConnection(
  store: Store,
  request: FulfilRequest,
): Promise<FulfilResult> {
  const tally = { executed: 0, tickets: 0, errored: 0, probed: 0 };
  let stoppedBy: ConnectorError | null = null;
  const total = await store.transaction((t) => countOpenOrders(t, request.connection));
  let done = 0;
  for await (const batch of batchesOf(store, request.connection)) {
    if (request.signal.aborted) break;
    let isStopped = false;
    await store.transaction(async (t) => {
      await checkFence(t, request.lease);
      await renewLease(t, request.lease, request.now(), request.leaseTtlMs);
      const fresh = batch.filter((order) => order.status === 'generated').map((order) => order.id);
      if (fresh.length > 0)
        await writeIntent(t, fresh, { at: iso(request), fence: request.lease.fence });
    });
    const reports = await inParallel(batch, request.concurrency, async (order): Promise<Report> => {
      if (isStopped || request.signal.aborted) return { order, outcome: 'untouched' };
      const result = await carryOut(order, request, tally);
      if (result.outcome === null) isStopped = true;
      return result;
    });
    await store.transaction((t) => settle(t, reports, request));
    for (const report of reports) {
      if (report.outcome === 'untouched') continue;
      if (report.outcome === null) stoppedBy ??= report.error;
      else if (report.outcome.status === 'executed') tally.executed += 1;
      else if (report.outcome.status === 'ticket') tally.tickets += 1;
      else if (report.outcome.status === 'errored') tally.errored += 1;
    }
    done += batch.length;
    request.onProgress(done, total);
    if (stoppedBy !== null) break;
  }
  return {
    ...tally,
    left: total - tally.executed - tally.tickets - tally.errored,
    stoppedBy,
  };
}

/** Open orders in batches. What is in doubt comes first: a later order may build on it. Memory: one page of orders. */
async function* batchesOf(
  store: Store,
  connection: string,
): AsyncGenerator<readonly ProvisioningOrderRow[]> {
  for (const status of ['intent', 'generated'] as const) {
    let after: ProvisioningOrderRow | null = null;
    for (;;) {
      const page: readonly ProvisioningOrderRow[] = await store.transaction((t) =>
        listOpenOrders(t, connection, { status, after, limit: pageSize }),
      );
      for (let start = 0; start < page.length; ) {
        const batch = takeBatch(page, start);
        yield batch;
        start += batch.length;
      }
      after = page.at(-1) ?? null;
      if (page.length < pageSize) break;
    }
  }
}

/** Orders of one batch are of one position, so that none of them waits for another, and on different objects. */
function takeBatch(
  queue: readonly ProvisioningOrderRow[],
  start: number,
): readonly ProvisioningOrderRow[] {
  const first = queue[start];
  const batch: ProvisioningOrderRow[] = [];
  const objects = new Set<number>();
  for (let index = start; index < queue.length && batch.length < batchSize; index += 1) {
    const order = queue[index];
    if (order === undefined || order.position !== first?.position || order.status !== first.status)
      break;
    if (objects.has(order.assigned_resource_type_id)) break;
    objects.add(order.assigned_resource_type_id);
    batch.push(order);
  }
  return batch;
}

async function carryOut(
  row: ProvisioningOrderRow,
  request: FulfilRequest,
  tally: { probed: number },
): Promise<Report> {
  // Written by order generation from a ProvisioningOrder.
  const order = toSystemValues(request.model, JSON.parse(row.payload) as ProvisioningOrder);
  const target = request.targets.get(row.resource_type);
  if (target === undefined) {
    return {
      order: row,
      outcome: failed(
        request,
        new ConnectorError(
          'unsupported',
          `Resource type ${row.resource_type} no longer names connection ${request.connection}.`,
        ),
      ),
    };
  }
  try {
    if (row.status === 'intent') {
      tally.probed += 1;
      if (request.fulfiller.read !== undefined) {
        const found = await request.fulfiller.read(order);
        const finding = compareFound(order, found, target);
        if (finding === 'done')
          return {
            order: row,
            outcome: executed(request, { status: 'executed' }, 'Found done after an interruption.'),
          };
        if (finding === 'partly' && found !== null) {
          // Our own object, cut off between its creation and its links: only those are still to be made.
          const rest: ProvisioningOrder = {
            ...order,
            changeType: 'modified',
            resource: { id: '', values: found.values },
            changes: missingChanges(order, found, target),
          };
          return {
            order: row,
            outcome: executed(
              request,
              await request.fulfiller.fulfil(rest),
              'Completed after an interruption.',
            ),
          };
        }
      }
    }
    return { order: row, outcome: executed(request, await request.fulfiller.fulfil(order), null) };
  } catch (error) {
    return report(row, order, target, error, request);
  }
}

async function report(
  row: ProvisioningOrderRow,
  order: ProvisioningOrder,
  target: FulfilTarget,
  error: unknown,
  request: FulfilRequest,
): Promise<Report> {
  const failure =
    error instanceof ConnectorError
      ? error
      : new ConnectorError('unexpected', 'The connector failed in a way it does not know.', {
          cause: error,
        });
  request.logger.error(
    {
      connection: request.connection,
      orderId: row.id,
      resourceType: row.resource_type,
      code: failure.code,
    },
    'An order was not carried out.',
  );
  switch (failure.kind) {
    // Whether the change was made is unknown: the order keeps its intent, and the next run looks before it acts.
    case 'unreachable':
    case 'timeout':
    case 'rate-limited':
    case 'unauthenticated':
      return { order: row, outcome: null, error: failure };
    case 'already-exists':
      if (request.fulfiller.read === undefined)
        return { order: row, outcome: failed(request, failure) };
      try {
        const finding = compareFound(order, await request.fulfiller.read(order), target);
        if (finding === 'done')
          return {
            order: row,
            outcome: executed(
              request,
              { status: 'executed' },
              'The object was there already, as ordered.',
            ),
          };
      } catch (readError) {
        request.logger.warn(
          { connection: request.connection, orderId: row.id, code: codeOf(readError) },
          'An object that was there already could not be read.',
        );
      }
      return { order: row, outcome: failed(request, failure) };
    default:
      return { order: row, outcome: failed(request, failure) };
  }
}

function executed(request: FulfilRequest, result: Executed, message: string | null): OrderOutcome {
  return {
    status: result.status === 'ticket-opened' ? 'ticket' : 'executed',
    at: iso(request),
    message: result.message ?? message,
    errorCode: null,
    writtenValues: result.values ?? null,
    decidedBy: null,
  };
}

function failed(request: FulfilRequest, error: ConnectorError): OrderOutcome {
  const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  return {
    status: 'errored',
    at: iso(request),
    message,
    errorCode: error.code,
    writtenValues: null,
    decidedBy: null,
  };
}

async function settle(
  t: Parameters<Parameters<Store['transaction']>[0]>[0],
  reports: readonly Report[],
  request: FulfilRequest,
): Promise<void> {
  await checkFence(t, request.lease);
  const untouched = reports.filter(
    ({ order, outcome }) => outcome === 'untouched' && order.status === 'generated',
  );
  if (untouched.length > 0)
    await withdrawIntents(
      t,
      untouched.map(({ order }) => order.id),
    );
  const settled: number[] = [];
  for (const { order, outcome } of reports) {
    if (outcome === null || outcome === 'untouched') continue;
    const isSettled = await writeOutcome(t, order.id, ['intent'], outcome);
    if (!isSettled || outcome.status === 'ticket') continue;
    settled.push(order.assigned_resource_type_id);
    await moveOrderedAssignments(t, order, {
      provisioningState:
        outcome.status === 'executed' ? provisioningStates.executed : provisioningStates.errored,
      at: outcome.at,
      lastError: outcome.status === 'executed' ? null : outcome.message,
      runId: request.runId,
      ignoreHistorization: request.ignoreHistorization ?? false,
    });
  }
  await recordAssignmentChanges(t, request.model, settled, request.runId);
}

function codeOf(error: unknown): string {
  return error instanceof ConnectorError ? error.code : 'CONNECTOR_UNEXPECTED';
}

async function inParallel<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      // The index is below the length.
      results[index] = await work(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
  return results;
}

function iso(request: FulfilRequest): string {
  return new Date(request.now()).toISOString();
}
