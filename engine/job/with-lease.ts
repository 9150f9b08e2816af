/** Runs work under a lease that is renewed while the work goes on, and records it with the lease. */
import { setTimeout } from 'node:timers/promises';
import {
  checkFence,
  type Lease,
  type LeaseAnswer,
  releaseLease,
  renewLease,
  StoreError,
  type StoreTransaction,
  takeLease,
} from '../store/index.ts';
import { JobError } from './errors.ts';
import { formatHolder, isHolderGone } from './lease-holder.ts';
import type { Project, Workspace } from './workspace.ts';

export const leaseTtlMs = 60_000;
const renewalMs = 20_000;
/** How often a lease of another process is asked for while it is waited for. */
const askAgainMs = 500;

/** What is written in the transactions in which a lease is taken and given back, so that it needs none of its own. */
export interface LeaseRecords<B, T> {
  /** Under the lease that has just been taken. Throws: the lease is not taken. */
  readonly begin: (t: StoreTransaction, lease: Lease) => Promise<B>;
  /** Under the lease that is about to be given back. */
  readonly end: (t: StoreTransaction, begun: B, ended: Ended<T>) => Promise<void>;
}

export type Ended<T> =
  | { readonly kind: 'done'; readonly result: T }
  | { readonly kind: 'failed'; readonly error: unknown };

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
    const asked = { name, patience, begin: async () => undefined };
    const { lease } = await obtainLease(project, asked);
    return hold(project, lease, { work, end: null });
  });
}

/** The same; it is recorded what the lease was taken for, and how that ended. Whoever has lost the lease records nothing. */
export async function withRecordedLease<B, T>(
  project: Project | Workspace,
  name: string,
  records: LeaseRecords<B, T>,
  work: (lease: Lease, begun: B) => Promise<T>,
): Promise<T> {
  return project.turns.take(name, async () => {
    const asked = { name, patience: patienceOf(project), begin: records.begin };
    const { lease, begun } = await obtainLease(project, asked);
    return hold(project, lease, {
      work: () => work(lease, begun),
      end: (t, ended) => records.end(t, begun, ended),
    });
  });
}

async function hold<T>(
  project: Project | Workspace,
  lease: Lease,
  {
    work,
    end,
  }: {
    readonly work: (lease: Lease) => Promise<T>;
    readonly end: ((t: StoreTransaction, ended: Ended<T>) => Promise<void>) | null;
  },
): Promise<T> {
  const release = (ended: Ended<T>): Promise<void> =>
    project.store.note(async (t) => {
      if (end !== null) {
        await checkFence(t, lease);
        await end(t, ended);
      }
      await releaseLease(t, lease);
    });
  const stopRenewal = keepRenewed(project, lease);
  let result: T;
  try {
    result = await work(lease);
  } catch (error) {
    stopRenewal();
    // What went wrong is told, not what it led to, or that it could not be written down: a full disk does both. A lease that
    // cannot be given back runs out by itself.
    await release({ kind: 'failed', error }).catch(() => undefined);
    throw error;
  }
  stopRenewal();
  await release({ kind: 'done', result });
  return result;
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

interface Asked<B> {
  readonly name: string;
  readonly patience: Patience;
  readonly begin: (t: StoreTransaction, lease: Lease) => Promise<B>;
}

type Answer<B> =
  | { readonly status: 'held'; readonly lease: Lease; readonly begun: B }
  | Extract<LeaseAnswer, { readonly status: 'taken' }>;

async function obtainLease<B>(
  project: Project | Workspace,
  asked: Asked<B>,
): Promise<{ readonly lease: Lease; readonly begun: B }> {
  project.effects.signal.throwIfAborted();
  let answer = await askForLease(project, asked);
  let isTold = false;
  while (answer.status === 'taken') {
    if (!(await asked.patience(answer.holder))) throw describeTaken(asked.name, answer);
    const { holder } = answer;
    if (!isTold)
      project.effects.logger.info({ lease: asked.name, holder }, 'Waits for another run.');
    isTold = true;
    answer = await askForLease(project, asked);
  }
  return answer;
}

async function askForLease<B>(
  project: Project | Workspace,
  { name, begin }: Asked<B>,
): Promise<Answer<B>> {
  const { store, effects } = project;
  const holder = formatHolder(project.holder);
  const ask = (now: number): Promise<Answer<B>> =>
    store.note(async (t) => {
      const answer = await takeLease(t, { name, holder, now, ttlMs: leaseTtlMs });
      if (answer.status === 'taken') return answer;
      return { ...answer, begun: await begin(t, answer.lease) };
    });
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
