/** Deployment: the store brought to the configuration in the project folder. */
import {
  type ConfigurationFile,
  type ConfigurationItem,
  type Diagnostic,
  loadConfiguration,
  type Model,
  readConfigurationFolder,
} from '../../config/index.ts';
import {
  checkFence,
  deployModel,
  finishRun,
  type ModelMigrationStep,
  readDeployedConfiguration,
  startRun,
  writeDeployedConfiguration,
} from '../store/index.ts';
import { withPackageFindings } from './check-packages.ts';
import { withLease } from './with-lease.ts';
import type { Project } from './workspace.ts';

export interface ItemChange {
  readonly change: 'inserted' | 'changed' | 'removed';
  readonly element: string;
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

export type DeployOutcome =
  | {
      readonly status: 'invalid';
      readonly diagnostics: readonly Diagnostic[];
      readonly files: readonly ConfigurationFile[];
    }
  | {
      readonly status: 'deployed' | 'unchanged' | 'planned';
      readonly hash: string;
      readonly items: readonly ItemChange[];
      readonly migration: readonly ModelMigrationStep[];
      readonly diagnostics: readonly Diagnostic[];
      readonly files: readonly ConfigurationFile[];
    };

/** Reads, checks and compares; writes nothing when the configuration has errors, on a dry run, or when nothing differs. */
export async function deployProject(
  project: Project,
  options: { readonly isDryRun: boolean },
): Promise<DeployOutcome> {
  const files = await readConfigurationFolder(project.settings.configurationFolder);
  const loaded = withPackageFindings(loadConfiguration(files));
  if (loaded.status === 'invalid')
    return { status: 'invalid', diagnostics: loaded.diagnostics, files };
  const { model, diagnostics } = loaded;
  return withLease(project, 'deploy', async (lease) => {
    const { store, effects } = project;
    return store.transaction(async (t): Promise<DeployOutcome> => {
      await checkFence(t, lease);
      const deployed = await readDeployedConfiguration(t);
      const items = compareItems(deployed === null ? [] : itemsOf(deployed.files), model.items);
      const migration = await deployModel(t, model, true);
      const result = { hash: model.hash, items, migration, diagnostics, files };
      if (options.isDryRun) return { status: 'planned', ...result };
      const isSame =
        deployed !== null &&
        deployed.hash === model.hash &&
        isSameFiles(deployed.files, files) &&
        migration.length === 0;
      if (isSame) return { status: 'unchanged', ...result };
      const at = new Date(effects.now()).toISOString();
      const runId = await startRun(t, {
        kind: 'deploy',
        subject: '',
        configurationHash: model.hash,
        startedAt: at,
      });
      await deployModel(t, model, false);
      await writeDeployedConfiguration(t, { hash: model.hash, deployedAt: at, files });
      await finishRun(t, runId, {
        status: 'done',
        finishedAt: at,
        details: { items: items.length, migration },
      });
      return { status: 'deployed', ...result };
    });
  });
}

function itemsOf(files: readonly ConfigurationFile[]): Model['items'] {
  const loaded = loadConfiguration(files);
  return loaded.status === 'valid' ? loaded.model.items : [];
}

function compareItems(
  before: readonly ConfigurationItem[],
  after: readonly ConfigurationItem[],
): readonly ItemChange[] {
  const name = (item: ConfigurationItem): string => `${item.element}\u001f${item.key}`;
  const stored = new Map(before.map((item) => [name(item), item]));
  const changes: ItemChange[] = [];
  const describe = (change: ItemChange['change'], item: ConfigurationItem): ItemChange => ({
    change,
    element: item.element,
    key: item.key,
    file: item.at.file,
    line: item.at.line,
  });
  for (const item of after) {
    const known = stored.get(name(item));
    stored.delete(name(item));
    if (known === undefined) changes.push(describe('inserted', item));
    else if (known.content !== item.content) changes.push(describe('changed', item));
  }
  for (const item of stored.values()) changes.push(describe('removed', item));
  return changes;
}

function isSameFiles(a: readonly ConfigurationFile[], b: readonly ConfigurationFile[]): boolean {
  return (
    a.length === b.length &&
    a.every((file, index) => file.path === b[index]?.path && file.text === b[index]?.text)
  );
}
