/** Finds and reads the configuration files of a folder. */
import { type Dirent, promises as fs } from 'node:fs';
import path from 'node:path';
import { compareText } from '../diagnostics.ts';
import { CodedError } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { decodeFile } from './decode-file.ts';
import { maximumDepth, maximumFiles, maximumTotalLength } from './limits.ts';
import { notRegular, readConfigurationFile, unreadable } from './read-file.ts';

const readEndings: readonly string[] = ['.xml', '.json', '.jsonc'];

/** JSON schemas that editors are pointed to lie beside the files that name them; they are no configuration. */
const schemaEnding = '.schema.json';

/**
 * Reads every `*.xml`, `*.json` and `*.jsonc` file below `folder`, at any depth, in code-unit order of their paths.
 * Names that start with a dot or end in `.schema.json` are left out. Symbolic links are followed only while they stay inside
 * the folder. Bytes that the file's encoding does not know become U+FFFD, which `loadConfiguration` reports with line and column.
 *
 * Throws `CodedError`: `CONFIG_FOLDER_NOT_FOUND`, `CONFIG_FILE_UNREADABLE`, `CONFIG_FILE_TOO_LARGE`,
 * `CONFIG_FILE_CHANGED`, `CONFIG_LINK_REFUSED`, `CONFIG_TOO_MANY_FILES`.
 */
export async function readConfigurationFolder(
  folder: string,
): Promise<readonly ConfigurationFile[]> {
  const root = await resolveFolder(folder);
  const paths = new Map<string, string>();
  await collect(root, root, 0, paths);
  const sorted = [...paths.keys()].sort((a, b) =>
    compareText(relative(root, a), relative(root, b)),
  );
  const files: ConfigurationFile[] = [];
  let total = 0;
  for (const found of sorted) {
    const name = relative(root, found);
    const bytes = await readConfigurationFile(paths.get(found) ?? found, name);
    total += bytes.length;
    if (total > maximumTotalLength) throw tooLargeTogether(total);
    files.push({ path: name, ...decodeFile(bytes) });
  }
  return files;
}

/** Reads one file, whose path in findings is its name. Throws as {@link readConfigurationFolder} does. */
export async function readSingleFile(file: string): Promise<ConfigurationFile> {
  const name = path.basename(file);
  let real: string;
  try {
    real = await fs.realpath(file);
  } catch (cause) {
    throw unreadable(name, cause);
  }
  return { path: name, ...decodeFile(await readConfigurationFile(real, name)) };
}

function tooLargeTogether(total: number): CodedError {
  return new CodedError(
    'CONFIG_FILE_TOO_LARGE',
    `The files of the configuration have ${total} bytes and more; at most ${maximumTotalLength} are read.`,
    { hint: 'Name the folder of the configuration itself, not one above it.' },
  );
}

/** True for names of files that hold configuration. */
export function isConfigurationName(name: string): boolean {
  const lower = name.toLowerCase();
  return readEndings.includes(path.extname(lower)) && !lower.endsWith(schemaEnding);
}

async function resolveFolder(folder: string): Promise<string> {
  try {
    const root = await fs.realpath(folder);
    if ((await fs.stat(root)).isDirectory()) return root;
  } catch (cause) {
    throw new CodedError('CONFIG_FOLDER_NOT_FOUND', `There is no configuration folder ${folder}.`, {
      hint: 'Name the folder that holds the configuration, or create one with "lockstep init".',
      cause,
      details: { folder },
    });
  }
  throw new CodedError('CONFIG_FOLDER_NOT_FOUND', `${folder} is not a folder.`, {
    hint: 'Name the folder that holds the configuration, not a file in it.',
    details: { folder },
  });
}

async function collect(
  root: string,
  folder: string,
  depth: number,
  paths: Map<string, string>,
): Promise<void> {
  if (depth > maximumDepth) {
    throw new CodedError(
      'CONFIG_TOO_MANY_FILES',
      `Folders are nested more than ${maximumDepth} deep at ${relative(root, folder)}.`,
      { hint: 'Flatten the configuration folder.' },
    );
  }
  for (const entry of await listFolder(root, folder)) {
    if (entry.name.startsWith('.')) continue;
    const found = path.join(folder, entry.name);
    const isLink = entry.isSymbolicLink();
    const { kind, target } = isLink
      ? await followLink(root, found)
      : { kind: kindOf(entry), target: found };
    if (kind === 'folder' && !isLink) await collect(root, found, depth + 1, paths);
    if (kind !== 'folder' && isConfigurationName(entry.name)) {
      if (kind === 'other') throw notRegular(relative(root, found));
      paths.set(found, target);
    }
    if (paths.size > maximumFiles) {
      throw new CodedError(
        'CONFIG_TOO_MANY_FILES',
        `The configuration folder holds more than ${maximumFiles} files.`,
        { hint: 'Name the folder of the configuration itself, not one above it.' },
      );
    }
  }
}

async function listFolder(root: string, folder: string): Promise<readonly Dirent[]> {
  try {
    return await fs.readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw unreadable(relative(root, folder), cause);
  }
}

type Kind = 'file' | 'folder' | 'other';

function kindOf(entry: { isDirectory(): boolean; isFile(): boolean }): Kind {
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : 'other';
}

/** A link to a file inside the folder is read; a link to a folder inside is not, since the folder is read anyway. */
async function followLink(
  root: string,
  link: string,
): Promise<{ readonly kind: Kind; readonly target: string }> {
  let target: string;
  try {
    target = await fs.realpath(link);
  } catch (cause) {
    throw new CodedError('CONFIG_LINK_REFUSED', `The link ${relative(root, link)} leads nowhere.`, {
      hint: 'Remove the link, or restore what it points to.',
      cause,
    });
  }
  if (target !== root && !target.startsWith(root + path.sep)) {
    throw new CodedError(
      'CONFIG_LINK_REFUSED',
      `The link ${relative(root, link)} leads out of the configuration folder.`,
      {
        hint: 'Copy the file into the folder: what is validated and reviewed must be what is there.',
      },
    );
  }
  return { kind: kindOf(await fs.stat(target)), target };
}

function relative(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}
