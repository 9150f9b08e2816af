/** Runs work under a lease that is renewed while the work goes on. */
import { type Lease, releaseLease, renewLease, StoreError, takeLease } from '../store/index.ts';
import { JobError } from './errors.ts';
import { formatHolder, isHolderGone } from './lease-holder.ts';
import type { Project, Workspace } from './workspace.ts';

export const leaseTtlMs = 60_000;
const renewalMs = 20_000;

/**
 * Takes the lease or throws `LEASE_TAKEN`, which names who holds it. A lease whose process is gone from this machine is
 * taken over at once; any other is waited out by its expiry. Tasks of one project that need the same lease follow each other.
 */
export async function withLease<T>(
  project: Project | Workspace,
  name: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  return project.turns.take(name, async () => {
    project.effects.signal.throwIfAborted();
    const lease = await obtainLease(project, name);
    const stopRenewal = keepRenewed(project, lease);
    let result: T;
    try {
      result = await work(lease);
    } catch (error) {
      stopRenewal();
      // What went wrong is told, not what it led to: a lease that cannot be given back runs out by itself.
      await release(project, lease).catch(() => undefined);
      throw error;
    }
    stopRenewal();
    await release(project, lease);
    return result;
  });
}

async function obtainLease(project: Project | Workspace, name: string): Promise<Lease> {
  const { store, effects } = project;
  const holder = formatHolder(project.holder);
  const ask = (now: number) =>
    store.transaction((t) => takeLease(t, { name, holder, now, ttlMs: leaseTtlMs }));
  let answer = await ask(effects.now());
  if (answer.status === 'taken' && (await isHolderGone(answer.holder))) {
    answer = await ask(Math.max(effects.now(), Date.parse(answer.expiresAt)));
  }
  if (answer.status === 'held') return answer.lease;
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

/** Gives the function that ends the renewal. */
function keepRenewed({ store, effects }: Project | Workspace, lease: Lease): () => void {
  const timer = setInterval(() => {
    store
      .transaction((t) => renewLease(t, lease, effects.now(), leaseTtlMs))
      // Not an error here: the next write under the lease finds out, and stops. A busy store is asked again.
      .catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'STORE_LEASE_LOST') clearInterval(timer);
      });
  }, renewalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function release({ store }: Project | Workspace, lease: Lease): Promise<void> {
  return store.transaction((t) => releaseLease(t, lease));
}
