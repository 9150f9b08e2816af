/** Which configuration a file belongs to: the project around it, or the folder that was opened. */
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { type Environment, readProjectFolders } from '../../config/index.ts';

/** Folders above a file that are looked at. */
const maximumHeight = 32;

/**
 * The configuration folder of `file`, absolute; `undefined` when it is none of a configuration. Looks only at folders on the way
 * up to the opened folder, or where none is opened, to the project.
 */
export async function findConfigurationFolder(
  file: string,
  openedFolders: readonly string[],
  environment: Environment,
): Promise<string | undefined> {
  const opened = openedFolders.find((folder) => isBelow(folder, file));
  let folder = dirname(file);
  for (let height = 0; height < maximumHeight; height += 1) {
    const found = await configurationOf(folder, environment);
    if (found !== undefined && isBelow(found, file)) return found;
    if (folder === opened || dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  return opened !== undefined && (await isPlain(opened)) ? opened : undefined;
}

/** The configuration folder of a project folder; of a folder named `conf`, the folder itself. */
export async function configurationOf(
  folder: string,
  environment: Environment,
): Promise<string | undefined> {
  const isProject = await isThere(join(folder, 'appsettings.json'));
  if (isProject || (await isThere(join(folder, 'conf')))) {
    const settings = await readProjectFolders(folder, environment).catch(() => undefined);
    // Settings that cannot be read are the matter of other commands: here the usual place does.
    if (settings === undefined) return join(folder, 'conf');
    // As the client writes it: the settings give the real path, which may differ by links.
    const local = relative(await realFolder(folder), settings.configurationFolder);
    return local.startsWith('..') ? settings.configurationFolder : join(folder, local);
  }
  return basename(folder) === 'conf' ? folder : undefined;
}

async function realFolder(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}

/** True for a folder that holds a configuration file itself. */
async function isPlain(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.toLowerCase().endsWith('.xml')).slice(0, 20)) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text.slice(0, 2000).includes('ConfigurationFile')) return true;
  }
  return false;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
