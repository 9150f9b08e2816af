/** Keys of settings that are read. Others are ignored; what looks like one of these and is none is pointed out. */
import { findNearestName } from '../nearest-name.ts';
import { listLeaves, type SettingNode } from './setting-tree.ts';
import { describeOrigin } from './settings-error.ts';

/** Sections by their keys; `null` for those whose keys are names that operators choose, or are checked elsewhere. */
const sections: Readonly<Record<string, readonly string[] | null>> = {
  Connections: null,
  CyberArk: [
    'ApplicationId',
    'CaFile',
    'DistinguishedName',
    'File',
    'Password',
    'SafeName',
    'Server',
    'StoreLocation',
    'StoreName',
    'Thumbprint',
    'UseCyberArkSetting',
  ],
  Databases: null,
  EncryptionCertificate: [
    'CertificateAzureKeyVault',
    'DistinguishedName',
    'File',
    'Password',
    'StoreLocation',
    'StoreName',
    'Thumbprint',
    'UseEncryptedAppsettings',
  ],
  InvokeSqlCommands: null,
  Jobs: null,
  MailSettings: null,
  ManualProvisioning: ['Notified', 'Operators'],
  OpenId: null,
  PasswordResetSettings: [
    'EncryptionCertificate',
    'MailSettings',
    'NotificationSettings',
    'TokenBuildingSettings',
    'TwoFactorSettings',
  ],
  RoleReview: ['Approvers'],
  Scheduler: null,
  SourcesRootPaths: null,
  Store: ['Client', 'Connection', 'File'],
  VaultNames: null,
};

/** Keys without a section. */
export const valueKeys = [
  'ApplicationUri',
  'DisableIndirectPermissions',
  'JobLaunchTimeout',
  'TaskTimeoutSupplement',
  'TempFolderPath',
  'Vault',
  'WorkFolderPath',
] as const;

export const sectionKeys: readonly string[] = Object.keys(sections);

const rootKeys: readonly string[] = [...sectionKeys, ...valueKeys];

export function isRootKey(key: string): boolean {
  return rootKeys.some((known) => known.toLowerCase() === key.toLowerCase());
}

/** Something about the settings that does not keep them from being used. */
export interface SettingsWarning {
  readonly code: string;
  readonly message: string;
}

/** Keys that nobody reads and that are nearly one that is read: most likely misspelt. */
export function findMisspeltKeys(settings: SettingNode): readonly SettingsWarning[] {
  const warnings = new Map<string, SettingsWarning>();
  for (const { path, leaf } of listLeaves(settings)) {
    const [root = '', key] = path;
    const section = Object.entries(sections).find(
      ([name]) => name.toLowerCase() === root.toLowerCase(),
    );
    const [written, known] = isRootKey(root) ? [key, section?.[1]] : [root, rootKeys];
    if (written === undefined || known === undefined || known === null) continue;
    if (known.some((name) => name.toLowerCase() === written.toLowerCase())) continue;
    const nearest = findNearestName(written, known);
    if (nearest === undefined) continue;
    const shown = isRootKey(root) ? `${root}.${written}` : written;
    warnings.set(shown, {
      code: 'SETTINGS_KEY_UNKNOWN',
      message: `${describeOrigin(leaf.origin)}: The key "${shown}" has no effect. Did you mean ${nearest}?`,
    });
  }
  return [...warnings.values()];
}
