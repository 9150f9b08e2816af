/**
 * The folder in Work/Collect that shows people what was prepared last. They may edit its files: no session is made of
 * them. Files of a session wait in a folder in it until the session is laid out.
 */
import {
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

/** Names the session whose files the folder shows; absent while a preparation runs, and after one that was held. */
const markFile = 'session.txt';

/** Where files of the session being prepared wait. */
export function stagingFolder(folder: string): string {
  return join(folder, '.session');
}

/** The session whose files the folder shows; `null` when it is not known. */
export async function readCollected(folder: string): Promise<string | null> {
  const text = await readFile(join(folder, markFile), 'utf8').catch(() => '');
  return text.trim() === '' ? null : text.trim();
}

export async function writeCollected(folder: string, session: string): Promise<void> {
  await writeFile(join(folder, markFile), `${session}\n`);
}

/** Empties the folder but for the files of what has not changed, and makes it ready. */
export async function clearCollected(folder: string, kept: ReadonlySet<string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    const isKept = ['.sorted.csv', '.duplicates.csv', '.nullpk.csv'].some(
      (ending) => name.endsWith(ending) && kept.has(name.slice(0, -ending.length)),
    );
    if (!isKept) await rm(join(folder, name), { recursive: true, force: true });
  }
  await mkdir(stagingFolder(folder));
}

/** Moves a durable file; onto another file system by a durable copy. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyDurably(from, to);
    await rm(from);
  }
}

/** A second name for a file that nobody changes any more; a durable copy where the file system knows no such names. */
export async function linkFile(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    await copyDurably(from, to);
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
