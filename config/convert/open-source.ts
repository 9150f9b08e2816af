/** Finds what is to be converted: a folder of configuration files, or one of them. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { CodedError } from '../errors.ts';
import type { ConfigurationFile } from '../model.ts';
import { readConfigurationFolder, readSingleFile } from '../source/folder.ts';

export interface ConversionSource {
  /** Where the paths of the files start; absolute. */
  readonly folder: string;
  readonly isFolder: boolean;
  readonly files: readonly ConfigurationFile[];
}

/**
 * Reads the file or folder at `place`.
 *
 * Throws `CodedError` as `readConfigurationFolder` does, and `CONFIG_FOLDER_NOT_FOUND` for a project folder: its settings are
 * no configuration.
 */
export async function openConversionSource(place: string): Promise<ConversionSource> {
  const isFile = await fs.stat(place).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) {
    if (!/\.(?:xml|jsonc?)$/i.test(place)) throw notConfiguration(place);
    return { folder: path.dirname(place), isFolder: false, files: [await readSingleFile(place)] };
  }
  const files = await readConfigurationFolder(place);
  const settings = files.find((file) => /^appsettings(?:\.[^/]*)?\.json$/i.test(file.path));
  if (settings === undefined) return { folder: place, isFolder: true, files };
  throw new CodedError(
    'CONFIG_FOLDER_NOT_FOUND',
    `${place} holds ${settings.path}: it is a project folder, not the folder of its configuration.`,
    { hint: `Name the folder of the configuration, such as ${path.join(place, 'conf')}.` },
  );
}

function notConfiguration(place: string): CodedError {
  return new CodedError(
    'CONFIG_FILE_UNREADABLE',
    `${place} is no configuration file by its name.`,
    {
      hint: 'Configuration files end in .xml, .json or .jsonc.',
    },
  );
}
