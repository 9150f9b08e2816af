/**
 * Folders held open while they are read, so that nobody can put another one, or a symbolic link, in their place. Linux keeps
 * what a process has open under /proc/self/fd. https://man7.org/linux/man-pages/man2/open.2.html (O_PATH)
 */
import { constants, type Dirent, type Stats } from 'node:fs';
import { access, type FileHandle, open, opendir } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';

/** Refers to a file without opening it: needs no right on it, starts no device. */
const pathOnly = 0o10000000;
const ownFiles = '/proc/self/fd';

/** An object held by a descriptor. */
export interface PinnedObject {
  readonly handle: FileHandle;
  readonly facts: Stats;
}

/** Throws `unsupported` elsewhere than on Linux. */
export async function requirePinning(): Promise<void> {
  const isThere = await access(ownFiles).then(
    () => process.platform === 'linux',
    () => false,
  );
  if (isThere) return;
  throw new ConnectorError('unsupported', 'Local folders can be read on Linux only.', {
    hint: 'Run Lockstep on Linux with /proc mounted, or name the folders as shares (\\\\server\\share).',
  });
}

/** Holds the object at a path; of a symbolic link the link itself. Throws the system's error. */
export async function pinPath(path: string | Uint8Array): Promise<PinnedObject> {
  const flags = pathOnly | constants.O_NOFOLLOW;
  const handle = await open(typeof path === 'string' ? path : Buffer.from(path), flags);
  try {
    return { handle, facts: await handle.stat() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Holds an object of a folder that is held. */
export function pinIn(folder: PinnedObject, name: Uint8Array): Promise<PinnedObject> {
  return pinPath(Buffer.concat([Buffer.from(`${pathOf(folder)}/`), name]));
}

/** A path by which this process reaches what it holds. */
export function pathOf({ handle }: PinnedObject): string {
  return `${ownFiles}/${handle.fd}`;
}

/** One name in a folder; the kind is what the folder knows of it, which some file systems leave open. */
export interface NamedEntry {
  readonly name: Buffer;
  readonly kind: 'folder' | 'file' | 'link' | 'other' | 'unknown';
}

/** The names in a folder, a piece at a time. Throws the system's error. */
export async function* listNames(folder: string): AsyncGenerator<NamedEntry, void, undefined> {
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 };
  const entries = await opendir(folder, options);
  for await (const entry of entries) {
    // The types know texts only; with this encoding names are bytes.
    const name: unknown = entry.name;
    if (Buffer.isBuffer(name)) yield { name, kind: kindOf(entry) };
  }
}

function kindOf(entry: Dirent): NamedEntry['kind'] {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (entry.isSymbolicLink()) return 'link';
  const isOther =
    entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice();
  return isOther ? 'other' : 'unknown';
}
