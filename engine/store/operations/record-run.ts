import type { StoreTransaction } from '../open-store.ts';
import type { RunRow, RunStatus } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

/** Opens a run: every change, order and decision of the store points to one. Returns its id. */
export async function startRun(
  transaction: StoreTransaction,
  run: {
    readonly kind: string;
    readonly subject: string;
    readonly configurationHash: string;
    readonly startedAt: string;
  },
): Promise<number> {
  const id = await allocateIds(transaction, 1);
  await transaction.tx('runs').insert({
    id,
    kind: run.kind,
    subject: run.subject,
    configuration_hash: run.configurationHash,
    started_at: run.startedAt,
    finished_at: null,
    status: 'running',
    details: '{}',
  });
  return id;
}

export async function finishRun(
  { tx }: StoreTransaction,
  id: number,
  outcome: { readonly status: RunStatus; readonly finishedAt: string; readonly details: unknown },
): Promise<void> {
  await tx('runs')
    .where({ id })
    .update({
      status: outcome.status,
      finished_at: outcome.finishedAt,
      details: JSON.stringify(outcome.details),
    });
}

export async function readRun({ tx }: StoreTransaction, id: number): Promise<RunRow | undefined> {
  return tx<RunRow>('runs').where({ id }).first();
}

/** The newest run of this kind about this subject that has come to an end. */
export async function findLastRun(
  { tx }: StoreTransaction,
  kind: string,
  subject: string,
): Promise<RunRow | undefined> {
  return tx<RunRow>('runs')
    .where({ kind, subject })
    .whereNot('status', 'running')
    .orderBy('id', 'desc')
    .first();
}

/** The newest runs first. */
export async function listRuns(
  { tx }: StoreTransaction,
  limit: number,
): Promise<readonly RunRow[]> {
  return tx<RunRow>('runs').orderBy('id', 'desc').limit(limit);
}
