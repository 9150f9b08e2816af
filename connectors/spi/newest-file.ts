/** Files named by a regular expression: the newest one counts. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { compilePattern } from '../../config/index.ts';
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
  const fits = compileName(basename(pattern));
  let newest: { readonly path: string; readonly name: string; readonly time: number } | undefined;
  for (const name of names) {
    if (!fits(name)) continue;
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

/** Longer expressions are a mistake, or somebody's attempt to keep the program busy. */
const maxPatternLength = 500;

/**
 * Whether a name fits, as a whole. Names come from whoever may write to the folder, so that time must not grow out of hand:
 * only expressions that look ahead or back go to the engine of the language.
 */
function compileName(pattern: string): (name: string) => boolean {
  const isTooLong = pattern.length > maxPatternLength;
  const compiled = isTooLong ? undefined : compilePattern(pattern, false);
  if (compiled?.status === 'compiled') return compiled.matches;
  try {
    if (isTooLong) throw new SyntaxError('The expression is too long.');
    const expression = new RegExp(`^(?:${pattern})$`);
    return (name) => expression.test(name);
  } catch (error) {
    const shown = pattern.slice(0, maxPatternLength);
    throw new ConnectorError(
      'invalid-value',
      `The file name ${shown} is not a regular expression.`,
      {
        hint: 'Correct the last part of the path, or do not have it taken for an expression.',
        cause: error,
        details: { pattern: shown },
      },
    );
  }
}
