/** Files as connectors meet them: paths from settings, folders that may be read, and what went wrong in plain words. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ConnectorError, type ConnectorErrorKind } from './errors.ts';
import type { ConnectorContext } from './package.ts';

/** The absolute path a setting means. Throws `invalid-value` for a relative path where nothing says what it is relative to. */
export function resolveSettingPath(
  setting: string,
  path: string,
  context: Pick<ConnectorContext, 'projectFolder'>,
): string {
  if (path.includes('\0')) {
    throw new ConnectorError('invalid-value', `The setting ${setting} holds a NUL character.`, {
      hint: 'Write the path again.',
    });
  }
  if (isAbsolute(path)) return resolve(path);
  if (context.projectFolder !== undefined) return resolve(context.projectFolder, path);
  throw new ConnectorError('invalid-value', `The setting ${setting} is a relative path: ${path}`, {
    hint: 'Give the whole path.',
    details: { setting, path },
  });
}

/**
 * The real path of a file or folder, all symbolic links followed. Throws `forbidden` when the roots are not empty and none
 * holds it (whole folder names count: `/data/hr` does not allow `/data/hr-old`), and `not-found` when it is not there.
 */
export async function resolveBelowRoots(path: string, roots: readonly string[]): Promise<string> {
  const real = await realpath(path).catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
  if (roots.length === 0) return real;
  for (const root of roots) {
    // A root that is not there allows nothing.
    const realRoot = await realpath(root).catch(() => undefined);
    if (realRoot !== undefined && isBelow(real, realRoot)) return real;
  }
  throw new ConnectorError(
    'forbidden',
    `The path ${path} lies outside the folders that may be read.`,
    {
      hint: 'Move the file, or add its folder to SourcesRootPaths.',
      details: { path },
    },
  );
}

function isBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

interface FileTrouble {
  readonly kind: ConnectorErrorKind;
  readonly what: string;
  readonly hint: string;
}

const troubles: Readonly<Record<string, FileTrouble>> = {
  ENOENT: {
    kind: 'not-found',
    what: 'it does not exist',
    hint: 'Check the path and its letter case.',
  },
  ENOTDIR: {
    kind: 'not-found',
    what: 'a part of the path is not a folder',
    hint: 'Check the path.',
  },
  EISDIR: { kind: 'invalid-value', what: 'it is a folder', hint: 'Name a file in it.' },
  EACCES: {
    kind: 'forbidden',
    what: 'permission is denied',
    hint: 'Give the account that runs Lockstep access to it.',
  },
  EPERM: {
    kind: 'forbidden',
    what: 'permission is denied',
    hint: 'Give the account that runs Lockstep access to it.',
  },
  EROFS: {
    kind: 'forbidden',
    what: 'the file system is read-only',
    hint: 'Mount it for writing, or name another folder.',
  },
  ENOSPC: {
    kind: 'unexpected',
    what: 'the disk is full',
    hint: 'Free some space and run the step again; nothing has been replaced.',
  },
  EDQUOT: {
    kind: 'unexpected',
    what: 'the disk quota is used up',
    hint: 'Free some space and run the step again; nothing has been replaced.',
  },
  EFBIG: {
    kind: 'unexpected',
    what: 'it would become larger than allowed',
    hint: 'Raise the limit on file sizes and run the step again.',
  },
  EMFILE: {
    kind: 'unexpected',
    what: 'too many files are open',
    hint: 'Raise the limit on open files and run the step again.',
  },
};

/** A file error as an operator reads it, with the path; errors that are ours already are given back as they are. */
export function describeFileError(error: unknown, path: string, action: 'read' | 'write'): Error {
  if (error instanceof ConnectorError) return error;
  const errno = (error as { readonly code?: unknown } | null)?.code;
  const trouble =
    typeof errno === 'string' && Object.hasOwn(troubles, errno) ? troubles[errno] : undefined;
  return new ConnectorError(
    trouble?.kind ?? 'unexpected',
    `The path ${path} cannot be ${action === 'read' ? 'read' : 'written'}: ${trouble?.what ?? 'the system refused it'}.`,
    {
      hint: trouble?.hint ?? 'The cause tells what the system said.',
      cause: error,
      details: { path, ...(typeof errno === 'string' ? { errno } : {}) },
    },
  );
}
