/** Reads the bytes of one configuration file: bounded, without waiting for anything, and all of one moment. */
import { constants, promises as fs } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { CodedError } from '../errors.ts';
import { maximumFileLength } from './limits.ts';

const attempts = 3;
const pauseMs = 25;

/**
 * The bytes of the regular file at `path`, which must be no link; `name` is what messages call it. A pipe or device is
 * refused without waiting for a writer, and a file past the limit without reading it.
 *
 * Throws `CodedError`: `CONFIG_FILE_UNREADABLE`, `CONFIG_FILE_TOO_LARGE`, `CONFIG_FILE_CHANGED` when somebody kept
 * writing while it was read.
 */
export async function readConfigurationFile(path: string, name: string): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    const bytes = await readOnce(path, name);
    if (bytes !== undefined) return bytes;
    if (attempt === attempts) throw changed(name);
    await wait(pauseMs);
  }
}

/** `undefined` when the file changed in the meantime. */
async function readOnce(path: string, name: string): Promise<Uint8Array | undefined> {
  try {
    // Neither flag exists on Windows, where there are no pipes in folders.
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);
    await using file = await fs.open(path, flags);
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw notRegular(name);
    if (before.size > maximumFileLength) throw tooLarge(name, before.size);
    const bytes = Buffer.allocUnsafe(Number(before.size) + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const after = await file.stat({ bigint: true });
    const isSame = after.size === before.size && after.mtimeNs === before.mtimeNs;
    return isSame && length === Number(before.size) ? bytes.subarray(0, length) : undefined;
  } catch (cause) {
    if (cause instanceof CodedError) throw cause;
    throw unreadable(name, cause);
  }
}

/** An error that says which file or folder of a configuration cannot be read. */
export function unreadable(name: string, cause: unknown): CodedError {
  const isGone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  return new CodedError(
    'CONFIG_FILE_UNREADABLE',
    `${name === '' ? 'The configuration folder' : name} cannot be read${isGone ? ': it is no longer there' : ''}.`,
    {
      hint: isGone
        ? 'Run the command again when nobody changes the folder.'
        : 'Check the permissions of the file and its folder.',
      cause,
      details: { path: name },
    },
  );
}

/** Something with the name of a configuration file that holds no text of its own: a pipe, a socket, a device. */
export function notRegular(name: string): CodedError {
  return new CodedError('CONFIG_FILE_UNREADABLE', `${name} is no regular file.`, {
    hint: 'Move the pipe, socket or device out of the configuration folder.',
    details: { path: name },
  });
}

function tooLarge(name: string, size: bigint): CodedError {
  return new CodedError(
    'CONFIG_FILE_TOO_LARGE',
    `${name} has ${size} bytes; at most ${maximumFileLength} are read.`,
    {
      hint: 'Split the file, or move it out of the configuration folder.',
      details: { path: name, bytes: Number(size) },
    },
  );
}

function changed(name: string): CodedError {
  return new CodedError('CONFIG_FILE_CHANGED', `${name} changed while it was being read.`, {
    hint: 'Run the command again when nobody writes the file.',
    details: { path: name },
  });
}
