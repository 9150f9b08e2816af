/** The input directories as roots of a scan. */
import { stat } from 'node:fs/promises';
import { ConnectorError } from '../spi/errors.ts';
import { resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import { requirePinning } from '../spi/folders/pinned-folder.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { parseSharePath } from '../spi/smb/share-path.ts';
import type { ScanRoot } from './scan.ts';
import type { SharedFolderSettings } from './settings.ts';

const setting = 'InputDirectories';

/** Throws `not-found`, `forbidden` outside of the folders that may be read, `invalid-value` where one root holds another. */
export async function locateRoots(
  settings: SharedFolderSettings,
  context: ConnectorContext,
): Promise<readonly ScanRoot[]> {
  const roots: ScanRoot[] = [];
  for (const path of settings.InputDirectories) roots.push(await locateRoot(path, context));
  for (const [at, root] of roots.entries()) {
    const outer = roots.find((other, index) => index !== at && isWithin(root, other));
    if (outer === undefined) continue;
    throw new ConnectorError(
      'invalid-value',
      `The setting ${setting} names ${root.spelled}, which ${outer.spelled} holds already.`,
      { hint: 'Name each folder once: everything below it is scanned.', details: { setting } },
    );
  }
  return roots;
}

async function locateRoot(path: string, context: ConnectorContext): Promise<ScanRoot> {
  const share = parseSharePath(setting, path);
  if (share !== undefined) return { kind: 'share', spelled: share.spelled, share };
  await requirePinning();
  const given = resolveSettingPath(setting, path, context);
  const real = await resolveBelowRoots(given, context.sourcesRootPaths);
  if ((await stat(real)).isDirectory()) return { kind: 'local', spelled: given, real };
  throw new ConnectorError('invalid-value', `The path ${path} is not a folder.`, {
    hint: `Name folders in ${setting}.`,
    details: { path },
  });
}

function isWithin(root: ScanRoot, other: ScanRoot): boolean {
  const [inner, outer] = [listSegments(root), listSegments(other)];
  return (
    root.kind === other.kind &&
    outer.length <= inner.length &&
    outer.every((segment, at) => segment === inner[at])
  );
}

/** File servers do not tell upper from lower case. */
function listSegments(root: ScanRoot): readonly string[] {
  if (root.kind === 'local') return root.real.split('/').filter((segment) => segment !== '');
  const { server, share, segments } = root.share;
  return [server, share, ...segments].map((segment) => segment.toLowerCase());
}

/** Whether a path is one of those to be left out; what lies below it is never reached. */
export function compileAvoided(
  settings: SharedFolderSettings,
  context: ConnectorContext,
): (path: string) => boolean {
  const avoided = settings.ListOfPathsToAvoid.map((path) => {
    const share = parseSharePath('ListOfPathsToAvoid', path);
    return share === undefined
      ? resolveSettingPath('ListOfPathsToAvoid', path, context)
      : normalize(share.spelled);
  });
  const paths = new Set(avoided);
  if (paths.size === 0) return () => false;
  return (path) => paths.has(/^(\/\/|\\\\)/.test(path) ? normalize(path) : path);
}

function normalize(sharePath: string): string {
  return sharePath.replaceAll('\\', '/').toLowerCase();
}
