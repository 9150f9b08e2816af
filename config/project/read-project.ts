/** The settings of a project folder, typed: paths absolute, secrets not to be seen. */
import { join, resolve } from 'node:path';
import type { Secret } from '../secret.ts';
import { createCaseInsensitiveMap } from './case-insensitive-map.ts';
import type { Environment } from './environment.ts';
import { readFolder, refuseOverlap, resolveInside, toLocalPath } from './project-folders.ts';
import type { SettingObject } from './reference.ts';
import type { SettingsWarning } from './setting-keys.ts';
import {
  type ReadOptions,
  readLayers,
  readPlainLayers,
  type SettingLayers,
} from './setting-layers.ts';
import {
  readBoolean,
  readObject,
  readObjectAt,
  readSection,
  readText,
  readTexts,
  readWholeNumber,
  toSecretSetting,
} from './setting-readers.ts';
import type { SettingReference } from './setting-reference.ts';
import { emptySettings, findSetting, type SettingNode } from './setting-tree.ts';
import { errorAt } from './settings-error.ts';

/** Where the store is. */
export type StoreSettings =
  | { readonly client: 'sqlite'; readonly file: string }
  | { readonly client: 'postgres'; readonly connection: Secret | SettingReference };

/** How `lockstep scheduler` works. */
export interface SchedulerSettings {
  readonly isEnabled: boolean;
  /** How long another scheduler is waited for; 0 waits forever, a negative number does not wait. */
  readonly maxLockWatchTimeSeconds: number;
  /** Jobs that run at the same time. */
  readonly maxParallelJobs: number;
  /** IANA name of the zone of `ServerTime`; the machine's own when not given. */
  readonly timeZone?: string;
}

/** What replaces the paths of an SQL task in this environment. */
export interface SqlCommandOverride {
  readonly sqlInputFile?: string;
  readonly outputPath?: string;
}

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
  readonly scheduler: SchedulerSettings;
  readonly jobLaunchTimeoutMs: number;
  readonly taskTimeoutSupplementMinutes: number;
  readonly agentIdentifier?: string;
  /** Who may approve requests, by identifier of a role, category or policy (`X/2`: its second step alone). */
  readonly roleApprovers: ReadonlyMap<string, readonly string[]>;
  /** What is held indirectly is not computed: what is stored about it stays. */
  readonly disablesIndirectPermissions: boolean;
  /** Settings of each connection by its identifier, as written; found whatever the case. */
  readonly connections: ReadonlyMap<string, SettingObject>;
  /** Connection strings by name; found whatever the case. */
  readonly databases: ReadonlyMap<string, Secret | SettingReference>;
  /** By the identifier of the task; found whatever the case. */
  readonly invokeSqlCommands: ReadonlyMap<string, SqlCommandOverride>;
  /** Folders that file connections may read; empty: no restriction was configured. */
  readonly sourcesRootPaths: readonly string[];
  /** Sections of how mail is sent, as written: of all mail, and where passwords go another way. */
  readonly mail: { readonly usual?: SettingObject; readonly passwords?: SettingObject };
  /** Languages that mails are written in, one after the other. */
  readonly notificationCultures: readonly string[];
  /** Who may answer tickets and who is told of them, by identifier of a resource type, connection or source entity type. */
  readonly manualProvisioning: {
    readonly operators: ReadonlyMap<string, readonly string[]>;
    readonly notified: ReadonlyMap<string, readonly string[]>;
  };
  /** What does not keep the settings from being used, and should be looked at. */
  readonly warnings: readonly SettingsWarning[];
}

/** Where the folders of a project are. */
export type ProjectFolders = Pick<
  ProjectSettings,
  'folder' | 'configurationFolder' | 'tempFolder' | 'workFolder'
>;

/**
 * Reads the settings of the project in `folder` from all layers (see `setting-layers.ts`), the later one winning key by key.
 * What is written as `env:` or `file:`, is encrypted or is in a vault stays a reference until `resolveSetting` follows it.
 * Throws a {@link SettingsError} that names the file, line and column, the variable, or the secret of what is wrong.
 */
export async function readProject(
  folder: string,
  environment: Environment,
  options: ReadOptions = {},
): Promise<ProjectSettings> {
  return toProjectSettings(await readLayers(folder, environment, options));
}

/**
 * The folders alone, for commands that need no secrets: no certificate is opened and no vault is asked. Settings are checked
 * as far as they can be without.
 */
export async function readProjectFolders(
  folder: string,
  environment: Environment,
): Promise<ProjectFolders> {
  const layers = await readPlainLayers(folder, environment);
  return layers.isComplete ? toProjectSettings(layers) : readFolders(layers);
}

async function readFolders({ root, workFolder, settings }: SettingLayers): Promise<ProjectFolders> {
  const tempFolder = await readFolder(root, settings, 'TempFolderPath', 'Temp');
  const configurationFolder = join(root, 'conf');
  refuseOverlap({ root, configurationFolder, tempFolder, workFolder });
  return Object.freeze({ folder: root, configurationFolder, tempFolder, workFolder });
}

async function toProjectSettings(layers: SettingLayers): Promise<ProjectSettings> {
  const { root, workFolder, settings, warnings } = layers;
  const agentIdentifier = readText(settings, ['OpenId', 'AgentIdentifier']);
  return Object.freeze({
    ...(await readFolders(layers)),
    store: await readStore(root, workFolder, settings),
    jobs: Object.freeze({
      maxTaskBatchSize: readWholeNumber(settings, ['Jobs', 'MaxTaskBatchSize'], 5, 1),
    }),
    scheduler: readSchedulerSettings(settings),
    roleApprovers: readLists(settings, ['RoleReview', 'Approvers']),
    disablesIndirectPermissions: readBoolean(settings, ['DisableIndirectPermissions'], false),
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
    invokeSqlCommands: createCaseInsensitiveMap(
      readSection(settings, ['InvokeSqlCommands']).map(({ key, node }) => [
        key,
        readSqlCommandOverride(node),
      ]),
    ),
    sourcesRootPaths: readSourcesRootPaths(root, settings),
    mail: readMail(settings),
    notificationCultures: readCultures(settings),
    manualProvisioning: Object.freeze({
      operators: readLists(settings, ['ManualProvisioning', 'Operators']),
      notified: readLists(settings, ['ManualProvisioning', 'Notified']),
    }),
    warnings,
  });
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

/** Names of people, by identifier. */
function readLists(
  settings: SettingNode,
  path: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    readSection(settings, path).map(({ key }) => [
      key,
      Object.freeze(readTexts(settings, [...path, key]).map(({ text }) => text)),
    ]),
  );
}

function readMail(settings: SettingNode): ProjectSettings['mail'] {
  const usual = readObjectAt(settings, ['MailSettings']);
  const passwords = readObjectAt(settings, ['PasswordResetSettings', 'MailSettings']);
  return Object.freeze({
    ...(usual === undefined ? {} : { usual }),
    ...(passwords === undefined ? {} : { passwords }),
  });
}

function readCultures(settings: SettingNode): readonly string[] {
  const path = ['PasswordResetSettings', 'NotificationSettings', 'Cultures'];
  const written = readTexts(settings, path).map(({ text }) => text.trim());
  return Object.freeze(written.length === 0 ? ['en'] : written);
}

function readSchedulerSettings(settings: SettingNode): SchedulerSettings {
  const timeZone = readTimeZone(settings);
  return Object.freeze({
    isEnabled: readBoolean(settings, ['Scheduler', 'Enabled'], true),
    maxLockWatchTimeSeconds: readWholeNumber(
      settings,
      ['Scheduler', 'MaxLockWatchTime'],
      1800,
      Number.MIN_SAFE_INTEGER,
    ),
    maxParallelJobs: readWholeNumber(settings, ['Scheduler', 'MaxParallelJobs'], 2, 1),
    ...(timeZone === undefined ? {} : { timeZone }),
  });
}

function readTimeZone(settings: SettingNode): string | undefined {
  const timeZone = readText(settings, ['Scheduler', 'TimeZone']);
  if (timeZone === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    const node = findSetting(settings, ['Scheduler', 'TimeZone']);
    throw errorAt(
      node?.origin ?? emptySettings.origin,
      'SETTINGS_VALUE_INVALID',
      `"Scheduler.TimeZone" names no time zone: ${timeZone}.`,
      {
        hint: 'Write an IANA name such as Europe/Paris, or leave it out for the zone of the machine.',
        details: { key: 'Scheduler.TimeZone' },
      },
    );
  }
}

function readSqlCommandOverride(node: SettingNode): SqlCommandOverride {
  const sqlInputFile = readText(node, ['SQLInputFile']);
  const outputPath = readText(node, ['OutputPath']);
  return Object.freeze({
    ...(sqlInputFile === undefined ? {} : { sqlInputFile }),
    ...(outputPath === undefined ? {} : { outputPath }),
  });
}
