/** Scans a local tree, depth first. Nothing is read by its path twice: folders are held while they are read. */

import {
  listNames,
  type NamedEntry,
  type PinnedObject,
  pathOf,
  pinIn,
  pinPath,
} from '../spi/folders/pinned-folder.ts';
import { decodeName } from '../spi/folders/scan-troubles.ts';
import { LocalRights, objectsAtOnce } from './local-rights.ts';
import type { FoundObject, Scan, ScanRoot } from './scan.ts';
import { hasLevelBelow } from './scan.ts';

/** A folder to be looked into. */
interface WaitingFolder {
  readonly real: Buffer;
  readonly path: string;
  readonly level: number;
  /** The folder that was seen: another one in its place is not taken for it. */
  readonly device: number;
  readonly inode: number;
}

/**
 * The objects of a tree, up to 128 at a time. Branches that cannot be read are noted as troubles. Memory: the folders that wait,
 * which are the neighbours of those on the way down.
 */
export async function* scanLocalTree(
  root: Extract<ScanRoot, { kind: 'local' }>,
  scan: Scan,
): AsyncGenerator<readonly FoundObject[], void, undefined> {
  const waiting: WaitingFolder[] = [];
  await using rights = new LocalRights(scan);
  const top = await pinPath(root.real);
  rights.add({ ...top, path: root.spelled, parentPath: null, level: 0 });
  const start = { real: Buffer.from(root.real), path: root.spelled, level: 0 };
  if (hasLevelBelow(0, scan.settings)) waiting.push({ ...start, ...identify(top) });
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    scan.context.signal.throwIfAborted();
    await using held = await hold(folder, scan);
    if (held === undefined) continue;
    for await (const found of listFolder(folder, held.object, scan)) {
      if (found.object.facts.isDirectory() && hasLevelBelow(found.level, scan.settings)) {
        waiting.push({
          real: Buffer.concat([folder.real, Buffer.from('/'), found.name]),
          path: found.path,
          level: found.level,
          ...identify(found.object),
        });
      }
      rights.add({
        ...found.object,
        path: found.path,
        parentPath: folder.path,
        level: found.level,
      });
      if (rights.count >= objectsAtOnce) yield await rights.read();
    }
  }
  if (rights.count > 0) yield await rights.read();
  await checkRoot(root, start.real, top, scan);
}

function identify({ facts }: PinnedObject): { readonly device: number; readonly inode: number } {
  return { device: facts.dev, inode: facts.ino };
}

interface HeldFolder extends AsyncDisposable {
  readonly object: PinnedObject;
}

async function hold(folder: WaitingFolder, scan: Scan): Promise<HeldFolder | undefined> {
  let object: PinnedObject;
  try {
    object = await pinPath(folder.real);
  } catch (error) {
    noteMissing(folder.path, folder.level, error, scan);
    return undefined;
  }
  const { facts, handle } = object;
  if (facts.ino === folder.inode && facts.dev === folder.device) {
    return { object, [Symbol.asyncDispose]: () => handle.close() };
  }
  await handle.close();
  scan.troubles.add(folder.path, 'something else was put in its place while it was read');
  return undefined;
}

interface ListedObject {
  readonly object: PinnedObject;
  readonly name: Buffer;
  readonly path: string;
  readonly level: number;
}

/** Folders, and files where they are wanted; the caller closes what it gets. Symbolic links and devices are left out. */
async function* listFolder(
  folder: WaitingFolder,
  held: PinnedObject,
  scan: Scan,
): AsyncGenerator<ListedObject, void, undefined> {
  try {
    for await (const entry of listNames(pathOf(held))) {
      const listed = await readEntry(entry, folder, held, scan);
      if (listed !== undefined) yield listed;
    }
  } catch (error) {
    scan.context.signal.throwIfAborted();
    scan.troubles.addError(folder.path, error);
  }
}

async function readEntry(
  entry: NamedEntry,
  folder: WaitingFolder,
  held: PinnedObject,
  scan: Scan,
): Promise<ListedObject | undefined> {
  const withFiles = !scan.settings.OnlyDirectoryScan;
  if (entry.kind === 'link' || entry.kind === 'other') return undefined;
  if (entry.kind === 'file' && !withFiles) return undefined;
  const name = decodeName(entry.name);
  if (name === undefined) {
    scan.troubles.addUnreadableName(folder.path, entry.name);
    return undefined;
  }
  const path = `${folder.path === '/' ? '' : folder.path}/${name}`;
  if (scan.isAvoided(path)) return undefined;
  try {
    const object = await pinIn(held, entry.name);
    const { facts } = object;
    const isWanted = facts.isDirectory() || (facts.isFile() && withFiles);
    if (isWanted) return { object, name: entry.name, path, level: folder.level + 1 };
    await object.handle.close();
  } catch (error) {
    noteMissing(path, folder.level + 1, error, scan);
  }
  return undefined;
}

/** Folders and files come and go while they are read; an input directory does not. */
function noteMissing(path: string, level: number, error: unknown, scan: Scan): void {
  const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT' && level > 0;
  if (isGone) scan.context.logger.debug({ path }, 'removed while the folders were read');
  else scan.troubles.addError(path, error);
}

/** A file system that was taken away while it was read leaves an empty folder of the same name. */
async function checkRoot(
  root: Extract<ScanRoot, { kind: 'local' }>,
  real: Buffer,
  top: PinnedObject,
  scan: Scan,
): Promise<void> {
  const { device, inode } = identify(top);
  const folder = { real, path: root.spelled, level: 0, device, inode };
  const held = await hold(folder, scan);
  await held?.[Symbol.asyncDispose]();
}
