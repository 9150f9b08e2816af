/** The command as people have it who installed the package: built, not run from the sources. */
import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '..');

/** Builds and lays the package out below `folder`; returns the program that Node is to run. */
export async function installCommand(folder: string): Promise<string> {
  await promisify(execFile)(process.execPath, ['scripts/build.ts'], { cwd: repository });
  const installed = join(folder, 'installed');
  await mkdir(installed);
  for (const entry of ['bin', 'dist', 'package.json'])
    await cp(join(repository, entry), join(installed, entry), { recursive: true });
  await symlink(join(repository, 'node_modules'), join(installed, 'node_modules'));
  return join(installed, 'bin', 'lockstep.mjs');
}
