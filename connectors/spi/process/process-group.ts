/** Programs with everything they started: seen, and ended together. */
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Variable that marks what one run started, also where it has left the run's process group. */
export const markerName = 'LOCKSTEP_RUN';

export interface StartedGroup {
  /** Process id of the program; it leads a group of its own. */
  readonly pid: number;
  /** What the marker variable holds. */
  readonly marker: string;
}

/**
 * Process ids of what is left of a run: members of its group, and processes that carry its mark. Elsewhere than on Linux,
 * where nothing lists them, the group alone is known: its leader stands for it.
 */
export async function listRemaining({ pid, marker }: StartedGroup): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => undefined);
  if (entries === undefined || process.platform !== 'linux') return isGroupAlive(pid) ? [pid] : [];
  const mark = `${markerName}=${marker}`;
  const found = await Promise.all(
    entries
      .filter((entry) => /^\d+$/.test(entry))
      .map(async (entry) => ((await belongs(entry, pid, mark)) ? Number(entry) : 0)),
  );
  return found.filter((id) => id > 0 && id !== process.pid);
}

async function belongs(entry: string, group: number, mark: string): Promise<boolean> {
  const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
  // The name of the program may hold spaces and brackets; what follows it is plain.
  const [state, , memberOf] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || state === '' || state === 'Z' || state === 'X') return false;
  if (group > 0 && Number(memberOf) === group) return true;
  // Other accounts' environments cannot be read, and are not ours.
  const environment = await readFile(`/proc/${entry}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').includes(mark);
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** How often processes that start others while they are being ended are looked for again. */
const rounds = 20;

/**
 * Asks everything that is left of a run to end, and past the grace ends it. Resolves with how many processes there were once
 * none is left, or when they will not go: the system itself holds them.
 */
export async function endGroup(group: StartedGroup, graceMs: number): Promise<number> {
  if (process.platform === 'win32') return endTree(group.pid);
  const first = await listRemaining(group);
  if (first.length === 0) return 0;
  signalAll(group.pid, first, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    await sleep(Math.min(25, graceMs));
    if ((await listRemaining(group)).length === 0) return first.length;
  }
  for (let round = 0; round < rounds; round += 1) {
    const left = await listRemaining(group);
    if (left.length === 0) break;
    signalAll(group.pid, left, 'SIGKILL');
    await sleep(25);
  }
  return first.length;
}

/** At once and without asking, for a program of ours that ends now. */
export function killGroup(pid: number): void {
  signal(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
}

function signalAll(pid: number, members: readonly number[], name: NodeJS.Signals): void {
  if (pid > 0) signal(-pid, name);
  // What has left the group is told one by one; a stopped process hears only once it goes on.
  for (const member of members) {
    signal(member, name);
    signal(member, 'SIGCONT');
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in the meantime.
  }
}

function endTree(pid: number): Promise<number> {
  return new Promise((resolve) => {
    execFile('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }, (error) =>
      resolve(error === null ? 1 : 0),
    );
  });
}
