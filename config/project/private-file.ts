/** Files that only the account of this process may read: complete or absent, never seen half written. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { SettingsError } from './settings-error.ts';

const patience = 5_000;
/** A writer needs milliseconds: a lock of this age was left behind by one that was killed. */
const leftBehindMs = 60_000;

/**
 * Gives what `write` makes of the file to `path`; two commands that change one file take turns, so that neither loses what the
 * other wrote. Throws `SETTINGS_FILE_BUSY` when the other does not end within `patienceMs`.
 */
export async function changePrivateFile(
  path: string,
  write: () => Promise<string>,
  patienceMs = patience,
): Promise<void> {
  const lock = `${path}.lock`;
  await takeLock(lock, patienceMs);
  // A name of its own: whatever happens to the lock, only what was written here is put in place.
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  try {
    const content = await write();
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string, patienceMs: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 50) {
    try {
      const handle = await open(lock, 'wx', 0o600);
      await handle.close();
      return;
    } catch (cause) {
      if (!isThere(cause)) throw cause;
      const found = await stat(lock).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > leftBehindMs) {
        await rm(lock, { force: true });
      } else if (waitedMs >= patienceMs) {
        throw new SettingsError('SETTINGS_FILE_BUSY', `Another command is writing: ${lock}.`, {
          hint: 'Run this one again. If no other runs, remove that file.',
          details: { file: lock },
        });
      } else {
        await wait(50);
      }
    }
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
