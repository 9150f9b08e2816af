/** Runs work under a lease that is renewed while the work goes on. */
import { setTimeout } from 'node:timers/promises';
import {
  type Lease,
  type LeaseAnswer,
  releaseLease,
  renewLease,
  StoreError,
  takeLease,
} from '../store/index.ts';
import { JobError } from './errors.ts';
import { formatHolder, isHolderGone } from './lease-holder.ts';
import type { Project, Workspace } from './workspace.ts';

export const leaseTtlMs = 60_000;
const renewalMs = 20_000;
/** How often a lease of another process is asked for while it is waited for. */
const askAgainMs = 500;

/**
 * Takes the lease. A lease whose process is gone from this machine is taken over at once; any other is waited out by its
 * expiry. One that another process keeps renewing is waited for when `waitsForLeases` is set; else `LEASE_TAKEN` is thrown,
 * which names who holds it. Tasks of one project that need the same lease follow each other.
 */
export async function withLease<T>(
  project: Project | Workspace,
  name: string,
  work: (lease: Lease) => Promise<T>,
  patience: Patience = patienceOf(project),
): Promise<T> {
  return project.turns.take(name, async () => {
    project.effects.signal.throwIfAborted();
    const lease = await obtainLease(project, name, patience);
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

/** Waits a while before a lease of somebody else (`<host>/<process>/…`) is asked for again; false: no longer. */
export type Patience = (holder: string) => Promise<boolean>;

function patienceOf(project: Project | Workspace): Patience {
  const isPatient = 'waitsForLeases' in project && project.waitsForLeases === true;
  if (!isPatient) return async () => false;
  return async () => {
    await setTimeout(askAgainMs, undefined, { signal: project.effects.signal });
    return true;
  };
}

async function obtainLease(
  project: Project | Workspace,
  name: string,
  patience: Patience,
): Promise<Lease> {
  let answer = await askForLease(project, name);
  let isTold = false;
  while (answer.status === 'taken') {
    if (!(await patience(answer.holder))) throw describeTaken(name, answer);
    const { holder } = answer;
    if (!isTold) project.effects.logger.info({ lease: name, holder }, 'Waits for another run.');
    isTold = true;
    answer = await askForLease(project, name);
  }
  return answer.lease;
}

async function askForLease(project: Project | Workspace, name: string): Promise<LeaseAnswer> {
  const { store, effects } = project;
  const holder = formatHolder(project.holder);
  const ask = (now: number) =>
    store.note((t) => takeLease(t, { name, holder, now, ttlMs: leaseTtlMs }));
  const answer = await ask(effects.now());
  if (answer.status === 'held' || !(await isHolderGone(answer.holder))) return answer;
  return ask(Math.max(effects.now(), Date.parse(answer.expiresAt)));
}

function describeTaken(
  name: string,
  answer: Extract<LeaseAnswer, { readonly status: 'taken' }>,
): JobError {
  const [host, pid] = answer.holder.split('/');
  return new JobError(
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
      .note((t) => renewLease(t, lease, effects.now(), leaseTtlMs))
      // Not an error here: the next write under the lease finds out, and stops. A busy store is asked again.
      .catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'STORE_LEASE_LOST') clearInterval(timer);
      });
  }, renewalMs);
  timer.unref();
  return () => clearInterval(timer);
}

function release({ store }: Project | Workspace, lease: Lease): Promise<void> {
  return store.note((t) => releaseLease(t, lease));
}
