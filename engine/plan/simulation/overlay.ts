/** The deployed configuration with single files put over it, as a folder that lives as long as it is needed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isConfigurationName } from '../../../config/index.ts';
import type { Workspace } from '../../job/index.ts';
import { PlanError } from '../errors.ts';

export interface OverlaidConfiguration extends AsyncDisposable {
  readonly folder: string;
  /** Which of the files took the place of a deployed one. */
  readonly replaced: readonly string[];
}

/**
 * A file takes the place of the deployed file of the same path below the configuration folder, or of the only one of the
 * same name; any other joins the configuration. What no configuration is read from is refused, and so are two files for one
 * place. Throws `PLAN_OVERLAY_AMBIGUOUS`, `USAGE_FILE_NOT_READABLE`.
 */
export async function overlayConfiguration(
  { deployed, settings }: Workspace,
  files: readonly string[],
): Promise<OverlaidConfiguration> {
  await using undo = new AsyncDisposableStack();
  await mkdir(settings.tempFolder, { recursive: true });
  const folder = await mkdtemp(join(settings.tempFolder, 'overlay-'));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const texts = new Map<string, string | Buffer>(
    deployed.files.map(({ path, text }) => [path, text]),
  );
  const replaced: string[] = [];
  const fileByPath = new Map<string, string>();
  for (const file of new Set(files.map((name) => resolve(name)))) {
    if (!isConfigurationName(basename(file))) throw describeForeign(file);
    const path = findPlace(file, [...texts.keys()], settings.configurationFolder);
    const other = fileByPath.get(path);
    if (other !== undefined) throw describeTwice(path, other, file);
    fileByPath.set(path, file);
    if (texts.has(path)) replaced.push(path);
    texts.set(path, await readOverlay(file));
  }
  for (const [path, text] of texts) {
    const place = join(folder, ...path.split('/'));
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
  }
  const held = undo.move();
  return { folder, replaced, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

function findPlace(file: string, paths: readonly string[], configurationFolder: string): string {
  const below = relative(configurationFolder, resolve(file)).split(sep).join('/');
  if (paths.includes(below)) return below;
  const name = basename(file);
  const alike = paths.filter((path) => basename(path) === name);
  if (alike.length > 1) {
    throw new PlanError(
      'PLAN_OVERLAY_AMBIGUOUS',
      `The deployed configuration has ${alike.length} files named ${name}: ${alike.join(', ')}.`,
      {
        hint: 'Give the changed file below the configuration folder, or a whole folder with --configuration.',
      },
    );
  }
  return alike[0] ?? name;
}

function describeForeign(file: string): PlanError {
  return new PlanError('USAGE_FILE_NOT_READABLE', `${file} is no file of a configuration.`, {
    hint: 'Files of a configuration are named *.xml, *.json or *.jsonc.',
  });
}

function describeTwice(path: string, first: string, second: string): PlanError {
  return new PlanError(
    'PLAN_OVERLAY_AMBIGUOUS',
    `${first} and ${second} would both stand for ${path}.`,
    { hint: 'Give one of them, or a whole folder with --configuration.' },
  );
}

async function readOverlay(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new PlanError('USAGE_FILE_NOT_READABLE', `The file ${file} cannot be read.`, {
      hint: 'Check the name and the rights of this account.',
      cause,
    });
  }
}
