/** Files that others write: they are read when they are whole, and a reading counts only if they stayed what they were. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ConnectorError } from '../errors.ts';
import { describeFileError, resolveBelowRoots } from '../file-access.ts';
import type { ConnectorContext } from '../package.ts';

/** The settings that say when a file is whole. */
export interface WholeFileSettings {
  readonly SecondsToSettle: number;
  readonly DoneFileSuffix?: string;
}

/** What a file was when its reading began. */
export interface FileFacts {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

/** Opens a file for reading; throws a `ConnectorError` that names the path. Pipes and devices are no files: they might never end. */
export async function openFile(path: string): Promise<FileHandle> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw Object.assign(new Error('It is a folder.'), { code: 'EISDIR' });
    if (!facts.isFile()) {
      throw new ConnectorError('invalid-value', `The path ${path} is no file.`, {
        hint: 'Name a file; pipes and devices are not read.',
        details: { path },
      });
    }
    return await open(path, 'r');
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
}

/** Refuses a file someone still writes: the marker is missing, or size and date change within the time to settle. */
export async function waitUntilWritten(
  path: string,
  settings: WholeFileSettings,
  context: ConnectorContext,
): Promise<void> {
  if (settings.DoneFileSuffix !== undefined) {
    const marker = `${path}${settings.DoneFileSuffix}`;
    await resolveBelowRoots(marker, context.sourcesRootPaths).catch((error: unknown) => {
      throw new ConnectorError(
        'incomplete',
        `The file ${path} is not released: ${marker} is missing.`,
        {
          hint: 'Let whoever writes the file create the marker after it, or remove DoneFileSuffix.',
          cause: error,
          details: { path, marker },
        },
      );
    });
  }
  if (settings.SecondsToSettle === 0) return;
  const before = await readFacts(path);
  await wait(settings.SecondsToSettle * 1_000, undefined, { signal: context.signal });
  const after = await readFacts(path);
  if (before.size !== after.size || before.mtimeMs !== after.mtimeMs) throw describeChanging(path);
}

async function readFacts(
  path: string,
): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  return stat(path).catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
}

/** The file as it was opened, and the file that now bears its name, are what they were when reading began. */
export async function refuseChanged(
  file: FileHandle,
  before: FileFacts,
  path: string,
): Promise<void> {
  const now = await file.stat();
  const named = await stat(path).catch(() => undefined);
  const isSame =
    now.size === before.size && now.mtimeMs === before.mtimeMs && named?.ino === before.ino;
  if (!isSame) throw describeChanging(path);
}

function describeChanging(path: string): ConnectorError {
  return new ConnectorError('incomplete', `The file ${path} changed while it was read.`, {
    hint: 'Export again when it has been written. SecondsToSettle or DoneFileSuffix make the export wait for that.',
    details: { path },
  });
}
