/** The configuration in a folder, for commands that only look at it. */
import {
  type ConfigurationFile,
  loadConfiguration,
  type Model,
  readConfigurationFolder,
} from '../config/index.ts';
import { CliError } from './errors.ts';

export interface ValidConfiguration {
  readonly model: Model;
  readonly files: readonly ConfigurationFile[];
}

/** Throws `CONFIG_NOT_VALID`, which names the first error. */
export async function readValidConfiguration(folder: string): Promise<ValidConfiguration> {
  return checkConfiguration(await readConfigurationFolder(folder), folder);
}

export function checkConfiguration(
  files: readonly ConfigurationFile[],
  place: string,
): ValidConfiguration {
  const loaded = loadConfiguration(files);
  if (loaded.status === 'valid') return { model: loaded.model, files };
  const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const told = first === undefined ? '' : ` ${first.file}:${first.line}: ${first.message}`;
  throw new CliError(
    'CONFIG_NOT_VALID',
    `The configuration of ${place} has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}.${told}`,
    { hint: '"lockstep validate" shows them all, each at its place.' },
  );
}
