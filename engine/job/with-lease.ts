/** Runs work under a lease that is renewed while the work goes on. */
import { type Lease, releaseLease, renewLease, takeLease } from '../store/index.ts';
import { JobError } from './errors.ts';
import { formatHolder, isHolderGone } from './lease-holder.ts';
import type { Project, Workspace } from './workspace.ts';

export const leaseTtlMs = 60_000;
const renewalMs = 20_000;

/**
 * Takes the lease or throws `LEASE_TAKEN`, which names who holds it. A lease whose process is gone from this machine is
 * taken over at once; any other is waited out by its expiry.
 */
export async function withLease<T>(
  project: Project | Workspace,
  name: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const { store, effects } = project;
  const holder = `${formatHolder(project.holder)}`;
  const ask = (now: number) =>
    store.transaction((t) => takeLease(t, { name, holder, now, ttlMs: leaseTtlMs }));
  let answer = await ask(effects.now());
  if (answer.status === 'taken' && (await isHolderGone(answer.holder))) {
    answer = await ask(Math.max(effects.now(), Date.parse(answer.expiresAt)));
  }
  if (answer.status === 'taken') {
    const [host, pid] = answer.holder.split('/');
    throw new JobError(
      'LEASE_TAKEN',
      `Another run is working on ${name} (process ${pid} on ${host}).`,
      {
        hint: `Wait until it has ended, or until its lease runs out at ${answer.expiresAt}, then start this one again. Nothing was changed.`,
        details: { lease: name },
      },
    );
  }
  const { lease } = answer;
  // A failed renewal is not an error here: the next write under the lease finds out, and stops.
  const timer = setInterval(() => {
    store
      .transaction((t) => renewLease(t, lease, effects.now(), leaseTtlMs))
      .catch(() => clearInterval(timer));
  }, renewalMs);
  timer.unref();
  try {
    return await work(lease);
  } finally {
    clearInterval(timer);
    await store.transaction((t) => releaseLease(t, lease));
  }
}
