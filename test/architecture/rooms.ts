/** The rooms of the source tree, and ways to walk it. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

export const repositoryRoot = join(import.meta.dirname, '..', '..');

/** Folders that others enter through `index.ts` only. */
export const rooms = [
  'config',
  'connectors',
  'engine/store',
  'engine/prepare',
  'engine/synchronize',
  'engine/evaluate',
  'engine/provision',
  'engine/fulfil',
  'engine/file-tools',
  'engine/insight',
  'engine/job',
  'engine/plan',
  'engine',
  'cli',
  'console',
] as const;
export type Room = (typeof rooms)[number];

/** Rooms that have no modules yet. A room leaves this list with its first module; nothing is ever added. */
export const roomsToCome: readonly Room[] = ['console'];

export const roomsInPlace: readonly Room[] = rooms.filter((room) => !roomsToCome.includes(room));

/** Top folders that hold code. */
export const codeFolders = [
  'config',
  'connectors',
  'engine',
  'cli',
  'console',
  'test',
  'bench',
  'samples',
  'scripts',
  'bin',
].filter((folder) => existsSync(join(repositoryRoot, folder)));

/** The innermost room a file lies in; `undefined` outside of all rooms. Paths are relative to the root, with slashes. */
export function findRoom(file: string): Room | undefined {
  const containing = rooms.filter((room) => file.startsWith(`${room}/`));
  return containing.sort((left, right) => right.length - left.length)[0];
}

const skippedFolders = new Set([
  'node_modules',
  '.git',
  'dist',
  'coverage',
  '.servers',
  'Temp',
  'Work',
]);

/** All files below `folder`, relative to the root, with slashes, sorted. */
export async function listFiles(folder = '.'): Promise<readonly string[]> {
  const files: string[] = [];
  const pending = [join(repositoryRoot, folder)];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isFile()) files.push(relative(repositoryRoot, path).split(sep).join('/'));
      else if (entry.isDirectory() && !skippedFolders.has(entry.name)) pending.push(path);
    }
  }
  return files.sort();
}
