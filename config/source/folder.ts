/** Finds and reads the configuration files of a folder. */
import { type Dirent, promises as fs } from 'node:fs';
import path from 'node:path';
import { compareText } from '../diagnostics.ts';
import { CodedError } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { maximumDepth, maximumFileLength, maximumFiles } from './limits.ts';

const readEndings: readonly string[] = ['.xml', '.json', '.jsonc'];

/**
 * Reads every `*.xml`, `*.json` and `*.jsonc` file below `folder`, at any depth, in code-unit order of their paths.
 * Names that start with a dot are left out. Symbolic links are followed only while they stay inside the folder.
 * Bytes that are not UTF-8 become U+FFFD, which `loadConfiguration` reports with line and column.
 *
 * Throws `CodedError`: `CONFIG_FOLDER_NOT_FOUND`, `CONFIG_FILE_UNREADABLE`, `CONFIG_FILE_TOO_LARGE`,
 * `CONFIG_LINK_REFUSED`, `CONFIG_TOO_MANY_FILES`.
 */
export async function readConfigurationFolder(
  folder: string,
): Promise<readonly ConfigurationFile[]> {
  const root = await resolveFolder(folder);
  const paths = new Set<string>();
  await collect(root, root, 0, paths);
  const sorted = [...paths].sort((a, b) => compareText(relative(root, a), relative(root, b)));
  const files: ConfigurationFile[] = [];
  for (const file of sorted) {
    files.push({ path: relative(root, file), text: await readText(root, file) });
  }
  return files;
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
  paths: Set<string>,
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
    const kind = entry.isSymbolicLink() ? await followLink(root, found) : kindOf(entry);
    if (kind === 'folder' && !entry.isSymbolicLink()) await collect(root, found, depth + 1, paths);
    if (kind === 'file' && readEndings.includes(path.extname(entry.name).toLowerCase())) {
      paths.add(found);
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

function kindOf(entry: Dirent): 'file' | 'folder' | 'other' {
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : 'other';
}

/** A link to a file inside the folder is read; a link to a folder inside is not, since the folder is read anyway. */
async function followLink(root: string, link: string): Promise<'file' | 'folder' | 'other'> {
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
  const status = await fs.stat(target);
  if (status.isDirectory()) return 'folder';
  return status.isFile() ? 'file' : 'other';
}

async function readText(root: string, file: string): Promise<string> {
  try {
    const { size } = await fs.stat(file);
    // One UTF-16 unit takes at least one byte, at most four.
    if (size > maximumFileLength * 4) {
      throw new CodedError(
        'CONFIG_FILE_TOO_LARGE',
        `${relative(root, file)} has ${size} bytes; at most ${maximumFileLength} characters are read.`,
        { hint: 'Split the file, or move it out of the configuration folder.' },
      );
    }
    return decode(await fs.readFile(file));
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw unreadable(relative(root, file), cause);
  }
}

function decode(bytes: Uint8Array): string {
  const label = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(label, { ignoreBOM: true }).decode(bytes);
}

function unreadable(name: string, cause: unknown): CodedError {
  return new CodedError(
    'CONFIG_FILE_UNREADABLE',
    `${name === '' ? 'The configuration folder' : name} cannot be read.`,
    {
      hint: 'Check the permissions of the file and its folder.',
      cause,
      details: { path: name },
    },
  );
}

function relative(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}
