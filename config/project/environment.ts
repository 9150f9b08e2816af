/** Settings given as environment variables: `Connections__HR__Path` stands for `Connections` → `HR` → `Path`. */
import { sectionKeys, valueKeys } from './setting-keys.ts';
import type { SettingNode, SettingSection } from './setting-tree.ts';
import { errorAt, type SettingOrigin } from './settings-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface MutableSection {
  readonly kind: 'section';
  readonly isArray: boolean;
  readonly children: Map<string, { key: string; node: SettingNode | MutableSection }>;
  readonly origin: SettingOrigin;
}

/**
 * The settings that `environment` gives, as one layer: variables below a section, and keys without one by their bare name. A
 * section's bare name (`STORE`) may mean something else on a machine and is left alone, as is every other variable. Variables are taken in the order of their names, so that the
 * outcome does not depend on the order of the environment. Throws `SETTINGS_VARIABLE_INVALID` when the name of a variable
 * has an empty part, or when one variable sets a section that another one treats as a value.
 */
export function readEnvironment(environment: Environment): SettingSection {
  const sections = new Map<string, string>(sectionKeys.map((key) => [key.toLowerCase(), key]));
  const values = new Map<string, string>(valueKeys.map((key) => [key.toLowerCase(), key]));
  const root = newSection({ kind: 'variable', name: '' });

  for (const name of Object.keys(environment).sort()) {
    const value = environment[name];
    const [first = '', ...rest] = name.split('__');
    const key = (rest.length === 0 ? values : sections).get(first.toLowerCase());
    if (value === undefined || key === undefined || isOfOthers(name, key)) continue;
    put(root, [key, ...rest], value, { kind: 'variable', name });
  }
  return root;
}

/** `VAULT` may be anybody's; ours is spelt as in the files. */
function isOfOthers(name: string, key: string): boolean {
  return key === 'Vault' && name !== key;
}

function newSection(origin: SettingOrigin): MutableSection {
  return { kind: 'section', isArray: true, children: new Map(), origin };
}

function put(
  root: MutableSection,
  path: readonly string[],
  value: string,
  origin: SettingOrigin,
): void {
  let section = root;
  for (const [depth, key] of path.entries()) {
    if (key === '' || key === '__proto__') throw invalid(origin, 'its name has an empty part');
    const existing = section.children.get(key.toLowerCase());
    if (depth === path.length - 1) {
      if (existing !== undefined) throw invalid(origin, 'another variable sets the same key');
      section.children.set(key.toLowerCase(), { key, node: { kind: 'leaf', value, origin } });
    } else if (existing === undefined) {
      const next = newSection(origin);
      section.children.set(key.toLowerCase(), { key, node: next });
      section = next;
    } else if (existing.node.kind === 'leaf') {
      throw invalid(origin, 'another variable gives a value to the section it belongs to');
    } else {
      // Sections in this tree are all made here, by newSection.
      section = existing.node as MutableSection;
    }
  }
}

function invalid(origin: SettingOrigin, reason: string): Error {
  return errorAt(
    origin,
    'SETTINGS_VARIABLE_INVALID',
    `It cannot be taken for a setting: ${reason}.`,
    {
      hint: 'Name it like Connections__HR__Path, two underscores between parts, and set each key once.',
    },
  );
}
