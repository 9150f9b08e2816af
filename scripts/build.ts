/**
 * Builds `dist/` from nothing: what the package ships instead of the sources. Our own modules are joined into a few files,
 * because looking up some seven hundred files costs more than all else at the start. So are libraries of many files that every
 * start needs, with their licences beside them; the others stay where npm puts them.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { joinedLibraries, joinModules } from './join-modules.ts';

const root = join(import.meta.dirname, '..');
const output = join(root, 'dist');

// Files of modules that are gone must not stay in the package.
rmSync(output, { recursive: true, force: true });
await joinModules('main', join(root, 'cli', 'main.ts'), join(output, 'cli'));
// What connectors outside of this repository are written with: import 'lockstep/dist/connectors/authors.js'.
const authors = join(root, 'connectors', 'spi', 'contract', 'authors.ts');
await joinModules('authors', authors, join(output, 'connectors'));
// A process of its own, which stands beside the file that starts it.
const childOfOdbc = join(root, 'connectors', 'sql', 'odbc-child.ts');
await joinModules('odbc-child', childOfOdbc, join(output, 'cli'));
for (const library of joinedLibraries) copyLicence(library);

/** Whoever passes a library on passes its licence on. */
function copyLicence(library: string): void {
  const folder = join(root, 'node_modules', library);
  const file = ['LICENSE', 'license', 'LICENSE.md', 'license.md', 'LICENSE.txt']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${library} has no licence file to ship with it.`);
  const licences = join(output, 'licenses');
  mkdirSync(licences, { recursive: true });
  copyFileSync(file, join(licences, `${library.replace('/', '-')}.txt`));
}
