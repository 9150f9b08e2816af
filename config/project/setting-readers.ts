/** Reads single settings with their types. Numbers and booleans may be quoted: files of the mould write them both ways. */
import { Secret } from '../secret.ts';
import type { SettingObject, SettingValue } from './reference.ts';
import {
  isSettingReference,
  isWellFormed,
  parseReference,
  type SettingReference,
} from './setting-reference.ts';
import {
  findSetting,
  isList,
  listElements,
  type SettingNode,
  type SettingScalar,
} from './setting-tree.ts';
import { errorAt, type SettingOrigin, type SettingsError } from './settings-error.ts';

type Path = readonly string[];

/** The text at `path`; `undefined` when absent or null. References are for secrets, not for these settings. */
export function readText(settings: SettingNode, path: Path): string | undefined {
  const node = findSetting(settings, path);
  if (isAbsent(node)) return undefined;
  const text = scalarOf(node);
  if (typeof text === 'string' && parseReference(text) === undefined) return text;
  throw wrongType(node.origin, path.join('.'), 'a text that is not a reference');
}

/** The texts of the array at `path`; empty when absent. A single text stands for an array of one. */
export function readTexts(
  settings: SettingNode,
  path: Path,
): readonly { readonly text: string; readonly origin: SettingOrigin }[] {
  const node = findSetting(settings, path);
  if (isAbsent(node)) return [];
  if (node.kind === 'section' && !isList(node)) {
    throw wrongType(node.origin, path.join('.'), 'an array of texts');
  }
  const elements = node.kind === 'section' ? listElements(node) : [node];
  return elements.map((element) => {
    const text = scalarOf(element);
    if (typeof text === 'string') return { text, origin: element.origin };
    throw wrongType(element.origin, path.join('.'), 'an array of texts');
  });
}

/** The whole number at `path`, at least `minimum`; `initial` when absent or null. */
export function readWholeNumber(
  settings: SettingNode,
  path: Path,
  initial: number,
  minimum: number,
): number {
  const node = findSetting(settings, path);
  if (isAbsent(node)) return initial;
  const value = scalarOf(node);
  const isDigits = typeof value === 'string' && /^\s*-?\d+\s*$/u.test(value);
  const number = isDigits ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= minimum) {
    return number;
  }
  const bound = minimum === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${minimum}`;
  throw wrongType(node.origin, path.join('.'), `a whole number${bound}`);
}

/** The boolean at `path`; `initial` when absent or null. */
export function readBoolean(settings: SettingNode, path: Path, initial: boolean): boolean {
  const node = findSetting(settings, path);
  if (isAbsent(node)) return initial;
  const value = scalarOf(node);
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (word === 'true' || word === 'false') return word === 'true';
  throw wrongType(node.origin, path.join('.'), 'true or false');
}

/** The keys of the section at `path` with their values, in the order written; empty when absent or null. */
export function readSection(
  settings: SettingNode,
  path: Path,
): readonly { readonly key: string; readonly node: SettingNode }[] {
  const node = findSetting(settings, path);
  if (isAbsent(node)) return [];
  if (node.kind === 'section' && (!isList(node) || node.children.size === 0)) {
    return [...node.children.values()];
  }
  throw wrongType(node.origin, path.join('.'), 'an object');
}

/** The settings of one connection, as JSON with references in it. */
export function readObject(node: SettingNode, connection: string): SettingObject {
  const path = `Connections.${connection}`;
  if (node.kind === 'leaf' || (isList(node) && node.children.size > 0)) {
    throw wrongType(node.origin, path, 'an object');
  }
  return toObject(node, path);
}

/** The section at `path` as JSON with references in it; `undefined` when absent or null. */
export function readObjectAt(settings: SettingNode, path: Path): SettingObject | undefined {
  const node = findSetting(settings, path);
  if (isAbsent(node)) return undefined;
  if (node.kind === 'leaf' || (isList(node) && node.children.size > 0)) {
    throw wrongType(node.origin, path.join('.'), 'an object');
  }
  return toObject(node, path.join('.'));
}

/** A setting that is a secret as a whole. Written out, it is wrapped at once, so that printing settings never shows it. */
export function toSecretSetting(node: SettingNode, path: string): Secret | SettingReference {
  if (node.kind === 'leaf' && isSettingReference(node.value)) return node.value;
  const text = scalarOf(node);
  if (typeof text === 'string' && text.trim() !== '') {
    return readReference(text, node.origin, path) ?? new Secret(text);
  }
  throw wrongType(node.origin, path, 'a connection string, or an env: or file: reference to one');
}

/** What a leaf holds; `null` for a section. Values that were hidden are text, whatever they were before. */
export function scalarOf(node: SettingNode): SettingScalar {
  if (node.kind !== 'leaf' || isSettingReference(node.value)) return null;
  return node.value instanceof Secret ? node.value.reveal() : node.value;
}

function toObject(section: SettingNode & { kind: 'section' }, path: string): SettingObject {
  return Object.freeze(
    Object.fromEntries(
      [...section.children.values()].map(({ key, node }) => [key, toValue(node, `${path}.${key}`)]),
    ),
  );
}

function toValue(node: SettingNode, path: string): SettingValue {
  if (node.kind === 'leaf') {
    if (isSettingReference(node.value)) return node.value;
    const value = scalarOf(node);
    if (typeof value !== 'string') return value;
    return readReference(value, node.origin, path) ?? value;
  }
  if (!isList(node)) return toObject(node, path);
  return Object.freeze(
    listElements(node).map((element, index) => toValue(element, `${path}.${index}`)),
  );
}

function readReference(
  text: string,
  origin: SettingOrigin,
  path: string,
): SettingReference | undefined {
  const reference = parseReference(text);
  if (reference === undefined || isWellFormed(reference)) return reference;
  throw errorAt(
    origin,
    'SETTINGS_REFERENCE_INVALID',
    `"${path}" starts like a reference to a secret but names no variable or file.`,
    {
      hint: 'Write env:NAME with the name of an environment variable, or file:path.',
      details: { key: path },
    },
  );
}

function isAbsent(
  node: SettingNode | undefined,
): node is undefined | (SettingNode & { kind: 'leaf'; value: null }) {
  return node === undefined || (node.kind === 'leaf' && node.value === null);
}

function wrongType(origin: SettingOrigin, path: string, expected: string): SettingsError {
  return errorAt(origin, 'SETTINGS_VALUE_INVALID', `"${path}" must be ${expected}.`, {
    hint: 'Correct the value at this place.',
    details: { key: path },
  });
}
