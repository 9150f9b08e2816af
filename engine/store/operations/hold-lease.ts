/**
 * One writer at a time: a lease names its holder until it expires, and every new holder gets a higher fence. A holder that
 * slept past its expiry is turned away at its next write, because the fence it carries is no longer the newest.
 */
import { StoreError } from '../errors.ts';
import type { StoreTransaction } from '../open-store.ts';
import { rawRows } from './raw-rows.ts';

export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly fence: number;
}

export type LeaseAnswer =
  | { readonly status: 'held'; readonly lease: Lease }
  | { readonly status: 'taken'; readonly holder: string; readonly expiresAt: string };

/**
 * Takes a lease that is free, has run out, or is the holder's own. A holder that takes its own lease again is fenced off
 * from what it did under the former one.
 */
export async function takeLease(
  transaction: StoreTransaction,
  request: {
    readonly name: string;
    readonly holder: string;
    readonly now: number;
    readonly ttlMs: number;
  },
): Promise<LeaseAnswer> {
  const { tx } = transaction;
  const expiresAt = new Date(request.now + request.ttlMs).toISOString();
  const [taken] = rawRows(
    await tx.raw(
      `update leases set holder = ?, expires_at = ?, fence = fence + 1
       where name = ? and (expires_at <= ? or holder = ?) returning fence`,
      [
        ...[request.holder, expiresAt],
        ...[request.name, new Date(request.now).toISOString(), request.holder],
      ],
    ),
  );
  if (taken === undefined) {
    const row = await tx('leases').where({ name: request.name }).first();
    if (row !== undefined)
      return { status: 'taken', holder: row.holder, expiresAt: row.expires_at };
    // Two processes may be the first at the same time: the second waits here, inserts nothing, and asks again.
    await tx.raw(
      'insert into leases (name, holder, fence, expires_at) values (?, ?, 0, ?) on conflict (name) do nothing',
      [request.name, '', ''],
    );
    return takeLease(transaction, request);
  }
  return {
    status: 'held',
    lease: { name: request.name, holder: request.holder, fence: Number(taken['fence']) },
  };
}

/** Extends the lease; throws `STORE_LEASE_LOST` when somebody else has taken it. */
export async function renewLease(
  { tx }: StoreTransaction,
  lease: Lease,
  now: number,
  ttlMs: number,
): Promise<void> {
  const renewed = await tx('leases')
    .where({ name: lease.name, fence: lease.fence })
    .update({ expires_at: new Date(now + ttlMs).toISOString() });
  if (renewed === 0) throw leaseLost(lease);
}

/** Call inside every transaction that writes under the lease. */
export async function checkFence({ tx, dialect }: StoreTransaction, lease: Lease): Promise<void> {
  const rows = tx('leases').where({ name: lease.name }).select('fence');
  const [row] = dialect.forUpdate === '' ? await rows : await rows.forUpdate();
  if (row === undefined || Number(row.fence) !== lease.fence) throw leaseLost(lease);
}

export async function releaseLease({ tx }: StoreTransaction, lease: Lease): Promise<void> {
  await tx('leases')
    .where({ name: lease.name, fence: lease.fence })
    .update({ expires_at: '', holder: '' });
}

function leaseLost(lease: Lease): StoreError {
  return new StoreError(
    'STORE_LEASE_LOST',
    `Another process has taken over ${lease.name} while this one was not responding.`,
    {
      hint: 'Nothing was written after that. Look at the other run; start this one again when it has ended.',
      details: { lease: lease.name, fence: lease.fence },
    },
  );
}
