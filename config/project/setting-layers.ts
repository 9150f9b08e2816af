/**
 * All layers of a project's settings, lowest first: `appsettings.json`, `appsettings.agent.json`, their encrypted counterparts,
 * Azure Key Vault, CyberArk, `appsettings.connection.json` of the Work folder, variables of the environment.
 */
import { join } from 'node:path';
import type { Secret } from '../secret.ts';
import { type Certificate, validityOf } from './encryption/certificate.ts';
import {
  findNamedCertificate,
  isPasswordWrittenOut,
  openEncryptionCertificate,
} from './encryption/certificate-settings.ts';
import {
  hideEncryptedValues,
  holdsEncryptedValues,
  nameOf,
  refusePlainValues,
} from './encryption/encrypted-layer.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { findProjectFolder, readFolder } from './project-folders.ts';
import { readSettingsFile } from './read-settings-file.ts';
import { findMisspeltKeys, type SettingsWarning } from './setting-keys.ts';
import { readBoolean, readText, readTexts, scalarOf } from './setting-readers.ts';
import {
  emptySettings,
  findSetting,
  mergeSettings,
  type SettingNode,
  type SettingSection,
  settleSettings,
} from './setting-tree.ts';
import { errorAt, type SettingOrigin, type SettingsError } from './settings-error.ts';
import type { KeyVault, KeyVaultAccess } from './vaults/azure-key-vault.ts';
import { toVaultLayer, VaultError } from './vaults/secret-vault.ts';

export interface SettingLayer {
  /** For people: the name of its file, vault, or `environment`. */
  readonly name: string;
  readonly tree: SettingSection;
}

export interface SettingLayers {
  readonly root: string;
  readonly workFolder: string;
  /** Lowest first. */
  readonly layers: readonly SettingLayer[];
  readonly settings: SettingNode;
  readonly warnings: readonly SettingsWarning[];
}

export interface ReadOptions {
  /** Milliseconds since the epoch; by it a certificate is in force or not. */
  readonly now?: () => number;
  /** Cuts off what is asked of a vault, now and when its values are read. */
  readonly signal?: AbortSignal;
  /** How Azure Key Vault is reached; left out: with the identity of this machine. */
  readonly keyVault?: KeyVaultAccess;
}

/** Values of these are read when a connection or the store is used. */
const keptSections = [
  ['Connections'],
  ['Databases'],
  ['Store', 'Connection'],
  ['OpenId', 'OpenIdClients'],
  ['MailSettings'],
  ['PasswordResetSettings', 'MailSettings'],
] as const;

/** What says which layers there are, and where: it must be known before they are read. */
const groundKeys = [
  ['EncryptionCertificate', 'UseEncryptedAppsettings'],
  ['CyberArk', 'UseCyberArkSetting'],
  ['Vault'],
  ['TempFolderPath'],
  ['WorkFolderPath'],
] as const;

export const connectionFileName = 'appsettings.connection.json';
const connectionLayerName = `Work/${connectionFileName}`;
const expiryWarningDays = 30;

interface Ground {
  readonly root: string;
  readonly environment: Environment;
  readonly plain: readonly SettingLayer[];
  readonly variables: SettingLayer;
  /** The plain files and the environment. */
  readonly settings: SettingNode;
  readonly workFolder: string;
  readonly connection: SettingLayer;
}

/** The plain layers alone, and whether there are others: for commands that need no secrets. */
export async function readPlainLayers(
  folder: string,
  environment: Environment,
): Promise<SettingLayers & { readonly isComplete: boolean }> {
  const ground = await readGround(folder, environment);
  const { root, workFolder, plain, connection, variables, settings: bottom } = ground;
  const layers = [...plain, connection, variables];
  const settings = mergeLayers(layers);
  const isComplete =
    !readBoolean(bottom, ['EncryptionCertificate', 'UseEncryptedAppsettings'], false) &&
    !readBoolean(bottom, ['CyberArk', 'UseCyberArkSetting'], false) &&
    readVaultUrl(bottom) === undefined &&
    !layers.some(({ tree }) => holdsEncryptedValues(tree));
  return { root, workFolder, layers, settings, warnings: [], isComplete };
}

/** Every layer. Encrypted values and those of vaults stay hidden until they are used. */
export async function readLayers(
  folder: string,
  environment: Environment,
  options: ReadOptions = {},
): Promise<SettingLayers> {
  const ground = await readGround(folder, environment);
  const openVault = once(() => openVaultOf(ground, options));
  const openCertificate = once(() => openCertificateOf(ground, openVault));
  const written = [
    ...ground.plain,
    ...(await readEncryptedLayers(ground)),
    ground.connection,
    ground.variables,
  ];
  const warnings: SettingsWarning[] = [];
  if (written.some(({ tree }) => holdsEncryptedValues(tree))) {
    // Opened before anything runs: a wrong certificate stops no job halfway.
    warnings.push(...judgeCertificate(ground, await openCertificate(), options.now ?? Date.now));
  }
  const hidden = written.map(({ name, tree }) => ({
    name,
    tree: hideEncryptedValues(tree, openCertificate),
  }));
  const vaults = await readVaultLayers(ground, openVault, options);
  const layers = [...hidden.slice(0, -2), ...vaults, ...hidden.slice(-2)];
  const settings = await settleSettings(mergeLayers(layers), keptSections);
  refuseLateKeys(ground, settings);
  warnings.push(...findMisspeltKeys(settings));
  return { root: ground.root, workFolder: ground.workFolder, layers, settings, warnings };
}

/** The certificate for the tools that encrypt and decrypt; `password` is tried in place of the one that the settings name. */
export async function openProjectCertificate(
  folder: string,
  environment: Environment,
  options: ReadOptions & { readonly password?: Secret } = {},
): Promise<Certificate> {
  const ground = await readGround(folder, environment);
  const { password } = options;
  return openCertificateOf(
    ground,
    () => openVaultOf(ground, options),
    password === undefined ? {} : { password },
  );
}

const passwordSection = 'PasswordResetSettings.EncryptionCertificate';

/**
 * The certificate that what the program itself must keep secret is encrypted for: that of the passwords, else that of the
 * settings; `null` when neither is named.
 */
export async function openSecretsCertificate(
  folder: string,
  environment: Environment,
  options: ReadOptions = {},
): Promise<Certificate | null> {
  const ground = await readGround(folder, environment);
  for (const section of [passwordSection, 'EncryptionCertificate']) {
    if (findNamedCertificate({ settings: ground.settings, section }).kind === 'none') continue;
    return openCertificateOf(ground, () => openVaultOf(ground, options), { section });
  }
  return null;
}

/** The file that the settings name as certificate; `undefined` when they name none. */
export async function findCertificateFile(
  folder: string,
  environment: Environment,
): Promise<string | undefined> {
  const { settings } = await readGround(folder, environment);
  const named = findNamedCertificate({ settings, section: 'EncryptionCertificate' });
  return named.kind === 'file' ? named.file : undefined;
}

async function readGround(folder: string, environment: Environment): Promise<Ground> {
  const root = await findProjectFolder(folder);
  const plain = [
    await readLayer(root, 'appsettings.json'),
    await readLayer(root, 'appsettings.agent.json'),
  ];
  const variables = { name: 'environment', tree: readEnvironment(environment) };
  const settings = mergeLayers([...plain, variables]);
  const workFolder = await readFolder(root, settings, 'WorkFolderPath', 'Work');
  const connection = await readLayer(workFolder, connectionFileName, connectionLayerName);
  return { root, environment, plain, variables, settings, workFolder, connection };
}

async function readLayer(folder: string, file: string, name = file): Promise<SettingLayer> {
  return { name, tree: (await readSettingsFile(join(folder, file), name)) ?? emptySettings };
}

export function mergeLayers(layers: readonly SettingLayer[]): SettingNode {
  return layers.map(({ tree }) => tree).reduce<SettingNode>(mergeSettings, emptySettings);
}

async function readEncryptedLayers({ root, settings }: Ground): Promise<readonly SettingLayer[]> {
  const path = ['EncryptionCertificate', 'UseEncryptedAppsettings'];
  if (!readBoolean(settings, path, false)) return [];
  const layers: SettingLayer[] = [];
  for (const name of ['appsettings.encrypted.json', 'appsettings.encrypted.agent.json']) {
    const tree = await readSettingsFile(join(root, name), name);
    if (tree === undefined) continue;
    refusePlainValues(tree);
    layers.push({ name, tree });
  }
  if (layers.length > 0) return layers;
  throw missingFile(settings, path, 'appsettings.encrypted.agent.json');
}

function missingFile(settings: SettingNode, path: readonly string[], file: string): SettingsError {
  return errorAt(
    findSetting(settings, path)?.origin ?? emptySettings.origin,
    'SETTINGS_UNREADABLE',
    `"${path.join('.')}" is true, but there is no ${file} in the project folder.`,
    { hint: 'Write the file, or switch the setting off.', details: { key: path.join('.') } },
  );
}

async function readVaultLayers(
  ground: Ground,
  openVault: () => Promise<KeyVault | undefined>,
  options: ReadOptions,
): Promise<readonly SettingLayer[]> {
  const layers: SettingLayer[] = [];
  const keyVault = await openVault();
  if (keyVault !== undefined) {
    layers.push({ name: keyVault.name, tree: await toVaultLayer(keyVault) });
  }
  if (readBoolean(ground.settings, ['CyberArk', 'UseCyberArkSetting'], false)) {
    layers.push({ name: 'CyberArk', tree: await readCyberArkLayer(ground, options) });
  }
  return layers;
}

async function openVaultOf(
  { settings }: Ground,
  { keyVault, signal }: ReadOptions,
): Promise<KeyVault | undefined> {
  const url = readVaultUrl(settings);
  if (url === undefined) return undefined;
  const { openAzureKeyVault } = await import('./vaults/azure-key-vault.ts');
  const names = readTexts(settings, ['VaultNames']).map(({ text, origin }) => ({
    name: text,
    origin,
  }));
  return openAzureKeyVault({
    url,
    ...(names.length === 0 ? {} : { names }),
    ...(keyVault === undefined ? {} : { access: keyVault }),
    ...(signal === undefined ? {} : { signal }),
  });
}

function readVaultUrl(settings: SettingNode): string | undefined {
  const written = readText(settings, ['Vault'])?.trim() ?? '';
  return written === '' ? undefined : readHttpsUrl(settings, ['Vault'], written);
}

/** The address with `https://` where only a host is written. */
function readHttpsUrl(settings: SettingNode, path: readonly string[], written: string): string {
  const text = written.includes('://') ? written : `https://${written}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url.href;
  throw errorAt(
    findSetting(settings, path)?.origin ?? emptySettings.origin,
    'SETTINGS_VALUE_INVALID',
    `"${path.join('.')}" must be a host, or an address that begins with https://.`,
    {
      hint: 'Write it like acme.vault.azure.net, without a name or password in it.',
      details: { key: path.join('.') },
    },
  );
}

async function readCyberArkLayer(ground: Ground, { signal }: ReadOptions): Promise<SettingSection> {
  const { root, settings, environment } = ground;
  const { openCyberArk } = await import('./vaults/cyberark.ts');
  const { readCyberArkSettings } = await import('./vaults/cyberark-settings.ts');
  const name = 'appsettings.cyberArk.agent.json';
  const accounts =
    (await readSettingsFile(join(root, name), name)) ??
    (await readSettingsFile(join(root, name.toLowerCase()), name.toLowerCase()));
  if (accounts === undefined) throw missingFile(settings, ['CyberArk', 'UseCyberArkSetting'], name);
  const server = readText(settings, ['CyberArk', 'Server'])?.trim() ?? '';
  const request = await readCyberArkSettings({ root, settings, environment });
  return toVaultLayer(
    openCyberArk({
      ...request,
      server: readHttpsUrl(settings, ['CyberArk', 'Server'], server),
      accounts,
      ...(signal === undefined ? {} : { signal }),
    }),
  );
}

async function openCertificateOf(
  { root, settings, environment }: Ground,
  openVault: () => Promise<KeyVault | undefined>,
  named: { readonly password?: Secret; readonly section?: string } = {},
): Promise<Certificate> {
  return openEncryptionCertificate({
    root,
    settings,
    environment,
    ...named,
    readFromVault: async (name, origin) => readVaultCertificate(await openVault(), name, origin),
  });
}

async function readVaultCertificate(
  vault: KeyVault | undefined,
  name: string,
  origin: SettingOrigin,
): Promise<Secret> {
  if (vault === undefined) {
    throw errorAt(
      origin,
      'SETTINGS_CERTIFICATE_MISSING',
      'The certificate is said to be in Azure Key Vault, but "Vault" names none.',
      { hint: 'Write the DNS name of the vault in "Vault".' },
    );
  }
  const found = await vault.readSecret(name);
  if (found !== undefined) return found;
  throw new VaultError('VAULT_SECRET_MISSING', `${vault.name} has no certificate ${name}.`, {
    hint: 'Correct "EncryptionCertificate.CertificateAzureKeyVault", and let this account get secrets: the private key is one.',
    details: { certificate: name },
  });
}

/** Values stay readable after a certificate has ended: a night in which nothing can be read helps nobody. */
function judgeCertificate(
  { settings }: Ground,
  certificate: Certificate,
  now: () => number,
): readonly SettingsWarning[] {
  const warnings: SettingsWarning[] = [];
  const { status, daysLeft } = validityOf(certificate, now());
  const name = nameOf(certificate);
  const isEnding = status === 'in-force' && daysLeft < expiryWarningDays;
  const texts = {
    expired: `The certificate of the settings has expired: ${name}.`,
    'not-yet': `The certificate of the settings is not in force yet: ${name}.`,
    'in-force': `The certificate of the settings expires in ${daysLeft} days: ${name}.`,
  };
  if (status !== 'in-force' || isEnding) {
    const message = `${texts[status]} Values can still be read; encrypt them again with a new one.`;
    warnings.push({ code: 'SETTINGS_CERTIFICATE_NOT_IN_FORCE', message });
  }
  const section = 'EncryptionCertificate';
  if (findNamedCertificate({ settings, section }).kind === 'file') {
    if (isPasswordWrittenOut(settings, section)) {
      warnings.push({
        code: 'SETTINGS_SECRET_WRITTEN_OUT',
        message:
          'The password of the certificate stands in a settings file. "lockstep protect certificate-password" puts it where only this account can read it.',
      });
    }
  }
  return warnings;
}

/** What switches layers on cannot stand in those layers: it would be without effect. */
function refuseLateKeys({ settings: ground }: Ground, settings: SettingNode): void {
  for (const path of groundKeys) {
    const late = findSetting(settings, path);
    if (late === undefined || isSame(late, findSetting(ground, path))) continue;
    throw errorAt(
      late.origin,
      'SETTINGS_VALUE_INVALID',
      `"${path.join('.')}" is not looked for here, and differs from what is in force.`,
      {
        hint: 'Write it in appsettings.json, appsettings.agent.json or a variable: it must be known before the other layers are read.',
        details: { key: path.join('.') },
      },
    );
  }
}

/** Both say the same, a boolean as such or as text. */
function isSame(left: SettingNode, right: SettingNode | undefined): boolean {
  if (left === right) return true;
  if (left.kind === 'section' || right?.kind !== 'leaf') return false;
  const toWord = (node: SettingNode): string => String(scalarOf(node)).trim().toLowerCase();
  return toWord(left) === toWord(right);
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
