/** What happened to single orders besides their outcome, and systems that are left in peace. */
import type { StoreTransaction } from '../open-store.ts';
import type { ConnectionCircuitRow, OrderEventRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

export type NewOrderEvent = Omit<OrderEventRow, 'id'>;

export async function recordOrderEvents(
  transaction: StoreTransaction,
  events: readonly NewOrderEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const first = await allocateIds(transaction, events.length);
  await transaction.dialect.insertRows(
    transaction.tx,
    'order_events',
    ['id', 'order_id', 'kind', 'at', 'error_code', 'message', 'person'],
    events.map((event, index) => [
      first + index,
      event.order_id,
      event.kind,
      event.at,
      event.error_code,
      event.message,
      event.person,
    ]),
  );
}

/** The oldest first. */
export async function listOrderEvents(
  { tx }: StoreTransaction,
  orderId: number,
): Promise<readonly OrderEventRow[]> {
  return tx<OrderEventRow>('order_events').where({ order_id: orderId }).orderBy('id');
}

/** By connection. */
export async function listCircuits({
  tx,
}: StoreTransaction): Promise<readonly ConnectionCircuitRow[]> {
  return tx<ConnectionCircuitRow>('connection_circuits').orderBy('connection');
}

export async function readCircuit(
  { tx }: StoreTransaction,
  connection: string,
): Promise<ConnectionCircuitRow | undefined> {
  return tx<ConnectionCircuitRow>('connection_circuits').where({ connection }).first();
}

export async function writeCircuit(
  { tx }: StoreTransaction,
  circuit: ConnectionCircuitRow,
): Promise<void> {
  const { connection } = circuit;
  await tx('connection_circuits').where({ connection }).delete();
  await tx('connection_circuits').insert(circuit);
}
