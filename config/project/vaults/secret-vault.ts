/** What a vault of secrets is to the settings: names of keys, and a value for each. */
import { CodedError, type CodedErrorOptions } from '../../errors.ts';
import type { Secret } from '../../secret.ts';
import { hideSetting } from '../setting-reference.ts';
import type { SettingNode, SettingSection } from '../setting-tree.ts';
import type { SettingOrigin } from '../settings-error.ts';

/** A key the vault holds a value for. */
export interface VaultSetting {
  readonly path: readonly string[];
  /** Where its place in the vault is named. */
  readonly origin: SettingOrigin;
}

export interface SecretVault {
  /** For people: `Azure Key Vault`. */
  readonly name: string;
  /** Every key it holds. */
  listSettings(): Promise<readonly VaultSetting[]>;
  /** The value of one key; `undefined` when there is none. */
  readSetting(path: readonly string[]): Promise<Secret | undefined>;
}

/** A vault cannot be reached, refuses, or lacks what it should hold. Nothing that a vault answers is repeated. */
export class VaultError extends CodedError {
  constructor(
    code: 'VAULT_REFUSED' | 'VAULT_SECRET_MISSING' | 'VAULT_UNREACHABLE',
    message: string,
    options: CodedErrorOptions,
  ) {
    super(code, message, options);
  }
}

/** The keys of a vault as a layer; values are read when they are used. */
export async function toVaultLayer(vault: SecretVault): Promise<SettingSection> {
  const root = newSection({ kind: 'secret', name: vault.name });
  for (const { path, origin } of await vault.listSettings()) {
    const read = async (): Promise<Secret> => {
      const secret = await vault.readSetting(path);
      if (secret !== undefined) return secret;
      throw new VaultError(
        'VAULT_SECRET_MISSING',
        `${vault.name} has no value for ${path.join('.')}.`,
        {
          hint: 'Put the value into the vault, or take the key out of the settings.',
          details: { key: path.join('.') },
        },
      );
    };
    put(root, path, { kind: 'leaf', value: hideSetting(`in ${vault.name}`, read), origin });
  }
  return root;
}

interface MutableSection {
  readonly kind: 'section';
  readonly isArray: boolean;
  readonly children: Map<string, { key: string; node: SettingNode | MutableSection }>;
  readonly origin: SettingOrigin;
}

function newSection(origin: SettingOrigin): MutableSection {
  return { kind: 'section', isArray: true, children: new Map(), origin };
}

/** A name that stands in the way of a longer one gives way to it: a section is more than a value. */
function put(root: MutableSection, path: readonly string[], leaf: SettingNode): void {
  let section = root;
  for (const [depth, key] of path.entries()) {
    const name = key.toLowerCase();
    const existing = section.children.get(name);
    if (depth === path.length - 1) {
      if (existing === undefined) section.children.set(name, { key, node: leaf });
    } else if (existing?.node.kind === 'section') {
      // Sections in this tree are all made here, by newSection.
      section = existing.node as MutableSection;
    } else {
      const next = newSection(leaf.origin);
      section.children.set(name, { key, node: next });
      section = next;
    }
  }
}
