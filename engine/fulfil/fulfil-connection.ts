/**
 * Carries out the orders of one connection. Of each part of them the intents are made durable before the managed system is
 * touched and the outcomes after; an order found with an intent and no outcome is settled by reading its object first.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectorError, OrderPassword } from '../../connectors/index.ts';
import {
  checkFence,
  countOpenOrders,
  findAwaitedOrders,
  type Lease,
  listWaitingOwners,
  type ProvisioningOrderRow,
  readCircuit,
  readNextAttempt,
  renewLease,
  type Store,
  type StoreTransaction,
  writeCircuit,
  writeIntents,
} from '../store/index.ts';
import { type CarryOutRequest, carryOut, type Report, type Turn } from './carry-out.ts';
import { afterAnswer, afterFailure, type Circuit, closedCircuit, whatToTry } from './circuit.ts';
import { overlapParts } from './overlap-parts.ts';
import { PartSize } from './part-size.ts';
import { reactionTo } from './retry.ts';
import { settleReports } from './settle.ts';
import { takeBatches } from './take-batches.ts';

/** Passwords that orders carry. */
export interface OrderPasswords {
  /** Those of these orders: what was made before, else made now; none for an order without. */
  prepare(orders: readonly ProvisioningOrderRow[]): Promise<PreparedPasswords>;
}
export interface PreparedPasswords {
  /** By order; a failure settles the order before the system is touched. */
  readonly byOrder: ReadonlyMap<number, OrderPassword | ConnectorError>;
  /** Stores, with the intents, those that are new. */
  keep(t: StoreTransaction): Promise<void>;
}

export interface FulfilRequest extends CarryOutRequest {
  readonly lease: Lease;
  readonly leaseTtlMs: number;
  readonly runId: number;
  /** Former states of the assignments are not kept. */
  readonly ignoreHistorization?: boolean;
  /** Only orders that this run made. */
  readonly ofRun?: number;
  readonly onProgress: (done: number, total: number) => void;
  readonly passwords?: OrderPasswords;
  /** Writes what follows from a part, in the transaction that stores it. */
  readonly onSettle?: (t: StoreTransaction, reports: readonly Report[]) => Promise<void>;
  /** Told of every part once it is in the store. */
  readonly onReports?: (reports: readonly Report[]) => Promise<void>;
  /** Waits for attempts that are soon due; the clock of the system unless given. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface FulfilResult {
  readonly executed: number;
  readonly tickets: number;
  readonly errored: number;
  /** Not overwritten, because somebody else had changed the target. */
  readonly conflicts: number;
  /** Not carried out, because nobody waited for them any more. */
  readonly expired: number;
  /** Orders left for the next run. */
  readonly left: number;
  /** When the first of those left is tried again; `null`: any time. */
  readonly nextAttemptAt: string | null;
  /** Orders whose outcome was unknown and has been read from the system. */
  readonly probed: number;
  /** What stopped the run before its end. */
  readonly stoppedBy: ConnectorError | null;
  /** The system is left in peace until `retry_at`; nothing was tried when `executed` and all others are 0. */
  readonly openCircuit: Circuit | null;
}

export async function fulfilConnection(
  store: Store,
  request: FulfilRequest,
): Promise<FulfilResult> {
  const { connection } = request;
  const { total, circuit } = await store.transaction(async (t) => ({
    total: await countOpenOrders(t, connection, request.ofRun),
    circuit: (await readCircuit(t, connection)) ?? closedCircuit(connection, iso(request)),
  }));
  return new FulfilRun(store, request, total, circuit).run();
}

type Counts = {
  -readonly [K in 'executed' | 'tickets' | 'errored' | 'conflicts' | 'expired' | 'probed']: number;
};

const countOf = {
  executed: 'executed',
  ticket: 'tickets',
  errored: 'errored',
  conflict: 'conflicts',
  expired: 'expired',
  cancelled: 'expired',
  superseded: 'expired',
  generated: 'expired',
} as const;

/** One run over the orders of a connection. */
class FulfilRun {
  readonly #store: Store;
  readonly #request: FulfilRequest;
  readonly #total: number;
  readonly #counts: Counts = {
    executed: 0,
    tickets: 0,
    errored: 0,
    conflicts: 0,
    expired: 0,
    probed: 0,
  };
  #circuit: Circuit;
  #stored: Circuit;
  #stoppedBy: ConnectorError | null = null;
  #patienceMs: number;
  readonly #concurrency: number;
  readonly #partSize: PartSize;

  constructor(store: Store, request: FulfilRequest, total: number, circuit: Circuit) {
    this.#store = store;
    this.#request = request;
    this.#total = total;
    this.#circuit = circuit;
    this.#stored = circuit;
    this.#patienceMs = request.limits.retryWaitSeconds * 1_000;
    this.#concurrency = Math.max(request.limits.concurrency, request.fulfiller.ordersAtOnce ?? 1);
    this.#partSize = new PartSize(this.#concurrency);
  }

  async run(): Promise<FulfilResult> {
    while (this.#mayGoOn()) {
      await this.#passOver();
      if (!this.#mayGoOn() || !(await this.#waitForNext())) break;
    }
    const nextAttemptAt = await this.#store.transaction((t) =>
      readNextAttempt(t, this.#request.connection),
    );
    return {
      ...this.#counts,
      left: this.#total - this.#done,
      nextAttemptAt,
      stoppedBy: this.#stoppedBy,
      openCircuit: this.#circuit.state === 'open' ? this.#circuit : null,
    };
  }

  /** Orders that are settled. */
  get #done(): number {
    const { probed: _, ...settled } = this.#counts;
    return Object.values(settled).reduce((sum, count) => sum + count, 0);
  }

  /** Nothing else is handed to the system. */
  get #isStopped(): boolean {
    return this.#request.signal.aborted || this.#stoppedBy !== null;
  }

  #mayGoOn(): boolean {
    if (this.#isStopped) return false;
    return whatToTry(this.#circuit, iso(this.#request)) !== 'rest';
  }

  /** Once through all that is due. */
  async #passOver(): Promise<void> {
    const { connection, model, ofRun } = this.#request;
    const dueAt = iso(this.#request);
    const waiting = new Map(
      await this.#store.transaction((t) => listWaitingOwners(t, connection, dueAt)),
    );
    const size = () => (this.#circuit.state === 'open' ? 1 : Number.POSITIVE_INFINITY);
    for await (const batch of takeBatches(this.#store, {
      model,
      connection,
      dueAt,
      size,
      waiting,
      ...(ofRun === undefined ? {} : { ofRun }),
    })) {
      if (!this.#mayGoOn()) return;
      await overlapParts(batch, {
        workers: this.#concurrency,
        size: this.#partSize,
        now: this.#request.now,
        isStopped: () => this.#isStopped,
        begin: (rows) => this.#begin(rows),
        carryOut: (turn) => this.#carryOut(turn),
        settle: async (answers) => {
          const reports = await this.#keep(answers);
          this.#count(reports, waiting);
          await this.#request.onReports?.(reports);
        },
      });
      if (!this.#mayGoOn()) return;
    }
  }

  async #carryOut(turn: Turn): Promise<Report> {
    if (this.#isStopped) return { turn, kind: 'untouched' };
    const report = await carryOut(turn, this.#request);
    this.#learn(report);
    return report;
  }

  /** A result that a failure of power takes back leaves its order in doubt, and that one is read again. */
  #keep(answers: readonly Report[]): Promise<readonly Report[]> {
    const { lease, model, runId, ignoreHistorization = false, onSettle } = this.#request;
    const at = iso(this.#request);
    return this.#store.note(async (t) => {
      await checkFence(t, lease);
      const settled = await settleReports(t, answers, { model, runId, ignoreHistorization, at });
      await onSettle?.(t, settled);
      // Other orders may learn more while this is written.
      const circuit = this.#circuit;
      if (circuit !== this.#stored) await writeCircuit(t, circuit);
      this.#stored = circuit;
      return settled;
    });
  }

  /** Without those that a person has cancelled meanwhile. */
  async #begin(orders: readonly ProvisioningOrderRow[]): Promise<readonly Turn[]> {
    const { lease, leaseTtlMs } = this.#request;
    const passwords = await this.#request.passwords?.prepare(orders);
    return this.#store.transaction(async (t) => {
      await checkFence(t, lease);
      await renewLease(t, lease, this.#request.now(), leaseTtlMs);
      const ids = orders.map((order) => order.id);
      const begun = await writeIntents(t, ids, { at: iso(this.#request), fence: lease.fence });
      const awaited = await findAwaitedOrders(t, orders);
      await passwords?.keep(t);
      return orders
        .filter((row) => begun.has(row.id))
        .map((row) => {
          const password = passwords?.byOrder.get(row.id);
          const carried = password === undefined ? {} : { password };
          return { row, isAwaited: awaited.has(row.id), ...carried };
        });
    });
  }

  /** What an order says about the system. */
  #learn(report: Report): void {
    if (report.kind === 'untouched') return;
    const now = this.#request.now();
    if (report.kind === 'settled') {
      const { error, turn } = report;
      // The last attempt of an order that found nobody is no answer either.
      const isAnswer = error === null || reactionTo(error) !== 'retry';
      if (isAnswer && turn.isAwaited)
        this.#circuit = afterAnswer(this.#circuit, new Date(now).toISOString());
      else if (error !== null) this.#fail(error, now);
      return;
    }
    // Told to stop: the system is not to blame.
    if (this.#request.signal.aborted && report.error.kind === 'unexpected') return;
    this.#fail(report.error, now);
    if (report.isOverdue || reactionTo(report.error) === 'connection')
      this.#stoppedBy ??= report.error;
  }

  #fail(error: ConnectorError, now: number): void {
    this.#circuit = afterFailure(this.#circuit, error, this.#request.limits, now);
    if (this.#circuit.state === 'open') this.#stoppedBy ??= error;
  }

  #count(reports: readonly Report[], waiting: Map<number, number>): void {
    for (const report of reports) {
      if (report.kind === 'untouched') continue;
      if (report.isProbed) this.#counts.probed += 1;
      if (report.kind === 'settled') this.#counts[countOf[report.outcome.status]] += 1;
      else {
        const { owner_id: owner, position } = report.turn.row;
        if (owner !== null) waiting.set(owner, Math.min(position, waiting.get(owner) ?? position));
      }
    }
    this.#request.onProgress(this.#done, this.#total);
  }

  /** False: nothing is due soon enough. */
  async #waitForNext(): Promise<boolean> {
    const { connection, signal, wait = waitOnClock } = this.#request;
    const next = await this.#store.transaction((t) => readNextAttempt(t, connection));
    if (next === null) return false;
    const milliseconds = Math.max(0, Date.parse(next) - this.#request.now());
    if (milliseconds > this.#patienceMs) return false;
    // A due order that stays behind another one would be asked for again and again.
    this.#patienceMs -= Math.max(milliseconds, 1);
    await wait(milliseconds, signal);
    return true;
  }
}

async function waitOnClock(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    // Told to stop: the caller looks at the signal.
  }
}

function iso(request: FulfilRequest): string {
  return new Date(request.now()).toISOString();
}
