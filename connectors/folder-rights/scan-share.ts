/** Scans a tree of a share, depth first, many folders to a session. */

import type { AccessRights } from '../spi/acl/access-rights.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ShareEntry } from '../spi/smb/listing-text.ts';
import { foldersPerSession, type ShareClient } from '../spi/smb/share-client.ts';
import type { SharePath } from '../spi/smb/share-path.ts';
import { formatShareFolder } from '../spi/smb/share-path.ts';
import { describeStatus } from '../spi/smb/smb-failure.ts';
import { type FoundObject, hasLevelBelow, type Scan } from './scan.ts';

/** Objects whose rights are asked for one by one: each takes a program of its own. */
const maxAsked = 50;

const impossibleName = 'its path is too long, or has characters that no file server allows';

interface WaitingFolder {
  readonly segments: readonly string[];
  readonly path: string;
  readonly level: number;
}

/** The objects of a tree, up to 500 at a time. Branches that cannot be read are noted as troubles. */
export async function* scanShareTree(
  share: SharePath,
  client: ShareClient,
  scan: Scan,
): AsyncGenerator<readonly FoundObject[], void, undefined> {
  const { settings, context } = scan;
  const rights = await client.readRights(share.segments);
  yield [{ path: share.spelled, parentPath: null, level: 0, isFolder: true, rights }];
  const waiting: WaitingFolder[] = [];
  let asked = 0;
  if (hasLevelBelow(0, settings)) {
    waiting.push({ segments: share.segments, path: share.spelled, level: 0 });
  }
  while (waiting.length > 0) {
    context.signal.throwIfAborted();
    const folders = waiting.splice(-foldersPerSession);
    const lists = client.listFolders(
      folders.map(({ segments }) => segments),
      true,
    );
    for await (const result of lists) {
      const folder = folders[result.folder];
      if (folder === undefined) continue;
      if (result.kind === 'end') {
        if (result.trouble !== undefined) noteTrouble(folder, result.trouble, scan);
        continue;
      }
      const found: FoundObject[] = [];
      for (const entry of result.entries) {
        const object = takeEntry(entry, folder, share.separator, scan);
        if (object === undefined) continue;
        const segments = [...folder.segments, entry.name];
        if (object.isFolder && hasLevelBelow(object.level, settings)) {
          keepWaiting({ ...object, segments }, waiting, scan);
        }
        const { rights } = object;
        if (rights !== undefined) found.push({ ...object, rights });
        else if (asked >= maxAsked) scan.troubles.add(object.path, 'its rights are not told');
        else {
          asked += 1;
          const told = await askAgain(object.path, segments, client, scan);
          if (told !== undefined) found.push({ ...object, rights: told });
        }
      }
      yield found;
    }
  }
}

function takeEntry(
  entry: ShareEntry,
  folder: WaitingFolder,
  separator: string,
  { settings, isAvoided }: Scan,
): (Omit<FoundObject, 'rights'> & Pick<ShareEntry, 'rights'>) | undefined {
  if (!entry.isFolder && settings.OnlyDirectoryScan) return undefined;
  const path = `${folder.path}${separator}${entry.name}`;
  if (isAvoided(path)) return undefined;
  return {
    path,
    parentPath: folder.path,
    level: folder.level + 1,
    isFolder: entry.isFolder,
    ...(entry.rights === undefined ? {} : { rights: entry.rights }),
  };
}

function keepWaiting(folder: WaitingFolder, waiting: WaitingFolder[], scan: Scan): void {
  const { segments, path, level } = folder;
  if (formatShareFolder(segments) !== undefined) waiting.push({ segments, path, level });
  else scan.troubles.add(path, impossibleName);
}

/** What the server says of something that was removed since it was listed. */
const gone: readonly string[] = [
  'OBJECT_NAME_NOT_FOUND',
  'OBJECT_PATH_NOT_FOUND',
  'DELETE_PENDING',
];

/** Folders and files come and go while they are read; an input directory does not. */
function noteTrouble(
  { path, level }: Pick<WaitingFolder, 'path' | 'level'>,
  trouble: string,
  scan: Scan,
): void {
  if (gone.includes(trouble) && level > 0) {
    scan.context.logger.debug({ path }, 'removed while the folders were read');
    return;
  }
  const reason =
    trouble === 'GARBLED'
      ? 'it holds names that a listing cannot tell apart'
      : describeStatus(trouble).what;
  scan.troubles.add(path, reason);
}

/** The rights of an object that a listing gave without them; `undefined` when it is gone, or they may not be read. */
async function askAgain(
  path: string,
  segments: readonly string[],
  client: ShareClient,
  scan: Scan,
): Promise<AccessRights | undefined> {
  if (formatShareFolder(segments) === undefined) {
    scan.troubles.add(path, impossibleName);
    return undefined;
  }
  try {
    return await client.readRights(segments);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const status = String(error.details['status'] ?? '').replace('NT_STATUS_', '');
    if (status === '') scan.troubles.add(path, error.message.replace(/\.$/, ''));
    else noteTrouble({ path, level: 1 }, status, scan);
    return undefined;
  }
}
