/** The section `CyberArk`: who asks, for which safe, and how both sides prove who they are. */
import { readFile } from 'node:fs/promises';
import { toTlsIdentity } from '../encryption/certificate.ts';
import { findNamedCertificate, openNamedCertificate } from '../encryption/certificate-settings.ts';
import type { Environment } from '../environment.ts';
import { resolveInside } from '../project-folders.ts';
import { readText } from '../setting-readers.ts';
import { emptySettings, findSetting, type SettingNode } from '../setting-tree.ts';
import { errorAt } from '../settings-error.ts';
import type { CyberArkRequest } from './cyberark.ts';

const section = 'CyberArk';

interface Place {
  readonly root: string;
  readonly settings: SettingNode;
  readonly environment: Environment;
}

export async function readCyberArkSettings(
  place: Place,
): Promise<Pick<CyberArkRequest, 'safe' | 'applicationId' | 'identity' | 'ca'>> {
  const { settings } = place;
  const isNamed = findNamedCertificate({ settings, section }).kind !== 'none';
  const certificate = isNamed ? await openNamedCertificate({ ...place, section }) : undefined;
  const ca = await readAuthority(place);
  return {
    safe: readRequired(settings, 'SafeName'),
    applicationId: readRequired(settings, 'ApplicationId'),
    ...(certificate === undefined ? {} : { identity: toTlsIdentity(certificate) }),
    ...(ca === undefined ? {} : { ca }),
  };
}

function readRequired(settings: SettingNode, key: string): string {
  const text = readText(settings, [section, key])?.trim() ?? '';
  if (text !== '') return text;
  const node = findSetting(settings, [section, key]) ?? findSetting(settings, [section]);
  throw errorAt(
    node?.origin ?? emptySettings.origin,
    'SETTINGS_VALUE_INVALID',
    `"${section}.${key}" is needed and is not given.`,
    {
      hint: 'Add it, or switch "CyberArk.UseCyberArkSetting" off.',
      details: { key: `${section}.${key}` },
    },
  );
}

async function readAuthority({ root, settings }: Place): Promise<string | undefined> {
  const key = `${section}.CaFile`;
  const written = readText(settings, [section, 'CaFile']);
  if (written === undefined) return undefined;
  const origin = findSetting(settings, [section, 'CaFile'])?.origin ?? emptySettings.origin;
  const path = await resolveInside(root, written, origin, key);
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw errorAt(origin, 'SETTINGS_VALUE_INVALID', `"${key}" names a file that cannot be read.`, {
      cause,
      hint: 'Name a PEM file with the authorities that vouch for the server.',
      details: { key },
    });
  }
}
