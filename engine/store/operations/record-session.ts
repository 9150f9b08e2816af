/** The queue of prepared synchronizations of a connector, handled in order of arrival. */
import type { StoreTransaction } from '../open-store.ts';
import type { SessionStatus, SynchronizationSessionRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

/**
 * Adds a session. One with all there is makes those needless that wait for the connector, held ones included: they are
 * cancelled, and say by which. A known id is kept as it is.
 */
export async function queueSession(
  transaction: StoreTransaction,
  session: {
    readonly id: string;
    readonly connector: string;
    readonly mode: SynchronizationSessionRow['mode'];
    readonly exportedAt: string;
    readonly arrivedAt: string;
    readonly seal: string;
    readonly details: unknown;
  },
): Promise<void> {
  const { tx } = transaction;
  if ((await tx('synchronization_sessions').where({ id: session.id }).first('id')) !== undefined)
    return;
  if (session.mode !== 'incremental') {
    const why = `The ${session.mode} session ${session.id} took its place.`;
    for (const waiting of await listOpenSessions(transaction, session.connector))
      await cancelSession(transaction, waiting, { at: session.arrivedAt, why });
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
    seal: session.seal,
  });
}

/** Takes a session out of the queue that will not be applied; what it would have done stays recorded, with the reason. */
export async function cancelSession(
  { tx }: StoreTransaction,
  session: SynchronizationSessionRow,
  { at, why }: { readonly at: string; readonly why: string },
): Promise<void> {
  // Written by the functions of this file.
  const details = JSON.parse(session.details) as Readonly<Record<string, unknown>>;
  await tx('synchronization_sessions')
    .where({ id: session.id })
    .update({
      status: 'cancelled',
      settled_at: at,
      details: JSON.stringify({ ...details, cancelled: why }),
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

/** The last session with all there was that the store took in. */
export async function readAppliedWhole(
  { tx }: StoreTransaction,
  connector: string,
): Promise<SynchronizationSessionRow | undefined> {
  return tx<SynchronizationSessionRow>('synchronization_sessions')
    .where({ connector, status: 'applied' })
    .whereNot({ mode: 'incremental' })
    .orderBy('sequence', 'desc')
    .first();
}

/** Whose sessions these are; ids that were never queued are not in the answer. */
export async function readSessionConnectors(
  { tx }: StoreTransaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx<SynchronizationSessionRow>('synchronization_sessions')
    .whereIn('id', [...ids])
    .select('id', 'connector');
  return new Map(rows.map((row) => [row.id, row.connector]));
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

/** What a session keeps of its sources for as long as it is known, by connection table. */
export interface SessionSources {
  readonly sources?: Readonly<
    Record<
      string,
      { readonly sha256?: string; readonly writtenAt?: string; readonly isTerminated?: boolean }
    >
  >;
  /** What guards would have held, and an operator let pass. */
  readonly overruled?: readonly { readonly guard: string; readonly message: string }[];
}

/** Ends a session; what it keeps of its sources stays. */
export async function settleSession(
  { tx }: StoreTransaction,
  id: string,
  outcome: {
    readonly status: SessionStatus;
    readonly at: string;
    readonly runId: number;
    readonly details: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const row = await tx<SynchronizationSessionRow>('synchronization_sessions').where({ id }).first();
  // Written by the functions of this file.
  const { sources, overruled } = JSON.parse(row?.details ?? '{}') as SessionSources;
  const details = { sources, overruled, ...outcome.details };
  await tx('synchronization_sessions')
    .where({ id })
    .update({
      status: outcome.status,
      settled_at: outcome.at,
      run_id: outcome.runId,
      details: JSON.stringify(details),
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
