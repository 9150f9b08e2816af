/**
 * One scheduler per store. What counts is a lease in the store, which a process that was killed holds no longer; the file
 * `Temp/scheduler.lock` shows people and monitoring who it is.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../../connectors/index.ts';
import type { Lease } from '../../store/index.ts';
import { JobError } from '../errors.ts';
import { formatHolder, isHolderGone } from '../lease-holder.ts';
import { type Patience, withLease } from '../with-lease.ts';
import type { Project } from '../workspace.ts';
import type { Timer } from './timer.ts';

/** Another scheduler is at work; 0 seconds: it is waited for without an end. */
export interface SchedulerWait {
  readonly host: string;
  readonly pid: string;
  readonly seconds: number;
}

const askAgainMs = 1_000;

/**
 * Waits for another scheduler as long as `Scheduler.MaxLockWatchTime` says (seconds; 0: for ever; negative: not at all), then
 * throws `SCHEDULER_LOCKED`, which names who holds the lock. `onWait` hears once whom it waits for.
 */
export async function withSchedulerLock<T>(
  project: Project,
  options: { readonly timer: Timer; readonly onWait: (wait: SchedulerWait) => void },
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const seconds = project.settings.scheduler.maxLockWatchTimeSeconds;
  const patience = createPatience(project, options, seconds);
  try {
    return await withLease(
      project,
      'scheduler',
      async (lease) => {
        await waitForFile(project, patience);
        const path = await writeLockFile(project);
        try {
          return await work(lease);
        } finally {
          await removeLockFile(project, path);
        }
      },
      patience,
    );
  } catch (error) {
    const isTaken =
      error instanceof JobError &&
      error.code === 'LEASE_TAKEN' &&
      error.details['lease'] === 'scheduler';
    throw isTaken ? describeLocked(seconds, error.message, error) : error;
  }
}

function createPatience(
  { effects }: Project,
  { timer, onWait }: Parameters<typeof withSchedulerLock>[1],
  seconds: number,
): Patience {
  let waited = 0;
  return async (holder) => {
    const isOver = seconds < 0 || (seconds > 0 && waited >= seconds * 1_000);
    if (isOver) return false;
    const [host = '', pid = ''] = holder.split('/');
    if (waited === 0) onWait({ host, pid, seconds });
    waited += askAgainMs;
    await timer.wait(askAgainMs, effects.signal);
    effects.signal.throwIfAborted();
    return true;
  };
}

/** A scheduler of another store may use the same Temp folder; a file whose process is gone is in nobody's way. */
async function waitForFile(project: Project, patience: Patience): Promise<void> {
  for (;;) {
    const holder = await readHolder(lockPath(project));
    if (holder === null || holder === formatHolder(project.holder)) return;
    const [host, pid] = holder.split('/');
    if (host !== project.holder.host || (await isHolderGone(holder))) return;
    if (!(await patience(holder))) {
      throw describeLocked(
        project.settings.scheduler.maxLockWatchTimeSeconds,
        `The file ${lockPath(project)} belongs to process ${pid} on ${host}.`,
      );
    }
  }
}

async function writeLockFile(project: Project): Promise<string> {
  const path = lockPath(project);
  await mkdir(project.settings.tempFolder, { recursive: true });
  const since = new Date(project.effects.now()).toISOString();
  const content = { holder: formatHolder(project.holder), since };
  await writeFileAtomically(path, `${JSON.stringify(content)}\n`);
  return path;
}

async function removeLockFile(project: Project, path: string): Promise<void> {
  if ((await readHolder(path)) === formatHolder(project.holder)) await rm(path, { force: true });
}

async function readHolder(path: string): Promise<string | null> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof content !== 'object' || content === null || !('holder' in content)) return null;
    return typeof content.holder === 'string' ? content.holder : null;
  } catch {
    // Absent, or not written by us: the lease in the store has the word.
    return null;
  }
}

function lockPath({ settings }: Project): string {
  return join(settings.tempFolder, 'scheduler.lock');
}

function describeLocked(seconds: number, found: string, cause?: unknown): JobError {
  const waited = seconds < 0 ? '' : ` It did not end in ${seconds} seconds.`;
  return new JobError(
    'SCHEDULER_LOCKED',
    `Another scheduler works for this project. ${found}${waited}`,
    {
      hint: 'One is enough. Stop the other one, or let it work.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
