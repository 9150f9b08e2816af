/** Which certificate the settings name, and how it is opened. */
import { readFile, stat } from 'node:fs/promises';
import type { Secret } from '../../secret.ts';
import type { Environment } from '../environment.ts';
import { resolveInside } from '../project-folders.ts';
import { resolveSecret } from '../reference.ts';
import { readText, toSecretSetting } from '../setting-readers.ts';
import { parseReference } from '../setting-reference.ts';
import { emptySettings, findSetting, type SettingNode } from '../setting-tree.ts';
import { errorAt, type SettingOrigin, SettingsError } from '../settings-error.ts';
import { type Certificate, invalidCertificate, openCertificate } from './certificate.ts';

const maxBytes = 1024 * 1024;
const minimumKeyBits = 2048;
const storeKeys = ['DistinguishedName', 'Thumbprint', 'StoreLocation', 'StoreName'] as const;

export interface CertificateRequest {
  readonly root: string;
  readonly environment: Environment;
  /** Layers that are neither encrypted nor in a vault. */
  readonly settings: SettingNode;
  /** `EncryptionCertificate`, or another section with the same keys; dots lead into sections. */
  readonly section: string;
  /** Tried in place of the password that the settings name. */
  readonly password?: Secret;
  /** Reads the certificate of this name from the vault; absent where a section cannot name one. */
  readonly readFromVault?: (name: string, origin: SettingOrigin) => Promise<Secret>;
}

/** What the section names: nothing, a file, or a certificate of the vault. */
export type NamedCertificate =
  | { readonly kind: 'none' }
  | { readonly kind: 'file'; readonly file: string; readonly origin: SettingOrigin }
  | { readonly kind: 'vault'; readonly name: string; readonly origin: SettingOrigin };

/**
 * Reads the names without opening anything. A file wins over everything else. Throws `SETTINGS_LAYER_UNSUPPORTED` when only a
 * certificate store of Windows is named, and `SETTINGS_CERTIFICATE_MISSING` when the section is there and names nothing.
 */
export function findNamedCertificate({
  settings,
  section,
}: Pick<CertificateRequest, 'settings' | 'section'>): NamedCertificate {
  const path = section.split('.');
  const at = (key: string): SettingOrigin =>
    findSetting(settings, [...path, key])?.origin ?? emptySettings.origin;
  const file = readText(settings, [...path, 'File']);
  if (file !== undefined) return { kind: 'file', file, origin: at('File') };
  const name = readText(settings, [...path, 'CertificateAzureKeyVault']);
  if (name !== undefined) return { kind: 'vault', name, origin: at('CertificateAzureKeyVault') };
  const storeKey = storeKeys.find((key) => findSetting(settings, [...path, key]) !== undefined);
  if (storeKey === undefined) return { kind: 'none' };
  throw errorAt(
    at(storeKey),
    'SETTINGS_LAYER_UNSUPPORTED',
    `"${section}.${storeKey}" asks for a certificate store of Windows, which is not read.`,
    {
      hint: `Export the certificate with its private key to a PFX file, and name it in "${section}.File" with "${section}.Password".`,
      details: { key: `${section}.${storeKey}` },
    },
  );
}

/** Opens the certificate that the section names. */
export async function openNamedCertificate(request: CertificateRequest): Promise<Certificate> {
  const { root, settings, section, environment, readFromVault } = request;
  const sectionPath = section.split('.');
  const named = findNamedCertificate(request);
  if (named.kind === 'vault') {
    if (readFromVault === undefined) throw missing(section, named.origin);
    return openVaultCertificate(await readFromVault(named.name, named.origin), named.origin);
  }
  if (named.kind === 'none') throw missing(section, findSetting(settings, sectionPath)?.origin);
  const { origin } = named;
  const path = await resolveInside(root, named.file, origin, `${section}.File`);
  const bytes = await readCertificateFile(path, origin);
  if (request.password !== undefined) {
    return openCertificate({ bytes, password: request.password, origin });
  }
  const node = findSetting(settings, [...sectionPath, 'Password']);
  if (node === undefined || (node.kind === 'leaf' && (node.value === null || node.value === ''))) {
    return openCertificate({ bytes, origin });
  }
  const password = await resolveSecret(toSecretSetting(node, `${section}.Password`), {
    folder: root,
    environment,
  });
  return openCertificate({ bytes, password, origin });
}

/** The same for encrypting: throws `SETTINGS_CERTIFICATE_INVALID` for a key that is not RSA, or is too short. */
export async function openEncryptionCertificate({
  section = 'EncryptionCertificate',
  ...request
}: Omit<CertificateRequest, 'section'> & { readonly section?: string }): Promise<Certificate> {
  const certificate = await openNamedCertificate({ ...request, section });
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.x509.publicKey;
  const bits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (asymmetricKeyType === 'rsa' && bits >= minimumKeyBits) return certificate;
  const named = findSetting(request.settings, section.split('.'));
  throw invalidCertificate(
    named?.origin ?? emptySettings.origin,
    `Its key is ${asymmetricKeyType === 'rsa' ? `one of ${bits} bits` : 'not RSA'}; RSA of at least ${minimumKeyBits} bits is needed.`,
  );
}

/** True when the password of the certificate stands in a settings file or a variable itself. */
export function isPasswordWrittenOut(settings: SettingNode, section: string): boolean {
  const node = findSetting(settings, [section, 'Password']);
  if (node?.kind !== 'leaf' || typeof node.value !== 'string' || node.value === '') return false;
  return node.origin.kind === 'file' && parseReference(node.value) === undefined;
}

/** A vault gives PEM as it is and PKCS#12 in base64, without a password. */
function openVaultCertificate(content: Secret, origin: SettingOrigin): Promise<Certificate> {
  const text = content.reveal();
  const isPem = text.includes('-----BEGIN ');
  return openCertificate({ bytes: Buffer.from(text, isPem ? 'utf8' : 'base64'), origin });
}

async function readCertificateFile(path: string, origin: SettingOrigin): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > maxBytes) {
      throw invalidCertificate(origin, `${path} is no file of ordinary size.`);
    }
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    throw errorAt(
      origin,
      'SETTINGS_CERTIFICATE_MISSING',
      `The file of the certificate, ${path}, is not there or may not be read.`,
      {
        cause,
        hint: 'Put it there for the account that runs this command; relative paths start at the project folder.',
      },
    );
  }
}

function missing(section: string, origin: SettingOrigin = emptySettings.origin): SettingsError {
  return errorAt(
    origin,
    'SETTINGS_CERTIFICATE_MISSING',
    `A certificate is needed here, and "${section}" names none.`,
    {
      hint: `Write {"${section}": {"File": "certificate.pfx", "Password": "env:NAME"}}.`,
      details: { key: section },
    },
  );
}
