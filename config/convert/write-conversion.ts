/** Puts converted files into a folder: all of them or none, and never over a file that nobody agreed to lose. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../errors.ts';

export interface FileToWrite {
  /** Below the folder, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

interface Written {
  readonly target: string;
  readonly part: string;
  /** Where the file that stood there waits until all is well. */
  previous?: string;
  isPublished: boolean;
}

/**
 * Writes the files, durably. When anything fails, what stood in the folder stands there again.
 *
 * Throws `CodedError`: `CONFIG_CONVERT_TARGET_EXISTS`, `CONFIG_CONVERT_UNWRITABLE`.
 */
export async function writeConversion(
  folder: string,
  files: readonly FileToWrite[],
  { mayReplace }: { readonly mayReplace: boolean },
): Promise<void> {
  if (!mayReplace) await refuseExisting(folder, files);
  const written: Written[] = [];
  try {
    for (const file of files) {
      const target = path.join(folder, ...file.path.split('/'));
      await fs.mkdir(path.dirname(target), { recursive: true });
      const part = `${target}.part`;
      await fs.rm(part, { force: true });
      written.push({ target, part, isPublished: false });
      await fs.writeFile(part, file.text, { flag: 'wx', flush: true });
    }
    for (const each of written) await publish(each, mayReplace);
  } catch (cause) {
    await undo(written);
    if (cause instanceof CodedError) throw cause;
    throw new CodedError(
      'CONFIG_CONVERT_UNWRITABLE',
      `The converted files cannot be written to ${folder}.`,
      { hint: 'Check permissions and free space. Nothing was changed.', cause },
    );
  }
  for (const { previous } of written) {
    if (previous !== undefined) await fs.rm(previous, { force: true });
  }
}

/** Removes the files that were converted, after their successors are in place. */
export async function removeSources(folder: string, paths: readonly string[]): Promise<void> {
  for (const each of paths) {
    try {
      await fs.unlink(path.join(folder, ...each.split('/')));
    } catch (cause) {
      throw new CodedError(
        'CONFIG_CONVERT_UNWRITABLE',
        `All files are converted, but ${each} cannot be removed from ${folder}.`,
        { hint: 'Remove it yourself: what it declares is declared twice now.', cause },
      );
    }
  }
}

async function refuseExisting(folder: string, files: readonly FileToWrite[]): Promise<void> {
  for (const file of files) {
    const target = path.join(folder, ...file.path.split('/'));
    if (await isThere(target)) throw targetExists(target);
  }
}

function targetExists(target: string): CodedError {
  return new CodedError('CONFIG_CONVERT_TARGET_EXISTS', `${target} is there already.`, {
    hint: 'Give --out with another folder, or replace the file with --force. Nothing was changed.',
    details: { path: target },
  });
}

async function isThere(target: string): Promise<boolean> {
  return fs.lstat(target).then(
    () => true,
    () => false,
  );
}

async function publish(file: Written, mayReplace: boolean): Promise<void> {
  const { target, part } = file;
  if (!mayReplace) {
    await linkIfAbsent(part, target);
  } else {
    if (await isThere(target)) {
      const previous = `${target}.previous`;
      await fs.rename(target, previous);
      file.previous = previous;
    }
    await fs.rename(part, target);
  }
  file.isPublished = true;
}

/** A link fails where a renaming would overwrite what somebody put there in the meantime. */
async function linkIfAbsent(part: string, target: string): Promise<void> {
  try {
    await fs.link(part, target);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || (await isThere(target))) throw targetExists(target);
    // Some file systems have no links.
    await fs.rename(part, target);
    return;
  }
  await fs.rm(part);
}

/** As far as it goes: the error that led here is the one to tell. */
async function undo(written: readonly Written[]): Promise<void> {
  for (const { target, part, previous, isPublished } of written.toReversed()) {
    await fs.rm(part, { force: true }).catch(() => {});
    if (isPublished) await fs.rm(target, { force: true }).catch(() => {});
    if (previous !== undefined) await fs.rename(previous, target).catch(() => {});
  }
}
