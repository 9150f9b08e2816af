/** The private folder of one run of a program: removed when the run is over, found again when we were ended before. */
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeFileError } from '../file-access.ts';
import { writeFileAtomically } from '../file-writing.ts';
import { endGroup } from './process-group.ts';

export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  /** For `ProgramRequest.marker`: what the run starts can be found by it after we were ended. */
  readonly marker: string;
}

/** What is left of a run whose Lockstep was ended before it. */
export interface LeftoverRun {
  readonly path: string;
  /** Processes of it that were still at work, and have been ended. */
  readonly ended: number;
}

const ownerFile = 'owner.txt';
const graceMs = 2_000;

/** A new folder below `<workFolder>/<kind>`, for our account alone. */
export async function openRunFolder(workFolder: string, kind: string): Promise<RunFolder> {
  const marker = randomUUID();
  const path = join(workFolder, kind, marker);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    // The mode of a new folder is cut by the umask, never widened; that of one that was there is not ours.
    await chmod(join(workFolder, kind), 0o700);
    await writeFileAtomically(join(path, ownerFile), `${await describeOwner()}\n`, 0o600);
  } catch (error) {
    throw describeFileError(error, path, 'write');
  }
  return {
    path,
    marker,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/**
 * Folders of runs that nobody owns any more. Whatever such a run started and that still works is ended first, where the
 * system lists processes (Linux). The caller removes the folders.
 */
export async function takeLeftovers(
  workFolder: string,
  kind: string,
): Promise<readonly LeftoverRun[]> {
  const folder = join(workFolder, kind);
  const names = await readdir(folder).catch(() => []);
  const left: LeftoverRun[] = [];
  for (const marker of names.sort()) {
    const path = join(folder, marker);
    if (!(await stat(path)).isDirectory()) continue;
    const owner = await readFile(join(path, ownerFile), 'utf8').catch(() => '');
    if (await isOwnerAlive(owner.trim())) continue;
    // No process has the id 0: what carries the mark is found, whatever its group.
    const ended = process.platform === 'linux' ? await endGroup({ pid: 0, marker }, graceMs) : 0;
    left.push({ path, ended });
  }
  return left;
}

/** Our process id and, where it can be told, when we started: ids come back, but not with the same start. */
async function describeOwner(): Promise<string> {
  return `${process.pid} ${await readStart(process.pid)}`;
}

async function isOwnerAlive(owner: string): Promise<boolean> {
  const [pid = '', start = ''] = owner.split(' ');
  if (!/^\d+$/.test(pid) || pid === '0') return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (await readStart(Number(pid))) === start;
}

async function readStart(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
