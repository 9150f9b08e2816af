/** What the tools that protect settings do: whole files, single values, and values of the connection file. */
import { mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import type { Secret } from '../../secret.ts';
import { changePrivateFile } from '../private-file.ts';
import { readSettingsFile } from '../read-settings-file.ts';
import { connectionFileName } from '../setting-layers.ts';
import {
  findSetting,
  isList,
  listElements,
  listLeaves,
  type SettingNode,
} from '../setting-tree.ts';
import { errorAt, SettingsError } from '../settings-error.ts';
import { type Certificate, validityOf } from './certificate.ts';
import { nameOf } from './encrypted-layer.ts';
import { encryptValue, isEncryptedValue } from './encrypted-value.ts';

/** Throws `SETTINGS_CERTIFICATE_NOT_IN_FORCE`: nothing new is encrypted for a certificate outside of its time. */
export function refuseOutOfForce(certificate: Certificate, now: number): void {
  const { status } = validityOf(certificate, now);
  if (status === 'in-force') return;
  const { validFrom, validTo } = certificate.x509;
  const when = status === 'expired' ? `expired on ${validTo}` : `is in force from ${validFrom} on`;
  throw new SettingsError(
    'SETTINGS_CERTIFICATE_NOT_IN_FORCE',
    `The certificate ${nameOf(certificate)} ${when}.`,
    {
      hint: 'Make a new certificate and name it in "EncryptionCertificate", or correct the clock of this machine.',
      details: { validFrom, validTo },
    },
  );
}

/**
 * The settings file with every value encrypted: texts, numbers and booleans as texts; `null` stays. Comments do not come along,
 * as they may hold what was there before. Throws `SETTINGS_ALREADY_ENCRYPTED` at the first value that is encrypted already.
 */
export async function encryptSettingsFile(
  path: string,
  certificate: Certificate,
): Promise<{ readonly json: string; readonly values: number }> {
  const name = basename(path);
  const settings = await readSettingsFile(path, name);
  if (settings === undefined) {
    throw new SettingsError('SETTINGS_UNREADABLE', `There is no file ${path}.`, {
      hint: 'Name the plain settings file to encrypt.',
      details: { file: path },
    });
  }
  const leaves = listLeaves(settings);
  for (const { path: key, leaf } of leaves) {
    if (typeof leaf.value !== 'string' || !isEncryptedValue(leaf.value)) continue;
    throw errorAt(
      leaf.origin,
      'SETTINGS_ALREADY_ENCRYPTED',
      `"${key.join('.')}" is encrypted already.`,
      {
        hint: 'Start from the plain file, or add single values with "lockstep protect value".',
        details: { key: key.join('.') },
      },
    );
  }
  const values = leaves.filter(({ leaf }) => leaf.value !== null).length;
  const encrypted = await encryptNode(settings, certificate);
  return { json: `${JSON.stringify(encrypted, null, 2)}\n`, values };
}

async function encryptNode(node: SettingNode, certificate: Certificate): Promise<unknown> {
  if (node.kind === 'leaf') {
    return node.value === null ? null : encryptValue(String(node.value), certificate);
  }
  if (isList(node)) {
    const elements: unknown[] = [];
    for (const element of listElements(node)) {
      elements.push(await encryptNode(element, certificate));
    }
    return elements;
  }
  const entries: [string, unknown][] = [];
  for (const { key, node: child } of node.children.values()) {
    entries.push([key, await encryptNode(child, certificate)]);
  }
  return Object.fromEntries(entries);
}

/** A setting of one connection: `Servers`, `0`, `Password`. */
export interface ConnectionSetting {
  readonly connection: string;
  readonly path: readonly string[];
}

/**
 * Puts the value, encrypted, into the connection file of the Work folder, which beats every other file and vault. What else
 * the file holds stays as it is. Gives the file's path.
 */
export async function writeConnectionSecret(
  workFolder: string,
  { connection, path }: ConnectionSetting,
  { value, certificate }: { readonly value: Secret; readonly certificate: Certificate },
): Promise<string> {
  const file = join(workFolder, connectionFileName);
  const encrypted = await encryptValue(value.reveal(), certificate);
  await mkdir(workFolder, { recursive: true });
  await changePrivateFile(file, async () => {
    const settings = await readSettingsFile(file, `Work/${connectionFileName}`);
    const text = settings === undefined ? '{}\n' : await readFile(file, 'utf8');
    const place = settings
      ? spellAs(settings, ['Connections', connection, ...path])
      : toJsonPath(['Connections', connection, ...path]);
    const edits = modify(text, place, encrypted, {
      formattingOptions: { insertSpaces: true, tabSize: 2 },
    });
    return applyEdits(text, edits);
  });
  return file;
}

/** The path with the keys as the file spells them already, where it has them. */
function spellAs(settings: SettingNode, path: readonly string[]): (string | number)[] {
  const spelt = path.map((key, depth) => {
    const parent = findSetting(settings, path.slice(0, depth));
    const known = parent?.kind === 'section' ? parent.children.get(key.toLowerCase()) : undefined;
    return known?.key ?? key;
  });
  return toJsonPath(spelt);
}

function toJsonPath(path: readonly string[]): (string | number)[] {
  return path.map((key, depth) => (depth > 1 && /^\d{1,4}$/u.test(key) ? Number(key) : key));
}
