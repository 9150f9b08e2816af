/** References to values that are elsewhere: in a variable, in a file, encrypted, or in a vault. */
import type { Secret } from '../secret.ts';

const mark = Symbol('setting reference');

/** Names where a value is to be found; never holds the value. */
export interface SettingReference {
  /** As written, or for people: what is encrypted, or which secret of which vault. */
  readonly reference: string;
  /** How a value is got that was not written as `env:` or `file:`. */
  readonly read?: () => Promise<Secret>;
  /** The value that `read` gives may itself be spelled `env:` or `file:`. */
  readonly mayLeadOn?: boolean;
  readonly [mark]: true;
}

/** The reference that `text` spells, or `undefined` when it is ordinary text. */
export function parseReference(text: string): SettingReference | undefined {
  if (!text.startsWith('env:') && !text.startsWith('file:')) return undefined;
  return Object.freeze({ reference: text, [mark]: true as const });
}

/**
 * A reference to a value that `read` gives whenever it is needed, such as an encrypted one.
 */
export function hideSetting(
  description: string,
  read: () => Promise<Secret>,
  options: { readonly mayLeadOn?: boolean } = {},
): SettingReference {
  return Object.freeze({ reference: description, [mark]: true as const, ...options, read });
}

export function isSettingReference(value: unknown): value is SettingReference {
  return typeof value === 'object' && value !== null && mark in value;
}

/** True when the reference can be followed at all: `env:` takes a variable's name, `file:` a path. */
export function isWellFormed(reference: SettingReference): boolean {
  const { kind, name } = splitReference(reference);
  return kind === 'env' ? /^[A-Za-z_][A-Za-z0-9_]*$/u.test(name) : /^[^\0]+$/u.test(name);
}

export function splitReference(reference: SettingReference): {
  kind: 'env' | 'file';
  name: string;
} {
  const { reference: text } = reference;
  return text.startsWith('env:')
    ? { kind: 'env', name: text.slice('env:'.length) }
    : { kind: 'file', name: text.slice('file:'.length) };
}
