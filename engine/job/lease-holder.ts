/** Who holds a lease: a process of a machine. A process that is gone on this machine holds nothing any more. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface LeaseHolder {
  readonly host: string;
  readonly pid: number;
  /** Tells a process from a later one of the same number; empty where the system does not say. */
  readonly startedAt: string;
  /** Tells two projects opened by one process apart. */
  readonly instance: string;
}

export async function thisProcess(): Promise<LeaseHolder> {
  return {
    host: hostname(),
    pid: process.pid,
    startedAt: (await readStart(process.pid)) ?? '',
    instance: randomUUID().slice(0, 8),
  };
}

export function formatHolder(holder: LeaseHolder): string {
  return `${holder.host}/${holder.pid}/${holder.startedAt}/${holder.instance}`;
}

/** True when `text` names a process of this machine that no longer runs. */
export async function isHolderGone(text: string): Promise<boolean> {
  const [host, pid, startedAt] = text.split('/');
  if (host !== hostname() || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const start = await readStart(Number(pid));
  return start !== undefined && startedAt !== '' && start !== startedAt;
}

/** Start time of a process in clock ticks since boot, where `/proc` tells (proc(5), field 22 of `stat`). */
async function readStart(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that has ended but was not collected yet counts as gone.
    return fields[0] === 'Z' ? 'gone' : fields[19];
  } catch {
    return undefined;
  }
}
