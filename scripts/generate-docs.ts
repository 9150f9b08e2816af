/**
 * Generates `docs/reference` and the settings sections of connectors' READMEs from schemas and lists in the source.
 * With `--check` nothing is written: stale pages are named and the exit code is 1.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listReferencePages } from './reference-pages.ts';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const stale: string[] = [];

for (const { file, text } of await listReferencePages(root)) {
  const path = join(root, file);
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present === text) continue;
  stale.push(file);
  if (isCheck) continue;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

for (const file of stale) process.stdout.write(`${isCheck ? 'stale' : 'written'}: ${file}\n`);
if (isCheck && stale.length > 0) {
  process.stdout.write('Run "npm run docs" and keep what it writes.\n');
  process.exitCode = 1;
}
