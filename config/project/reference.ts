/** References to secrets: settings name where a secret is (`env:NAME`, `file:path`); they are read at the moment of use. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Secret } from '../secret.ts';
import type { Environment } from './environment.ts';
import { isInside } from './project-path.ts';
import {
  isSettingReference,
  parseReference,
  type SettingReference,
  splitReference,
} from './setting-reference.ts';
import { SettingsError } from './settings-error.ts';

const maxSecretBytes = 64 * 1024;

/** A setting as read: JSON, where texts that start with `env:` or `file:` have become references. */
export type SettingValue =
  | string
  | number
  | boolean
  | null
  | SettingReference
  | readonly SettingValue[]
  | SettingObject;
export interface SettingObject {
  readonly [key: string]: SettingValue;
}

/** A setting whose references have been followed. */
export type ResolvedSetting =
  | string
  | number
  | boolean
  | null
  | Secret
  | readonly ResolvedSetting[]
  | ResolvedSettingObject;
export interface ResolvedSettingObject {
  readonly [key: string]: ResolvedSetting;
}

/** What references may lead to: the variables handed in, and files; relative ones stay inside `folder`. */
export interface ReferenceSources {
  /** The project folder. */
  readonly folder: string;
  readonly environment: Environment;
}

/**
 * Follows every reference in `value`, at any depth, and gives the same shape with a `Secret` in place of each. Files are read
 * as UTF-8 text of at most 64 KiB; one line break at the end is dropped, as editors and secret mounts add one.
 * Throws `SETTINGS_REFERENCE_UNRESOLVED` when a variable is not set or a file cannot be read.
 */
export async function resolveSetting(
  value: SettingValue,
  sources: ReferenceSources,
): Promise<ResolvedSetting> {
  if (typeof value !== 'object' || value === null) return value;
  if (isSettingReference(value)) return resolveReference(value, sources);
  if (isArray(value)) {
    const elements: ResolvedSetting[] = [];
    for (const element of value) elements.push(await resolveSetting(element, sources));
    return Object.freeze(elements);
  }
  const entries: [string, ResolvedSetting][] = [];
  for (const [key, child] of Object.entries(value)) {
    entries.push([key, await resolveSetting(child, sources)]);
  }
  return Object.freeze(Object.fromEntries(entries));
}

/** Like {@link resolveSetting}, for a setting that is a secret as a whole, such as a connection string. */
export async function resolveSecret(
  value: Secret | SettingReference,
  sources: ReferenceSources,
): Promise<Secret> {
  return isSettingReference(value) ? resolveReference(value, sources) : value;
}

async function resolveReference(
  reference: SettingReference,
  sources: ReferenceSources,
): Promise<Secret> {
  if (reference.read !== undefined) {
    const value = await reference.read();
    // Files of settings are encrypted with the references that stand in them.
    const inner = reference.mayLeadOn === true ? parseReference(value.reveal()) : undefined;
    return inner === undefined ? value : resolveReference(inner, sources);
  }
  const { kind, name } = splitReference(reference);
  if (kind === 'env') {
    const value = sources.environment[name];
    if (value !== undefined) return new Secret(value);
    throw unresolved(reference, `The environment variable ${name} is not set.`);
  }
  return new Secret(await readSecretFile(reference, name, sources.folder));
}

async function readSecretFile(
  reference: SettingReference,
  name: string,
  folder: string,
): Promise<string> {
  try {
    const path = await realpath(isAbsolute(name) ? name : join(folder, name));
    // An absolute path is the operator's word; a relative one promises to stay in the project.
    if (!isAbsolute(name) && !isInside(await realpath(folder), path)) {
      throw unresolved(reference, 'The path leads out of the project folder.');
    }
    const found = await stat(path);
    if (!found.isFile()) throw unresolved(reference, 'It is not a regular file.');
    if (found.size > maxSecretBytes) {
      throw unresolved(reference, `The file is larger than ${maxSecretBytes} bytes.`);
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
    return text.replace(/\r?\n$/u, '');
  } catch (cause) {
    if (cause instanceof SettingsError) throw cause;
    throw unresolved(
      reference,
      'The file does not exist, or is not readable as UTF-8 text.',
      cause,
    );
  }
}

function unresolved(reference: SettingReference, reason: string, cause?: unknown): SettingsError {
  return new SettingsError(
    'SETTINGS_REFERENCE_UNRESOLVED',
    `The reference "${reference.reference}" cannot be followed. ${reason}`,
    {
      ...(cause === undefined ? {} : { cause }),
      hint: 'Set the variable or write the file for the account that runs this command; relative paths start at the project folder and stay inside it, others are written absolute.',
      details: { reference: reference.reference },
    },
  );
}

// Array.isArray does not narrow a readonly array.
function isArray(value: SettingValue): value is readonly SettingValue[] {
  return Array.isArray(value);
}
