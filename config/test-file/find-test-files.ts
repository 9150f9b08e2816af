/** The test files of a project. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { compareText } from '../diagnostics.ts';
import { CodedError } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { maximumDepth, maximumFileLength } from '../source/limits.ts';

const endings = ['.test.json', '.test.jsonc'] as const;

/**
 * Every `*.test.json` and `*.test.jsonc` below the named files and folders (absolute), in code-unit order of their paths,
 * each once; paths are given relative to `folder`. Throws `TEST_FILE_NOT_FOUND` and `TEST_FILE_UNREADABLE`.
 */
export async function readTestFiles(
  folder: string,
  places: readonly string[],
): Promise<readonly ConfigurationFile[]> {
  const found = new Set<string>();
  for (const place of places) {
    const status = await fs.stat(place).catch(() => undefined);
    if (status === undefined) {
      throw new CodedError('TEST_FILE_NOT_FOUND', `There is no test file or folder ${place}.`, {
        hint: 'Tests are files named *.test.json or *.test.jsonc, by custom in the folder tests of the project.',
        details: { path: place },
      });
    }
    if (status.isDirectory()) await collect(place, 0, found);
    else found.add(place);
  }
  const files: ConfigurationFile[] = [];
  for (const file of [...found].sort(compareText))
    files.push({ path: nameFile(folder, file), text: await readText(file) });
  return files;
}

async function collect(folder: string, depth: number, found: Set<string>): Promise<void> {
  if (depth > maximumDepth) return;
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) await collect(file, depth + 1, found);
    else if (endings.some((ending) => entry.name.toLowerCase().endsWith(ending))) found.add(file);
  }
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await fs.stat(file);
    if (size > maximumFileLength) throw new RangeError(`${size} bytes`);
    return await fs.readFile(file, 'utf8');
  } catch (cause) {
    throw new CodedError('TEST_FILE_UNREADABLE', `The test file ${file} cannot be read.`, {
      hint: 'Check that it is a file of at most 16 MB that this account may read.',
      cause,
      details: { path: file },
    });
  }
}

function nameFile(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  const isInside = !relative.startsWith('..') && !path.isAbsolute(relative);
  return (isInside ? relative : file).split(path.sep).join('/');
}
