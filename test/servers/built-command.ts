/**
 * The command as people install it, for tests that run it some hundred times: from the sources each start would read and strip
 * nine hundred files, three times the work of the whole. For vitest's `globalSetup`.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  copyFile,
  glob,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { joinModules } from '../../scripts/join-modules.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the built command's entry. */
    command: string;
  }
}

const root = join(import.meta.dirname, '..', '..');
/** Below the repository, so that libraries, samples and the version are found as they are from `dist`. */
const shelf = join(root, 'node_modules', '.cache', 'lockstep-command');
const dayMs = 86_400_000;

/** Builds the command unless one of these very sources is there already. */
export default async function provideCommand(project: TestProject): Promise<void> {
  const folder = join(shelf, await digestSources());
  if (!existsSync(folder)) await build(folder);
  const now = new Date();
  await utimes(folder, now, now);
  await removeOld();
  project.provide('command', join(folder, 'bin', 'lockstep.mjs'));
}

async function digestSources(): Promise<string> {
  const patterns = [
    '{cli,config,connectors,console,engine}/**/*.ts',
    ...['bin/*.mjs', 'scripts/join-modules.ts', 'package.json', 'package-lock.json'],
  ];
  const files: string[] = [];
  for await (const path of glob(patterns, { cwd: root })) {
    if (!path.endsWith('.test.ts')) files.push(path);
  }
  files.sort();
  const hash = createHash('sha256');
  for (const path of files) hash.update(`${path}\0`).update(await readFile(join(root, path)));
  return hash.digest('hex').slice(0, 16);
}

/** Another run may build the same at the same time: what is complete takes its place at once, and the first one stays. */
async function build(folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  await mkdir(join(draft, 'bin'), { recursive: true });
  // The manifest says, too, that files are modules: Node would parse each of them to find out.
  for (const path of ['package.json', 'bin/lockstep.mjs']) {
    await copyFile(join(root, path), join(draft, path));
  }
  const output = join(draft, 'dist', 'cli');
  await joinModules('main', join(root, 'cli', 'main.ts'), output);
  await joinModules('odbc-child', join(root, 'connectors', 'sql', 'odbc-child.ts'), output);
  try {
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** What no run has asked for since yesterday. */
async function removeOld(): Promise<void> {
  for (const name of await readdir(shelf)) {
    const path = join(shelf, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < dayMs) continue;
    await rm(path, { recursive: true, force: true });
  }
}
