/** Paths given in settings, and where they may lead. */
import { lstat, readlink, realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** True when `path` is `folder` or lies below it. Compares whole segments; both must be absolute and normalized. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Where a path from the settings leads. */
export type ResolvedPath =
  | { readonly status: 'inside' | 'absolute'; readonly path: string }
  | { readonly status: 'escapes'; readonly path: string };

/**
 * Resolves `written` against `folder`, symbolic links included; neither the path nor its parents need to exist. A relative path
 * that leads out of `folder`, by `..` or by a link, `escapes`. An absolute one is taken at its word.
 */
export async function resolveProjectPath(folder: string, written: string): Promise<ResolvedPath> {
  const path = await resolveLinks(resolve(folder, written));
  if (isAbsolute(written)) return { status: 'absolute', path };
  const isContained = isInside(resolve(folder), resolve(folder, written));
  const isReallyContained = isInside(await resolveLinks(resolve(folder)), path);
  return { status: isContained && isReallyContained ? 'inside' : 'escapes', path };
}

/** The real path of the part that exists, followed by the rest as written. A link to nowhere leads where it points. */
async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (!isMissing(error) || parent === path) throw error;
    const realParent = await resolveLinks(parent);
    const target = await readLinkIfAny(path);
    return target === undefined
      ? join(realParent, relative(parent, path))
      : resolveLinks(resolve(realParent, target));
  }
}

async function readLinkIfAny(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
