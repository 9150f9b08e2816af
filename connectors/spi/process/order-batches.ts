/** Orders that are handed over together go to one run of a program; what became of each is told apart. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError } from '../errors.ts';
import type { ProvisioningOrder, Values } from '../order.ts';
import type { ConnectorContext, Executed, Fulfiller } from '../package.ts';
import { identifyOrder, type JournalEntry, OrderJournal } from './order-journal.ts';
import { openRunFolder, type RunFolder, takeLeftovers } from './run-folder.ts';

/**
 * What a run said of one order. `interrupted`: it was begun, or may have been, and nothing says how it ended; `untouched`:
 * the run ended before its turn.
 */
export type OrderFate =
  | { readonly state: 'executed'; readonly message?: string; readonly values?: Values }
  | { readonly state: 'errored'; readonly error: ConnectorError }
  | { readonly state: 'interrupted'; readonly error: ConnectorError }
  | { readonly state: 'untouched'; readonly error: ConnectorError };

/** Fates by the id of the order. */
export type Fates = ReadonlyMap<string, OrderFate>;

export interface OrderBatchesOptions {
  readonly context: ConnectorContext;
  readonly ordersAtOnce: number;
  /** The program ends in the same place when it is given an order twice. */
  readonly isRepeatable: boolean;
  /** Orders may carry passwords; else such an order is refused before anything runs. */
  readonly takesPasswords: boolean;
  /** Runs the program once. Throws only when it could not be started: then no order was touched. */
  readonly carryOut: (
    orders: readonly ProvisioningOrder[],
    folder: RunFolder,
    signal: AbortSignal,
  ) => Promise<Fates>;
  /** What a run that we did not live to see left in its folder; `undefined`: nothing was handed over. */
  readonly readLeftover: (
    path: string,
  ) => Promise<
    { readonly orders: readonly ProvisioningOrder[]; readonly fates: Fates } | undefined
  >;
}

const runKind = 'runs';

/** Ends what runs of before have left running, and keeps what they say. */
export async function openOrderBatches(options: OrderBatchesOptions): Promise<OrderBatches> {
  const { context } = options;
  const journal = await OrderJournal.open(
    join(context.workFolder, 'finished-orders.jsonl'),
    context.now(),
  );
  for (const { path, ended } of await takeLeftovers(context.workFolder, runKind)) {
    const left = await options.readLeftover(path);
    context.logger.warn(
      { connection: context.connection, orders: left?.orders.length ?? 0, ended },
      'A run of the program had been interrupted; what it still had at work was ended.',
    );
    if (left !== undefined) await journal.note(entriesOf(left.orders, left.fates, context.now()));
    await rm(path, { recursive: true, force: true });
  }
  return new OrderBatches(options, journal);
}

interface Waiting {
  readonly order: ProvisioningOrder;
  readonly resolve: (executed: Executed) => void;
  readonly reject: (error: unknown) => void;
}

/** A fulfiller over a program. One run at a time. */
export class OrderBatches implements Fulfiller {
  readonly ordersAtOnce: number;
  readonly #options: OrderBatchesOptions;
  readonly #journal: OrderJournal;
  readonly #closed = new AbortController();
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(options: OrderBatchesOptions, journal: OrderJournal) {
    this.#options = options;
    this.#journal = journal;
    this.ordersAtOnce = options.ordersAtOnce;
  }

  async fulfil(order: ProvisioningOrder): Promise<Executed> {
    this.#options.context.signal.throwIfAborted();
    if (order.password !== undefined && !this.#options.takesPasswords) throw describePassword();
    const known = order.isInDoubt === true ? this.#journal.find(order) : undefined;
    if (known?.state === 'executed') return executedBefore(known);
    if (known?.state === 'interrupted' && !this.#options.isRepeatable) throw describeDoubt(known);
    const { promise, resolve, reject } = Promise.withResolvers<Executed>();
    this.#waiting.push({ order, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new Error('The connection is closed.'));
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Those handed over at the same moment go together.
      await new Promise((resolve) => setImmediate(resolve));
      const batch = this.#take();
      try {
        await this.#carryOut(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = undefined;
  }

  /** Up to so many orders, none of them for the same assignment: results name that. */
  #take(): readonly Waiting[] {
    const taken = new Map<string, Waiting>();
    const rest: Waiting[] = [];
    for (const waiting of this.#waiting) {
      const { id, assignedResourceTypeId } = waiting.order;
      const isFree =
        taken.size < this.ordersAtOnce &&
        !taken.has(assignedResourceTypeId) &&
        ![...taken.values()].some(({ order }) => order.id === id);
      if (isFree) taken.set(assignedResourceTypeId, waiting);
      else rest.push(waiting);
    }
    this.#waiting = rest;
    return [...taken.values()];
  }

  async #carryOut(batch: readonly Waiting[]): Promise<void> {
    const signal = AbortSignal.any([this.#options.context.signal, this.#closed.signal]);
    signal.throwIfAborted();
    const orders = batch.map(({ order }) => order);
    const fates = await this.#runOnce(orders, signal);
    for (const waiting of batch) this.#settle(waiting, fates.get(waiting.order.id), signal);
  }

  async #runOnce(orders: readonly ProvisioningOrder[], signal: AbortSignal): Promise<Fates> {
    const { context, carryOut } = this.#options;
    await using folder = await openRunFolder(context.workFolder, runKind);
    const fates = await carryOut(orders, folder, signal);
    // Kept before the folder goes: whenever we are ended, one of the two tells what was done.
    await this.#journal.note(entriesOf(orders, fates, context.now()));
    return fates;
  }

  #settle({ resolve, reject }: Waiting, fate: OrderFate | undefined, signal: AbortSignal): void {
    if (fate === undefined) {
      reject(new ConnectorError('unexpected', 'The run of the program forgot this order.'));
      return;
    }
    switch (fate.state) {
      case 'executed': {
        const { state, ...rest } = fate;
        resolve({ status: state, ...rest });
        return;
      }
      case 'errored':
        reject(fate.error);
        return;
      case 'interrupted':
      case 'untouched':
        // Told to stop: the next run asks for the order again.
        reject(signal.aborted ? signal.reason : fate.error);
        return;
    }
  }
}

function entriesOf(
  orders: readonly ProvisioningOrder[],
  fates: Fates,
  at: number,
): readonly JournalEntry[] {
  return orders.flatMap((order): JournalEntry[] => {
    const fate = fates.get(order.id);
    if (fate?.state === 'interrupted')
      return [{ order: identifyOrder(order), state: 'interrupted', at }];
    if (fate?.state !== 'executed') return [];
    return [{ order: identifyOrder(order), at, ...fate }];
  });
}

function executedBefore({ message, values }: JournalEntry): Executed {
  return {
    status: 'executed',
    message: message ?? 'It had been carried out before an interruption.',
    ...(values === undefined ? {} : { values }),
  };
}

function describePassword(): ConnectorError {
  return new ConnectorError(
    'unsupported',
    'The order sets a password, which this connection is not told.',
    {
      hint: 'Set SendsPasswords when the script sets passwords; else take PasswordResetSettings away from the resource type.',
    },
  );
}

function describeDoubt({ at }: JournalEntry): ConnectorError {
  return new ConnectorError(
    'unexpected',
    `The program was interrupted at ${new Date(at).toISOString()} while it carried out this order; what became of it is unknown.`,
    {
      hint: 'Look at the system, then have the order tried again. IsRepeatable has the program asked again by itself.',
    },
  );
}
