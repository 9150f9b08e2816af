/** What keeps a prepared session from being edited unseen: the digest of each of its files, and of the list of them. */
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  checkSeal,
  type SealedFile,
  type Session,
  sealJson,
  sessionFile,
} from '../../connectors/index.ts';
import { digestFile } from './digest-file.ts';
import { PrepareError } from './errors.ts';

/** How a file is now. Reads it once, in pieces. */
export async function sealFile(folder: string, name: string): Promise<SealedFile> {
  return { name, ...(await digestFile(join(folder, name))) };
}

/** The first of the files that is gone or not as it was sealed; `null` when all are. Sizes are compared before anything is read. */
export async function findAltered(
  folder: string,
  files: readonly SealedFile[],
): Promise<string | null> {
  for (const { name, bytes } of files) {
    const found = await stat(join(folder, name)).catch(() => null);
    if (found === null || found.size !== bytes) return name;
  }
  for (const file of files) {
    const found = await sealFile(folder, file.name).catch(() => null);
    if (found?.sha256 !== file.sha256) return file.name;
  }
  return null;
}

/** Writes the description of a session, durably; returns its seal. */
export async function writeSessionFile(folder: string, session: Session): Promise<string> {
  const { text, seal } = sealJson(session);
  const file = await open(join(folder, sessionFile), 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return seal;
}

/**
 * Reads a session's description; `null` when the folder is absent or was never finished. Throws `PREPARE_SESSION_UNREADABLE`
 * when it cannot be read, is not as it was written, or is not the one that `seal` belongs to.
 */
export async function readSession(
  sessionsFolder: string,
  id: string,
  seal?: string | null,
): Promise<Session | null> {
  let text: string;
  try {
    text = await readFile(join(sessionsFolder, id, sessionFile), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unreadable(id, 'cannot be read', error);
  }
  const found = checkSeal(text);
  if (found === null || (seal != null && found !== seal))
    throw unreadable(id, 'is not as it was written');
  // Written by `writeSessionFile`, as the last file of a folder that appears whole, and unchanged since.
  return JSON.parse(text) as Session;
}

function unreadable(id: string, what: string, cause?: unknown): PrepareError {
  return new PrepareError(
    'PREPARE_SESSION_UNREADABLE',
    `The description of the prepared session ${id} in Work/Synchronization ${what}.`,
    {
      hint: 'Run the connector in complete mode: it prepares the files anew. The store was not changed.',
      details: { session: id },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
