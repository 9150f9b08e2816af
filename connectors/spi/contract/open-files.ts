/** What this machine shows of files and programs at work, for the `opened()` of subjects. Linux only. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Descriptors of this process, or of another one, that lead to a path or below it; none where that process has ended. */
export async function countOpenBelow(path: string, processId = 'self'): Promise<number> {
  const folder = `/proc/${processId}/fd`;
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(
    names.map((name) => readlink(join(folder, name)).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(path)).length;
}

/** How many processes run a program, or were given its path as an argument. */
export async function countAtWork(program: string): Promise<number> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.split('\0').includes(program)).length;
}
