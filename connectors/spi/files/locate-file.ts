/** Which file of a connection a mode reads. */
import { stat } from 'node:fs/promises';
import { ConnectorError } from '../errors.ts';
import { describeFileError, resolveBelowRoots, resolveSettingPath } from '../file-access.ts';
import { findNewestFile } from '../newest-file.ts';
import type { ConnectorContext } from '../package.ts';

/** The settings that name the files of a connection. */
export interface PathSettings {
  readonly Path?: string;
  readonly PathIncremental?: string;
  readonly IsFileNameRegex: boolean;
}

export type LocatedFile =
  | { readonly kind: 'file'; readonly path: string }
  /** Holds one file per table, where a package knows such folders. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'nothing'; readonly reason: string };

export type Mode = 'initial' | 'complete' | 'incremental';

/**
 * The file or folder of a mode, real path, inside the allowed folders. `nothing` when the mode has no path by configuration, or an
 * incremental file is not there yet: full data never enter an incremental run, nor changes a complete one. The initial
 * mode alone takes either path. Throws `not-found` when the file of a complete mode is missing.
 */
export async function locateFile(
  settings: PathSettings,
  mode: Mode,
  context: Pick<ConnectorContext, 'projectFolder' | 'sourcesRootPaths'>,
): Promise<LocatedFile> {
  const chosen = choosePath(settings, mode);
  if (chosen.kind === 'nothing') return chosen;
  const path = resolveSettingPath(chosen.setting, chosen.path, context);
  try {
    const file = settings.IsFileNameRegex
      ? await findNewestFile(path, context.sourcesRootPaths)
      : await resolveBelowRoots(path, context.sourcesRootPaths);
    return { kind: (await isFolder(file)) ? 'folder' : 'file', path: file };
  } catch (error) {
    const isMissing = error instanceof ConnectorError && error.kind === 'not-found';
    if (!isMissing || chosen.setting !== 'PathIncremental') throw error;
    return { kind: 'nothing', reason: `There is no file of changes at ${path}.` };
  }
}

/** As {@link locateFile}, for packages that read one file: a folder is an error. */
export async function locateOneFile(
  settings: PathSettings,
  mode: Mode,
  context: Pick<ConnectorContext, 'projectFolder' | 'sourcesRootPaths'>,
): Promise<Exclude<LocatedFile, { readonly kind: 'folder' }>> {
  const located = await locateFile(settings, mode, context);
  if (located.kind === 'folder') throw describeFolder(located.path);
  return located;
}

/** For packages that read one file. */
export function describeFolder(path: string): ConnectorError {
  return new ConnectorError('invalid-value', `The path ${path} cannot be read: it is a folder.`, {
    hint: 'Name a file in it.',
    details: { path },
  });
}

async function isFolder(file: string): Promise<boolean> {
  const facts = await stat(file).catch((error: unknown) => {
    throw describeFileError(error, file, 'read');
  });
  return facts.isDirectory();
}

type ChosenPath =
  | {
      readonly kind: 'path';
      readonly setting: 'Path' | 'PathIncremental';
      readonly path: string;
    }
  | { readonly kind: 'nothing'; readonly reason: string };

function choosePath(settings: PathSettings, mode: Mode): ChosenPath {
  const { Path: complete, PathIncremental: incremental } = settings;
  if (mode === 'incremental') {
    return incremental === undefined
      ? { kind: 'nothing', reason: 'The connection has no PathIncremental, so it has no changes.' }
      : { kind: 'path', setting: 'PathIncremental', path: incremental };
  }
  if (complete !== undefined) return { kind: 'path', setting: 'Path', path: complete };
  if (mode === 'initial' && incremental !== undefined) {
    return { kind: 'path', setting: 'PathIncremental', path: incremental };
  }
  return { kind: 'nothing', reason: 'The connection has no Path, so it has no complete file.' };
}
