/** A program of this folder as the package ships ours: joined into a few files, with what was compiled once kept. */
import { mkdir, symlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { build } from 'rolldown';
import { isJoined } from '../scripts/joined-libraries.ts';
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
  const input = join(import.meta.dirname, `${name}.ts`);
  await build({
    cwd: repository,
    input: { [name]: input },
    platform: 'node',
    external: (id) => !id.startsWith('.') && !isAbsolute(id) && !isJoined(id),
    logLevel: 'silent',
    output: { dir: join(built, 'dist'), format: 'esm', chunkFileNames: '[name]-[hash].js' },
  });
  await symlink(join(repository, 'package.json'), join(built, 'package.json'));
  return (...args) => ({
    command: process.execPath,
    args: [join(built, 'dist', `${name}.js`), ...args],
    env: { NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
}
