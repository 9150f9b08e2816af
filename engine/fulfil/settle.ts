/** What came of a part of the orders, into the store: outcomes, states, another attempt, what is worth remembering. */
import { type Model, moveProvisioning, provisioningStates } from '../../config/index.ts';
import {
  isOfPerson,
  moveDelivered,
  type NewOrderEvent,
  type OrderedMove,
  postponeOrders,
  recordAssignmentChanges,
  recordOrderEvents,
  type StoreTransaction,
  withdrawIntents,
  writeOutcomes,
} from '../store/index.ts';
import type { Report } from './carry-out.ts';
import { readPayload, recordsResources } from './close-ticket.ts';
import { type ConfirmedTicket, findObstacles, recordResources } from './record-resources.ts';

export interface SettleRequest {
  readonly model: Model;
  readonly runId: number;
  readonly ignoreHistorization: boolean;
  readonly at: string;
}

type Settled = Extract<Report, { readonly kind: 'settled' }>;
type Postponed = Extract<Report, { readonly kind: 'postponed' }>;

/** Returns the reports as they were settled: what the store itself could not take is errored. */
export async function settleReports(
  t: StoreTransaction,
  reports: readonly Report[],
  request: SettleRequest,
): Promise<readonly Report[]> {
  const untouched = reports.filter((report) => report.kind === 'untouched');
  const fresh = untouched.filter(({ turn }) => turn.row.status === 'generated');
  if (fresh.length > 0)
    await withdrawIntents(
      t,
      fresh.map(({ turn }) => turn.row.id),
    );
  const inDoubt = untouched.filter(({ turn }) => turn.row.status === 'intent');
  const postponed = reports.filter((report): report is Postponed => report.kind === 'postponed');
  await postponeOrders(t, [
    ...inDoubt.map(({ turn }) => ({
      id: turn.row.id,
      nextAttemptAt: turn.row.next_attempt_at,
      isCounted: false,
      message: turn.row.message,
      errorCode: turn.row.error_code,
    })),
    ...postponed.map(({ turn, nextAttemptAt, isCounted, error }) => ({
      id: turn.row.id,
      nextAttemptAt,
      isCounted,
      message: error.message,
      errorCode: error.code,
    })),
  ]);
  const settled = await refuseUnkept(
    t,
    request.model,
    reports.filter((report): report is Settled => report.kind === 'settled'),
  );
  const late = await settle(t, settled, request);
  await recordOrderEvents(t, eventsOf(settled, postponed, late, request.at));
  const settledByTurn = new Map(settled.map((report) => [report.turn, report]));
  return reports.map((report) => settledByTurn.get(report.turn) ?? report);
}

/** What was carried out and is kept in the store, with what the package says of it. */
function toKeep(model: Model, settled: readonly Settled[]): readonly ConfirmedTicket[] {
  return settled.flatMap(({ turn, outcome, recorded }) => {
    if (outcome.status !== 'executed' || !recordsResources(model, turn.row)) return [];
    const order = readPayload(turn.row);
    const kept = recorded === null ? order : { ...order, changes: recorded };
    return [{ orderId: turn.row.id, order: kept, corrections: {} }];
  });
}

/** Orders for the store itself that it cannot take were not carried out after all. */
async function refuseUnkept(
  t: StoreTransaction,
  model: Model,
  settled: readonly Settled[],
): Promise<readonly Settled[]> {
  const kept = toKeep(model, settled);
  if (kept.length === 0) return settled;
  const obstacles = await findObstacles(t, model, kept);
  return settled.map((report) => {
    const error = obstacles.get(report.turn.row.id);
    if (error === undefined) return report;
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    const outcome = {
      ...report.outcome,
      status: 'errored' as const,
      errorCode: error.code,
      message,
    };
    return { ...report, outcome, error };
  });
}

/** Returns the orders whose result nobody waited for any more. */
async function settle(
  t: StoreTransaction,
  settled: readonly Settled[],
  { model, runId, ignoreHistorization, at }: SettleRequest,
): Promise<ReadonlySet<number>> {
  const written = await writeOutcomes(
    t,
    ['intent'],
    settled.map(({ turn, outcome }) => ({ orderId: turn.row.id, outcome })),
  );
  await recordResources(
    t,
    model,
    toKeep(
      model,
      settled.filter(({ turn }) => written.has(turn.row.id)),
    ),
    { id: runId, at },
  );
  const moves: OrderedMove[] = [];
  for (const { turn, outcome } of settled) {
    const { row } = turn;
    if (!written.has(row.id)) continue;
    const state = stateAfter(outcome.status);
    if (state === null) continue;
    moves.push({
      orderId: row.id,
      assignmentId: row.assigned_resource_type_id,
      provisioningState: state,
      lastError: outcome.status === 'executed' ? null : outcome.message,
    });
  }
  const moved = await moveDelivered(t, moves, { id: runId, at, ignoreHistorization });
  await recordAssignmentChanges(
    t,
    model,
    moves.map((move) => move.assignmentId),
    runId,
  );
  const own = new Set(
    settled.filter(({ turn }) => isOfPerson(turn.row)).map(({ turn }) => turn.row.id),
  );
  return new Set(moves.map((move) => move.orderId).filter((id) => !moved.has(id) && !own.has(id)));
}

/** `null`: the assignment stays as it is. */
function stateAfter(status: Settled['outcome']['status']): number | null {
  switch (status) {
    case 'executed':
      return moveProvisioning(provisioningStates.transmitted, 'result-ok');
    case 'errored':
    case 'conflict':
      return moveProvisioning(provisioningStates.transmitted, 'result-error');
    case 'ticket':
    case 'generated':
    case 'expired':
    case 'cancelled':
    case 'superseded':
      return null;
  }
}

function eventsOf(
  settled: readonly Settled[],
  postponed: readonly Postponed[],
  late: ReadonlySet<number>,
  at: string,
): readonly NewOrderEvent[] {
  const event = (
    report: Settled | Postponed,
    kind: NewOrderEvent['kind'],
    message: string | null,
  ): NewOrderEvent => ({
    order_id: report.turn.row.id,
    kind,
    at,
    error_code: report.error?.code ?? null,
    message,
    person: null,
  });
  return [
    ...[...settled, ...postponed]
      .filter((report) => report.isProbed)
      .map((report) =>
        event(
          report,
          'probed',
          report.kind === 'settled' ? report.outcome.message : report.error.message,
        ),
      ),
    ...postponed.map((report) => event(report, 'retry', report.error.message)),
    ...settled
      .filter(({ turn }) => late.has(turn.row.id))
      .map((report) => event(report, 'late', report.outcome.message)),
  ];
}
