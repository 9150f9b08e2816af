/** Files named by a regular expression: the newest one counts. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConnectorError } from './errors.ts';
import { describeFileError, resolveBelowRoots } from './file-access.ts';

/**
 * The last created file of a folder whose whole name fits the last part of `pattern`; of two created together, the one whose
 * name comes last. Throws `not-found` when none fits, and as `resolveBelowRoots` does.
 */
export async function findNewestFile(pattern: string, roots: readonly string[]): Promise<string> {
  const folder = await resolveBelowRoots(dirname(pattern), roots);
  const names = await readdir(folder).catch((error: unknown) => {
    throw describeFileError(error, folder, 'read');
  });
  const expression = compileName(basename(pattern));
  let newest: { readonly path: string; readonly name: string; readonly time: number } | undefined;
  for (const name of names) {
    if (!expression.test(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined || !facts.isFile()) continue;
    // Some file systems do not keep the time of creation and report 0.
    const time = facts.birthtimeMs > 0 ? facts.birthtimeMs : facts.mtimeMs;
    const isNewer =
      newest === undefined || time > newest.time || (time === newest.time && name > newest.name);
    if (isNewer) newest = { path, name, time };
  }
  if (newest !== undefined) return resolveBelowRoots(newest.path, roots);
  throw new ConnectorError(
    'not-found',
    `No file in ${folder} has a name that fits ${basename(pattern)}.`,
    {
      hint: 'The expression must fit the whole file name. Check it, and whether the file has arrived.',
      details: { folder, pattern: basename(pattern), files: names.length },
    },
  );
}

function compileName(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch (error) {
    throw new ConnectorError(
      'invalid-value',
      `The file name ${pattern} is not a regular expression.`,
      {
        hint: 'Correct the last part of the path, or do not have it taken for an expression.',
        cause: error,
        details: { pattern },
      },
    );
  }
}
