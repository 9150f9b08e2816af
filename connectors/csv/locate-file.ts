/** Which file of a CSV connection a mode reads. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import { findNewestFile } from '../spi/newest-file.ts';
import type { ConnectorContext, TableRequest } from '../spi/package.ts';
import type { CsvSettings } from './settings.ts';

export type LocatedFile =
  | { readonly kind: 'file'; readonly path: string }
  /** Holds one file per table. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'nothing'; readonly reason: string };

export type Mode = 'initial' | 'complete' | 'incremental';

/**
 * The file or folder of a mode, real path, inside the allowed folders. `nothing` when the mode has no path by configuration, or an
 * incremental file is not there yet: full data never enter an incremental run, nor changes a complete one. The initial
 * mode alone takes either path. Throws `not-found` when the file of a complete mode is missing.
 */
export async function locateFile(
  settings: CsvSettings,
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

async function isFolder(path: string): Promise<boolean> {
  const facts = await stat(path).catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
  return facts.isDirectory();
}

/**
 * The file of a table in a folder: `<table>.csv`, or what follows the connection's name in it. Throws `not-found` when
 * neither is there.
 */
export async function locateTableFile(
  folder: string,
  table: Pick<TableRequest, 'name' | 'suffix'>,
  roots: readonly string[],
): Promise<string> {
  const files = await listTableFiles(folder);
  const name = [table.name, table.suffix].find((each) => files.includes(`${each}${extension}`));
  if (name !== undefined) return resolveBelowRoots(join(folder, `${name}${extension}`), roots);
  throw new ConnectorError(
    'not-found',
    `There is no file ${table.name}${extension} in ${folder}.`,
    {
      hint: 'Files of a folder are named after their tables; letter case counts.',
      details: { folder, table: table.name, files: files.length },
    },
  );
}

const extension = '.csv';

/** The names of all CSV files of a folder, sorted. */
export async function listTableFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw describeFileError(error, folder, 'read');
  });
  return names.filter((name) => name.endsWith(extension)).sort();
}

type ChosenPath =
  | {
      readonly kind: 'path';
      readonly setting: 'Path' | 'PathIncremental';
      readonly path: string;
    }
  | { readonly kind: 'nothing'; readonly reason: string };

function choosePath(settings: CsvSettings, mode: Mode): ChosenPath {
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
