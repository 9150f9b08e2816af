/** Reads a project folder's settings: `appsettings.json`, the agent's layers, and environment variables over them. */
import { join, resolve } from 'node:path';
import type { Secret } from '../secret.ts';
import { createCaseInsensitiveMap } from './case-insensitive-map.ts';
import { type Environment, readEnvironment } from './environment.ts';
import {
  findProjectFolder,
  readFolder,
  refuseOverlap,
  resolveInside,
  toLocalPath,
} from './project-folders.ts';
import { readSettingsFile } from './read-settings-file.ts';
import type { SettingObject, SettingReference } from './reference.ts';
import {
  readBoolean,
  readObject,
  readSection,
  readText,
  readTexts,
  readWholeNumber,
  toSecretSetting,
} from './setting-readers.ts';
import {
  emptySettings,
  findSetting,
  mergeSettings,
  type SettingNode,
  type SettingSection,
} from './setting-tree.ts';
import { errorAt, type SettingsError } from './settings-error.ts';

/** Where the store is. */
export type StoreSettings =
  | { readonly client: 'sqlite'; readonly file: string }
  | { readonly client: 'postgres'; readonly connection: Secret | SettingReference };

/** What a project folder says, all paths absolute. Keys unknown to us are ignored. */
export interface ProjectSettings {
  readonly folder: string;
  /** Holds the `*.xml` and `*.json` of the configuration; need not exist. */
  readonly configurationFolder: string;
  /** May be emptied between runs. */
  readonly tempFolder: string;
  readonly workFolder: string;
  readonly store: StoreSettings;
  readonly jobs: { readonly maxTaskBatchSize: number };
  readonly scheduler: { readonly isEnabled: boolean; readonly maxLockWatchTimeSeconds: number };
  readonly jobLaunchTimeoutMs: number;
  readonly taskTimeoutSupplementMinutes: number;
  readonly agentIdentifier?: string;
  /** Settings of each connection by its identifier, as written; found whatever the case. */
  readonly connections: ReadonlyMap<string, SettingObject>;
  /** Connection strings by name; found whatever the case. */
  readonly databases: ReadonlyMap<string, Secret | SettingReference>;
  /** Folders that file connections may read; empty: no restriction was configured. */
  readonly sourcesRootPaths: readonly string[];
}

/**
 * Reads the settings of the project in `folder`. Layers, the later one winning key by key: `appsettings.json`,
 * `appsettings.agent.json`, `appsettings.connection.json` in the Work folder, and variables of `environment`.
 * Secrets are not looked up: `env:` and `file:` references stay references until `resolveSetting` follows them.
 * Throws a {@link SettingsError} that names the file, line and column, or the variable, of what is wrong.
 */
export async function readProject(
  folder: string,
  environment: Environment,
): Promise<ProjectSettings> {
  const root = await findProjectFolder(folder);
  const own = await readLayer(root, 'appsettings.json');
  const agent = await readLayer(root, 'appsettings.agent.json');
  const variables = readEnvironment(environment);
  const ground = [own, agent, variables].reduce<SettingNode>(mergeSettings, emptySettings);
  refuseEncryptedLayers(ground);

  const workFolder = await readFolder(root, ground, 'WorkFolderPath', 'Work');
  const connection = await readSettingsFile(
    join(workFolder, 'appsettings.connection.json'),
    'Work/appsettings.connection.json',
  );
  const settings = [own, agent, connection, variables]
    .filter((layer) => layer !== undefined)
    .reduce<SettingNode>(mergeSettings, emptySettings);
  refuseEncryptedLayers(settings);

  const tempFolder = await readFolder(root, ground, 'TempFolderPath', 'Temp');
  const configurationFolder = join(root, 'conf');
  refuseOverlap({ root, configurationFolder, tempFolder, workFolder });
  const agentIdentifier = readText(settings, ['OpenId', 'AgentIdentifier']);
  return Object.freeze({
    folder: root,
    configurationFolder,
    tempFolder,
    workFolder,
    store: await readStore(root, workFolder, settings),
    jobs: Object.freeze({
      maxTaskBatchSize: readWholeNumber(settings, ['Jobs', 'MaxTaskBatchSize'], 5, 1),
    }),
    scheduler: Object.freeze({
      isEnabled: readBoolean(settings, ['Scheduler', 'Enabled'], false),
      maxLockWatchTimeSeconds: readWholeNumber(
        settings,
        ['Scheduler', 'MaxLockWatchTime'],
        1800,
        0,
      ),
    }),
    jobLaunchTimeoutMs: readWholeNumber(settings, ['JobLaunchTimeout'], 7500, 0),
    taskTimeoutSupplementMinutes: readWholeNumber(settings, ['TaskTimeoutSupplement'], 0, 0),
    ...(agentIdentifier === undefined ? {} : { agentIdentifier }),
    connections: createCaseInsensitiveMap(
      readSection(settings, ['Connections']).map(({ key, node }) => [key, readObject(node, key)]),
    ),
    databases: createCaseInsensitiveMap(
      readSection(settings, ['Databases']).map(({ key, node }) => [
        key,
        toSecretSetting(node, `Databases.${key}`),
      ]),
    ),
    sourcesRootPaths: readSourcesRootPaths(root, settings),
  });
}

async function readLayer(root: string, name: string): Promise<SettingSection> {
  return (await readSettingsFile(join(root, name), name)) ?? emptySettings;
}

/** Encrypted files and vaults would win over what we read; running without them would use wrong or missing secrets. */
function refuseEncryptedLayers(settings: SettingNode): void {
  const switches = [
    ['EncryptionCertificate', 'UseEncryptedAppsettings'],
    ['CyberArk', 'UseCyberArkSetting'],
  ] as const;
  for (const path of switches) {
    const node = findSetting(settings, path);
    if (node !== undefined && readBoolean(settings, path, false)) {
      throw unsupportedLayer(node, path.join('.'));
    }
  }
  const vault = findSetting(settings, ['Vault']);
  if (vault === undefined) return;
  if (vault.kind === 'section' || (vault.value !== null && vault.value !== '')) {
    throw unsupportedLayer(vault, 'Vault');
  }
}

function unsupportedLayer(node: SettingNode, key: string): SettingsError {
  return errorAt(
    node.origin,
    'SETTINGS_LAYER_UNSUPPORTED',
    `"${key}" switches on encrypted settings or a vault, which this version cannot read.`,
    {
      hint: 'Switch it off and name each secret with an env: or file: reference instead.',
      details: { key },
    },
  );
}

async function readStore(
  root: string,
  workFolder: string,
  settings: SettingNode,
): Promise<StoreSettings> {
  const clientNode = findSetting(settings, ['Store', 'Client']);
  const client = (readText(settings, ['Store', 'Client']) ?? 'sqlite').toLowerCase();
  if (client === 'sqlite') {
    const fileNode = findSetting(settings, ['Store', 'File']);
    const written = readText(settings, ['Store', 'File']);
    const file =
      written === undefined
        ? join(workFolder, 'lockstep.db')
        : await resolveInside(root, written, fileNode?.origin, 'Store.File');
    return Object.freeze({ client: 'sqlite', file });
  }
  if (client === 'postgres') {
    const connection = findSetting(settings, ['Store', 'Connection']);
    if (connection !== undefined) {
      return Object.freeze({
        client: 'postgres',
        connection: toSecretSetting(connection, 'Store.Connection'),
      });
    }
  }
  throw errorAt(
    clientNode?.origin ?? emptySettings.origin,
    'SETTINGS_VALUE_INVALID',
    client === 'postgres'
      ? '"Store.Client" is "postgres", but "Store.Connection" is missing.'
      : '"Store.Client" must be "sqlite" or "postgres".',
    {
      hint: 'Write {"Store": {"Client": "sqlite"}}, or {"Store": {"Client": "postgres", "Connection": "env:LOCKSTEP_STORE"}}.',
      details: { key: 'Store.Client' },
    },
  );
}

/** Relative folders start at the project folder; this list is itself what may be read, so `..` is the operator's word. */
function readSourcesRootPaths(root: string, settings: SettingNode): readonly string[] {
  const key = 'SourcesRootPaths';
  return Object.freeze(
    readTexts(settings, [key]).map(({ text, origin }) =>
      resolve(root, toLocalPath(text, origin, key)),
    ),
  );
}
