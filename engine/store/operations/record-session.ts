/** The queue of prepared synchronizations of a connector, handled in order of arrival. */
import type { StoreTransaction } from '../open-store.ts';
import type { SessionStatus, SynchronizationSessionRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

/** Adds a session; a complete one cancels the incremental ones of the connector that still wait. A known id is kept as it is. */
export async function queueSession(
  transaction: StoreTransaction,
  session: {
    readonly id: string;
    readonly connector: string;
    readonly mode: SynchronizationSessionRow['mode'];
    readonly exportedAt: string;
    readonly arrivedAt: string;
    readonly details: unknown;
  },
): Promise<void> {
  const { tx } = transaction;
  if ((await tx('synchronization_sessions').where({ id: session.id }).first('id')) !== undefined)
    return;
  if (session.mode !== 'incremental') {
    await tx('synchronization_sessions')
      .where({ connector: session.connector })
      .whereIn('status', ['queued', 'blocked'])
      .update({ status: 'cancelled', settled_at: session.arrivedAt });
  }
  await tx('synchronization_sessions').insert({
    id: session.id,
    sequence: await allocateIds(transaction, 1),
    connector: session.connector,
    mode: session.mode,
    status: 'queued',
    exported_at: session.exportedAt,
    arrived_at: session.arrivedAt,
    details: JSON.stringify(session.details),
  });
}

/** The session of a connector that the store reflects. */
export async function readAppliedSession(
  { tx }: StoreTransaction,
  connector: string,
): Promise<SynchronizationSessionRow | undefined> {
  return tx<SynchronizationSessionRow>('synchronization_sessions')
    .where({ connector, status: 'applied' })
    .orderBy('sequence', 'desc')
    .first();
}

/** Sessions of a connector that are not settled, oldest first. */
export async function listOpenSessions(
  { tx }: StoreTransaction,
  connector: string,
): Promise<readonly SynchronizationSessionRow[]> {
  return tx<SynchronizationSessionRow>('synchronization_sessions')
    .where({ connector })
    .whereIn('status', ['queued', 'blocked'])
    .orderBy('sequence');
}

/**
 * The last sessions whose content the store has or, waiting or held, will have before any later one; newest first. Held
 * ones count: what comes after them is applied after them, or thrown away with them.
 */
export async function listDeliveredSessions(
  { tx }: StoreTransaction,
  connector: string,
  limit: number,
): Promise<readonly SynchronizationSessionRow[]> {
  return tx<SynchronizationSessionRow>('synchronization_sessions')
    .where({ connector })
    .whereIn('status', ['queued', 'blocked', 'applied'])
    .orderBy('sequence', 'desc')
    .limit(limit);
}

export async function settleSession(
  { tx }: StoreTransaction,
  id: string,
  outcome: {
    readonly status: SessionStatus;
    readonly at: string;
    readonly runId: number;
    readonly details: unknown;
  },
): Promise<void> {
  await tx('synchronization_sessions')
    .where({ id })
    .update({
      status: outcome.status,
      settled_at: outcome.at,
      run_id: outcome.runId,
      details: JSON.stringify(outcome.details),
    });
}

/** Connectors whose newest open session is blocked: they take no part in incremental jobs. */
export async function listBlockedConnectors({
  tx,
}: StoreTransaction): Promise<ReadonlySet<string>> {
  const rows = await tx('synchronization_sessions')
    .where({ status: 'blocked' })
    .distinct('connector');
  return new Set(rows.map((row) => row.connector));
}

/** Notes which export of an entity type the store now reflects. */
export async function recordSynchronized(
  { tx }: StoreTransaction,
  entityType: string,
  exportedAt: string,
  runId: number,
): Promise<void> {
  await tx('synchronizations').where({ entity_type: entityType }).delete();
  await tx('synchronizations').insert({
    entity_type: entityType,
    exported_at: exportedAt,
    run_id: runId,
  });
}

/** Start of the export that the store reflects, by entity type. */
export async function readSynchronizedAt({
  tx,
}: StoreTransaction): Promise<ReadonlyMap<string, string>> {
  const rows = await tx('synchronizations').select('entity_type', 'exported_at');
  return new Map(rows.map((row) => [row.entity_type, row.exported_at]));
}
