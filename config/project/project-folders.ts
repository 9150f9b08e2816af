/** Where a project's folders are, and which places they may not be in. */
import { realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isInside, resolveProjectPath } from './project-path.ts';
import { readText } from './setting-readers.ts';
import { emptySettings, findSetting, type SettingNode } from './setting-tree.ts';
import { errorAt, SettingsError } from './settings-error.ts';

/** The real path of the project folder. Throws when it is missing or holds no project. */
export async function findProjectFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  if (!(await isFolder(path))) {
    throw new SettingsError('PROJECT_FOLDER_MISSING', `There is no folder ${path}.`, {
      hint: 'Give the project folder with -C, or create one with "lockstep init <folder>".',
      details: { folder: path },
    });
  }
  const root = await realpath(path);
  const hasSettings = await exists(join(root, 'appsettings.json'));
  if (!hasSettings && !(await isFolder(join(root, 'conf')))) {
    throw new SettingsError(
      'PROJECT_FOLDER_EMPTY',
      `${root} is not a project folder: it has neither appsettings.json nor a folder conf.`,
      {
        hint: 'Give the project folder with -C, or create one with "lockstep init <folder>".',
        details: { folder: root },
      },
    );
  }
  return root;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The folder that the setting `key` names, or `initial` inside the project. It need not exist. */
export async function readFolder(
  root: string,
  settings: SettingNode,
  key: string,
  initial: string,
): Promise<string> {
  const origin = findSetting(settings, [key])?.origin ?? emptySettings.origin;
  const path = await resolveInside(root, readText(settings, [key]) ?? initial, origin, key);
  if ((await exists(path)) && !(await isFolder(path))) {
    throw errorAt(origin, 'SETTINGS_VALUE_INVALID', `"${key}" leads to ${path}, a file.`, {
      hint: 'Name a folder, or remove the file; folders that do not exist yet are created.',
      details: { key, path },
    });
  }
  return path;
}

/** The absolute path of `written`; both kinds of slashes separate, as settings files come from Windows too. */
export async function resolveInside(
  root: string,
  written: string,
  origin: SettingNode['origin'] = emptySettings.origin,
  key: string,
): Promise<string> {
  const local = toLocalPath(written, origin, key);
  const found = await resolveProjectPath(root, local).catch((cause: unknown) => {
    throw errorAt(
      origin,
      'SETTINGS_VALUE_INVALID',
      `"${key}" leads to a path that cannot be used.`,
      {
        cause,
        hint: 'Make sure that no part of it is a file, a link to itself, or closed to this account.',
        details: { key },
      },
    );
  });
  if (found.status !== 'escapes') return found.path;
  throw errorAt(
    origin,
    'PROJECT_PATH_ESCAPES',
    `"${key}" is relative but leads out of the project folder, to ${found.path}.`,
    {
      hint: 'Keep it inside the project folder (no "..", no symbolic link that leads out), or write the absolute path if it is meant to be elsewhere.',
      details: { key, path: found.path },
    },
  );
}

/** `written` with the slashes of this system. Throws when it is no path here. */
export function toLocalPath(written: string, origin: SettingNode['origin'], key: string): string {
  const path = process.platform === 'win32' ? written : written.replaceAll('\\', '/');
  const isForeign = process.platform !== 'win32' && /^[A-Za-z]:/u.test(path);
  if (path.trim() === '' || path.includes('\0') || isForeign) {
    throw errorAt(origin, 'SETTINGS_VALUE_INVALID', `"${key}" is not a path of this system.`, {
      hint: 'Write a path that is not empty, has no NUL character and no drive letter of another system.',
      details: { key },
    });
  }
  return path;
}

/** Emptying Temp must never empty anything else, and runs must not write into the configuration. */
export function refuseOverlap(folders: {
  readonly root: string;
  readonly configurationFolder: string;
  readonly tempFolder: string;
  readonly workFolder: string;
}): void {
  const { root, configurationFolder, tempFolder, workFolder } = folders;
  const isTempUnsafe = [root, configurationFolder, workFolder].some((kept) =>
    isInside(tempFolder, kept),
  );
  const isMixed =
    isInside(configurationFolder, tempFolder) ||
    isInside(configurationFolder, workFolder) ||
    isInside(workFolder, configurationFolder) ||
    isInside(workFolder, tempFolder);
  if (!isTempUnsafe && !isMixed) return;
  throw new SettingsError(
    'PROJECT_FOLDERS_OVERLAP',
    `The folders conf (${configurationFolder}), TempFolderPath (${tempFolder}) and WorkFolderPath (${workFolder}) lie in one another.`,
    {
      hint: 'Give each a folder of its own: Temp may be emptied at any time, Work must survive, conf is only read.',
      details: { configurationFolder, tempFolder, workFolder },
    },
  );
}
