/** Files that tasks of the configuration name: always inside a folder of the project, whatever is written. */

import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { JobError } from './errors.ts';

/**
 * The real path of an existing file that `written` names from `folder`. Throws `TASK_PATH_INVALID` for one that is not there,
 * or lies outside of the folder, links followed.
 */
export async function findProjectFile(
  folder: string,
  written: string,
  attribute: string,
): Promise<string> {
  const root = await realpath(folder);
  const path = isOdd(written)
    ? null
    : await realpath(resolve(root, toLocal(written))).catch(() => null);
  if (path !== null && isInside(root, path)) return path;
  throw new JobError(
    'TASK_PATH_INVALID',
    `${attribute} names no file of the project: ${JSON.stringify(written)}.`,
    {
      hint: 'Put the file into the project folder, and name it from there.',
      details: { attribute },
    },
  );
}

/** Where a file that a task writes goes: inside `folder`, which exists. Throws `TASK_PATH_INVALID` for any other place. */
export async function placeProjectFile(
  folder: string,
  written: string,
  attribute: string,
): Promise<string> {
  const root = await realpath(folder);
  const path = resolve(root, toLocal(written));
  const isBelow = path !== root && isInside(root, path);
  if (!isOdd(written) && isBelow) {
    const parent = await realpath(resolve(path, '..')).catch(() => null);
    if (parent !== null && isInside(root, parent)) return path;
  }
  throw new JobError(
    'TASK_PATH_INVALID',
    `${attribute} names no place for a file in ${folder}: ${JSON.stringify(written)}.`,
    { hint: 'Write the name of a file without a folder.', details: { attribute } },
  );
}

function isOdd(written: string): boolean {
  return written.trim() === '' || written.includes('\0');
}

/** Configurations of Windows write `\`, which is part of a name elsewhere. */
function toLocal(written: string): string {
  return sep === '/' ? written.replaceAll('\\', '/') : written;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
