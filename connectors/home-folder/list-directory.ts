/** The folders in one input directory, wherever it lies. */
import { lstat, stat } from 'node:fs/promises';
import { ConnectorError } from '../spi/errors.ts';
import { resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import { listNames, type NamedEntry, requirePinning } from '../spi/folders/pinned-folder.ts';
import { decodeName, type ScanTroubles } from '../spi/folders/scan-troubles.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { ShareClient } from '../spi/smb/share-client.ts';
import { parseSharePath, type SharePath } from '../spi/smb/share-path.ts';
import { describeStatus } from '../spi/smb/smb-failure.ts';
import type { HomeFolderSettings } from './settings.ts';

export interface FoundFolder {
  readonly name: string;
  readonly path: string;
  /** Number of the Unix account that owns it; `null` on a file server. */
  readonly ownerId: string | null;
}

/** `real` is free of symbolic links. */
export type InputDirectory =
  | { readonly kind: 'local'; readonly spelled: string; readonly real: string }
  | { readonly kind: 'share'; readonly share: SharePath };

export interface Listing {
  readonly settings: HomeFolderSettings;
  readonly context: ConnectorContext;
  readonly troubles: ScanTroubles;
}

const setting = 'InputDirectories';
/** Of the file system itself. */
const skipped: readonly string[] = ['lost+found', '.snapshot'];
const piece = 500;

/** What an input directory is. Throws `not-found`, or `forbidden` outside of the folders that may be read. */
export async function locateDirectory(
  path: string,
  context: ConnectorContext,
): Promise<InputDirectory> {
  const share = parseSharePath(setting, path);
  if (share !== undefined) return { kind: 'share', share };
  await requirePinning();
  const given = resolveSettingPath(setting, path, context);
  const real = await resolveBelowRoots(given, context.sourcesRootPaths);
  if (!(await stat(real)).isDirectory()) {
    throw new ConnectorError('invalid-value', `The path ${path} is not a folder.`, {
      hint: `Name the folder that contains the home folders in ${setting}.`,
      details: { path },
    });
  }
  return { kind: 'local', spelled: given, real };
}

/** The folders of an input directory, up to 500 at a time; what cannot be read is noted as trouble. */
export async function* listDirectory(
  directory: InputDirectory,
  listing: Listing,
): AsyncGenerator<readonly FoundFolder[], void, undefined> {
  if (directory.kind === 'share') yield* listShare(directory.share, listing);
  else yield* listLocal(directory, listing);
}

async function* listLocal(
  directory: Extract<InputDirectory, { kind: 'local' }>,
  { context, troubles }: Listing,
): AsyncGenerator<readonly FoundFolder[], void, undefined> {
  let found: FoundFolder[] = [];
  try {
    for await (const entry of listNames(directory.real)) {
      const folder = await readEntry(entry, directory, context, troubles);
      if (folder !== undefined) found.push(folder);
      if (found.length < piece) continue;
      yield found;
      found = [];
      context.signal.throwIfAborted();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof ConnectorError) throw error;
    troubles.addError(directory.spelled, error);
  }
  if (found.length > 0) yield found;
}

/** A folder, or a symbolic link to one that may be read; the folder itself is not looked into. */
async function readEntry(
  entry: NamedEntry,
  directory: Extract<InputDirectory, { kind: 'local' }>,
  context: ConnectorContext,
  troubles: ScanTroubles,
): Promise<FoundFolder | undefined> {
  if (entry.kind === 'file' || entry.kind === 'other') return undefined;
  const name = decodeName(entry.name);
  if (name === undefined) {
    troubles.addUnreadableName(directory.spelled, entry.name);
    return undefined;
  }
  if (skipped.includes(name)) return undefined;
  const path = `${directory.spelled.replace(/\/$/, '')}/${name}`;
  const real = `${directory.real.replace(/\/$/, '')}/${name}`;
  try {
    const facts = await lstat(real);
    const isFolder = facts.isSymbolicLink()
      ? await isAllowedFolder(real, context)
      : facts.isDirectory();
    return isFolder ? { name, path, ownerId: String(facts.uid) } : undefined;
  } catch (error) {
    const isGone = await lstat(real).then(
      () => false,
      (again: NodeJS.ErrnoException) => again.code === 'ENOENT',
    );
    // What was removed since it was listed is no trouble.
    if (!isGone) troubles.addError(path, error);
    return undefined;
  }
}

/** What a link leads to may lie on a disk that is not there now: that is no reason to take it for gone. */
async function isAllowedFolder(link: string, context: ConnectorContext): Promise<boolean> {
  try {
    return (await stat(await resolveBelowRoots(link, context.sourcesRootPaths))).isDirectory();
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'forbidden') throw error;
    if (error.details['errno'] !== undefined) throw error;
    context.logger.warn({ path: link }, 'a symbolic link that leads out of SourcesRootPaths');
    return false;
  }
}

async function* listShare(
  share: SharePath,
  { settings, context, troubles }: Listing,
): AsyncGenerator<readonly FoundFolder[], void, undefined> {
  await using client = await ShareClient.open(share, settings, context);
  for await (const result of client.listFolders([share.segments], false)) {
    if (result.kind === 'end') {
      if (result.trouble !== undefined) {
        troubles.add(share.spelled, describeListingTrouble(result.trouble));
      }
      continue;
    }
    yield result.entries
      .filter(({ name, isFolder }) => isFolder && !skipped.includes(name))
      .map(({ name }) => ({
        name,
        path: `${share.spelled}${share.separator}${name}`,
        ownerId: null,
      }));
  }
}

function describeListingTrouble(trouble: string): string {
  return trouble === 'GARBLED'
    ? 'it holds names that a listing cannot tell'
    : describeStatus(trouble).what;
}
