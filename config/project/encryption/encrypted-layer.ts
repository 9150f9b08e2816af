/** Encrypted values among settings: recognized where they stand, decrypted when they are used. */
import { Secret } from '../../secret.ts';
import { hideSetting } from '../setting-reference.ts';
import { listLeaves, mapSection, type SettingLeaf, type SettingSection } from '../setting-tree.ts';
import { errorAt } from '../settings-error.ts';
import type { Certificate } from './certificate.ts';
import { type DecryptionFailure, decryptValue, isEncryptedValue } from './encrypted-value.ts';

/** Opens the certificate on first use. */
export type CertificateOpener = () => Promise<Certificate>;

/** True when a value of the tree is encrypted. */
export function holdsEncryptedValues(section: SettingSection): boolean {
  return listLeaves(section).some(({ leaf }) => isEncrypted(leaf));
}

/** The tree with references in place of encrypted values, wherever they stand. */
export function hideEncryptedValues(
  section: SettingSection,
  openCertificate: CertificateOpener,
): SettingSection {
  return mapSection(section, (leaf, path) =>
    isEncrypted(leaf) ? hideLeaf(leaf, leaf.value, path, openCertificate) : leaf,
  );
}

/** Throws `SETTINGS_ENCRYPTED_VALUE_INVALID` for a value that is not encrypted: an encrypted file holds nothing else. */
export function refusePlainValues(section: SettingSection): void {
  for (const { path, leaf } of listLeaves(section)) {
    if (leaf.value === null || isEncrypted(leaf)) continue;
    throw errorAt(
      leaf.origin,
      'SETTINGS_ENCRYPTED_VALUE_INVALID',
      `"${path.join('.')}" is not an encrypted value, or its beginning is damaged.`,
      {
        hint: 'Encrypt it with "lockstep protect value", or make the whole file again with "lockstep protect file". Values that another product encrypted cannot be read.',
        details: { key: path.join('.') },
      },
    );
  }
}

function isEncrypted(leaf: SettingLeaf): leaf is SettingLeaf & { readonly value: string } {
  return typeof leaf.value === 'string' && isEncryptedValue(leaf.value);
}

function hideLeaf(
  leaf: SettingLeaf,
  text: string,
  path: readonly string[],
  openCertificate: CertificateOpener,
): SettingLeaf {
  const key = path.join('.');
  const read = async (): Promise<Secret> => {
    const certificate = await openCertificate();
    const decrypted = await decryptValue(text, certificate);
    if (decrypted.status === 'read') {
      return new Secret(Buffer.from(decrypted.bytes).toString('utf8'));
    }
    throw errorAt(
      leaf.origin,
      'SETTINGS_ENCRYPTED_VALUE_INVALID',
      `"${key}" cannot be decrypted. ${reasons[decrypted.failure]}`,
      {
        hint: `Encrypt the value again with "lockstep protect value" or "lockstep protect file"; the certificate of these settings is ${nameOf(certificate)}.`,
        details: { key, thumbprint: certificate.thumbprint },
      },
    );
  };
  return { ...leaf, value: hideSetting('an encrypted value', read, { mayLeadOn: true }) };
}

const reasons: Readonly<Record<DecryptionFailure, string>> = {
  damaged: 'It has been cut off or changed.',
  'other-certificate': 'It was encrypted for another certificate.',
  'no-private-key': 'The file of the certificate holds no private key.',
};

/** As people tell certificates apart. */
export function nameOf({ x509, thumbprint }: Certificate): string {
  return `${x509.subject.replaceAll('\n', ', ')} (SHA-256 ${thumbprint.slice(0, 16)}…)`;
}
