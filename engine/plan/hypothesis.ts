/** A project as it would be with another configuration, or with other data: the same tasks as ever, over a copy of the store. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, formatDiagnostic } from '../../config/index.ts';
import {
  computeCorrelationKeys,
  deployProject,
  evaluatePolicy,
  type ItemChange,
  openWorkspace,
  type TaskOutcome,
  Turns,
  updatePropertyExpressions,
  type Workspace,
} from '../job/index.ts';
import type { ModelMigrationStep } from '../store/index.ts';
import { PlanError } from './errors.ts';
import { type LoadedSource, loadSupposedData } from './supposed-data.ts';

export interface Hypothesis {
  /** Another configuration: a folder like `conf`. Absent: the deployed one. */
  readonly configurationFolder?: string;
  /**
   * Other data: a folder of files named like connection tables (`<ConnectionTable>.csv`), as an export leaves them, or like
   * the files that connections read. Tables without a file stay as they are in the store.
   */
  readonly dataFolder?: string;
}

/** What is supposed, in a copy of the store. Closing it leaves nothing behind. */
export interface Supposed extends AsyncDisposable {
  /** Every task may run here: nothing reaches the store or a managed system, unless the task itself writes to one. */
  readonly workspace: Workspace;
  /** Elements of the configuration that differ from the deployed ones. */
  readonly items: readonly ItemChange[];
  readonly migration: readonly ModelMigrationStep[];
  /** Findings about the supposed configuration that are no errors. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly LoadedSource[];
}

/**
 * Opens a copy of the store with the hypothesis in force: configuration deployed, data loaded, nothing evaluated yet. Throws
 * `PLAN_CONFIGURATION_INVALID` with every error of the configuration, `PLAN_DATA_UNKNOWN` for data that belong to nothing.
 */
export async function suppose(workspace: Workspace, hypothesis: Hypothesis): Promise<Supposed> {
  const folder = join(workspace.settings.tempFolder, 'Plans', randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await using undo = new AsyncDisposableStack();
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await removeAbandoned(join(workspace.settings.tempFolder, 'Plans'), workspace.effects.now());
  const { configurationFolder, dataFolder } = hypothesis;
  const copy = await workspace.store.openCopy({
    folder,
    changesResources: configurationFolder !== undefined || dataFolder !== undefined,
  });
  undo.use(copy);
  const settings: Workspace['settings'] = {
    ...workspace.settings,
    tempFolder: join(folder, 'Temp'),
    workFolder: join(folder, 'Work'),
  };
  const copied: Workspace = { ...workspace, settings, store: copy, turns: new Turns() };
  const changed =
    configurationFolder === undefined
      ? { workspace: copied, items: [], migration: [], diagnostics: [] }
      : await deploySupposed(copied, configurationFolder);
  const sources =
    dataFolder === undefined ? [] : await loadSupposedData(changed.workspace, dataFolder);
  const held = undo.move();
  return { ...changed, sources, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Expressions, correlation keys and policy, computed in the copy: what a job does before orders are made. */
export async function evaluateSupposed(
  { workspace }: Supposed,
  options: { readonly entityTypes: readonly string[] },
): Promise<readonly TaskOutcome[]> {
  return evaluateAll(workspace, options.entityTypes);
}

/** The same for any workspace. Incremental, which gives what a complete evaluation gives. */
export async function evaluateAll(
  workspace: Workspace,
  entityTypes: readonly string[],
): Promise<readonly TaskOutcome[]> {
  const dirty = true;
  const { signal } = workspace.effects;
  const expressions = await updatePropertyExpressions(workspace, { entityTypes: [], dirty });
  signal.throwIfAborted();
  const keys = await computeCorrelationKeys(workspace, { dirty });
  signal.throwIfAborted();
  const policy = await evaluatePolicy(workspace, {
    entityTypes,
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  return [expressions, keys, policy];
}

async function deploySupposed(
  workspace: Workspace,
  configurationFolder: string,
): Promise<Pick<Supposed, 'workspace' | 'items' | 'migration' | 'diagnostics'>> {
  const settings = { ...workspace.settings, configurationFolder };
  const project = { ...workspace, settings, [Symbol.asyncDispose]: async () => undefined };
  const outcome = await deployProject(project, { isDryRun: false });
  if (outcome.status === 'invalid') throw describeInvalid(configurationFolder, outcome);
  if (outcome.files.length === 0)
    throw new PlanError(
      'PLAN_CONFIGURATION_INVALID',
      `There is no configuration file in ${configurationFolder}.`,
      { hint: 'Name a folder like "conf", with *.xml or *.json files. Nothing was changed.' },
    );
  const { items, migration, diagnostics } = outcome;
  return { workspace: await openWorkspace(project), items, migration, diagnostics };
}

const toldErrors = 10;

function describeInvalid(
  folder: string,
  { diagnostics, files }: Extract<Awaited<ReturnType<typeof deployProject>>, { status: 'invalid' }>,
): PlanError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const told = errors
    .slice(0, toldErrors)
    .map((diagnostic) => formatDiagnostic(diagnostic, texts.get(diagnostic.file)));
  const more = errors.length > toldErrors ? `\n… and ${errors.length - toldErrors} more.` : '';
  return new PlanError(
    'PLAN_CONFIGURATION_INVALID',
    `The configuration in ${folder} has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n${told.join('\n')}${more}`,
    {
      hint: 'Correct what is named, then make the plan again. Nothing was changed.',
      details: { diagnostics: errors },
    },
  );
}

const dayMs = 24 * 60 * 60 * 1000;

/** Folders of processes that were killed. */
async function removeAbandoned(folder: string, now: number): Promise<void> {
  const { stat } = await import('node:fs/promises');
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && now - found.mtimeMs > dayMs)
      await rm(path, { recursive: true, force: true });
  }
}
