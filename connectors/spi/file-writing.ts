/** Files that are complete or absent: written beside their place, made durable, then renamed. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeFileError } from './file-access.ts';

/** Writes a whole file in one go. Throws a `ConnectorError` that names the path; the file is then as it was before. */
export async function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const part = `${path}.part`;
  try {
    await rm(part, { force: true });
    const handle = await open(part, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw describeFileError(error, path, 'write');
  }
}

/** Writes bytes after those already written. Throws a `ConnectorError` that names the path. */
export async function appendBytes(
  handle: FileHandle,
  bytes: Uint8Array,
  path: string,
): Promise<void> {
  try {
    await handle.writeFile(bytes);
  } catch (error) {
    throw describeFileError(error, path, 'write');
  }
}

/** Makes renames in a folder survive a loss of power; file systems that cannot sync a folder are let be. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
