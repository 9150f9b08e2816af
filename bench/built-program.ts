/** A program of this folder as the package ships ours: joined into a few files, with what was compiled once kept. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { joinModules } from '../scripts/join-modules.ts';
import type { ProcessCommand } from './race-processes.ts';

const repository = join(import.meta.dirname, '..');

/** Builds `bench/<name>.ts` below `folder` as `scripts/build.ts` builds the command; returns how it is started. */
export async function buildProgram(
  name: string,
  folder: string,
): Promise<(...args: readonly string[]) => ProcessCommand> {
  const built = join(folder, 'built');
  await mkdir(built, { recursive: true });
  await symlink(join(repository, 'node_modules'), join(built, 'node_modules'));
  await joinModules(name, join(import.meta.dirname, `${name}.ts`), join(built, 'dist'));
  await symlink(join(repository, 'package.json'), join(built, 'package.json'));
  return (...args) => ({
    command: process.execPath,
    args: [join(built, 'dist', `${name}.js`), ...args],
    env: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
}
