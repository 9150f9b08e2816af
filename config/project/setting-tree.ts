/**
 * Settings as a tree in which every node remembers where it was written. Keys are found whatever their case; when
 * two layers spell a key differently, the spelling of the first one stays. Arrays are sections whose keys are positions,
 * so that layers merge element by element, as the settings of the mould do.
 */
import type { Secret } from '../secret.ts';
import { isSettingReference, type SettingReference } from './setting-reference.ts';
import type { SettingOrigin } from './settings-error.ts';

export type SettingScalar = string | number | boolean | null;

export interface SettingLeaf {
  readonly kind: 'leaf';
  /** A reference stands for a value that is encrypted or in a vault; a secret for one that has been read. */
  readonly value: SettingScalar | SettingReference | Secret;
  readonly origin: SettingOrigin;
}

export interface SettingSection {
  readonly kind: 'section';
  readonly isArray: boolean;
  /** By key in lower case. */
  readonly children: ReadonlyMap<string, { readonly key: string; readonly node: SettingNode }>;
  readonly origin: SettingOrigin;
}

export type SettingNode = SettingLeaf | SettingSection;

/** Puts `over` on top of `base`: sections merge key by key, anything else is replaced. */
export function mergeSettings(base: SettingNode, over: SettingNode): SettingNode {
  if (base.kind === 'leaf' || over.kind === 'leaf') return over;

  const children = new Map(base.children);
  for (const [name, child] of over.children) {
    const existing = children.get(name);
    children.set(
      name,
      existing === undefined
        ? child
        : { key: existing.key, node: mergeSettings(existing.node, child.node) },
    );
  }
  return { kind: 'section', isArray: base.isArray, children, origin: base.origin };
}

/** True for an array: written as one, or filled by position (`SourcesRootPaths__0`) and by nothing else. */
export function isList(section: SettingSection): boolean {
  return section.isArray && [...section.children.keys()].every((key) => /^\d+$/u.test(key));
}

/** The node below `path`, whatever the case of its keys; `undefined` when nothing was written there. */
export function findSetting(root: SettingNode, path: readonly string[]): SettingNode | undefined {
  let node: SettingNode | undefined = root;
  for (const key of path) {
    if (node?.kind !== 'section') return undefined;
    node = node.children.get(key.toLowerCase())?.node;
  }
  return node;
}

/** The children of an array in the order of their positions. */
export function listElements(array: SettingSection): readonly SettingNode[] {
  return [...array.children]
    .sort(([left], [right]) => Number(left) - Number(right))
    .map(([, child]) => child.node);
}

/** No settings at all: what a missing layer holds. */
export const emptySettings: SettingSection = {
  kind: 'section',
  isArray: false,
  children: new Map(),
  origin: { kind: 'file', file: 'appsettings.json', line: 1, column: 1 },
};

/** The same tree with each leaf as `change` gives it; `path` is as written. */
export function mapLeaves(
  node: SettingNode,
  change: (leaf: SettingLeaf, path: readonly string[]) => SettingLeaf,
  path: readonly string[] = [],
): SettingNode {
  if (node.kind === 'leaf') return change(node, path);
  return mapSection(node, change, path);
}

export function mapSection(
  section: SettingSection,
  change: (leaf: SettingLeaf, path: readonly string[]) => SettingLeaf,
  path: readonly string[] = [],
): SettingSection {
  const children = [...section.children].map(
    ([name, { key, node }]) =>
      [name, { key, node: mapLeaves(node, change, [...path, key]) }] as const,
  );
  return { ...section, children: new Map(children) };
}

export interface PlacedLeaf {
  readonly path: readonly string[];
  readonly leaf: SettingLeaf;
}

/** Every leaf with its path as written, in the order written. */
export function listLeaves(node: SettingNode, path: readonly string[] = []): readonly PlacedLeaf[] {
  if (node.kind === 'leaf') return [{ path, leaf: node }];
  return [...node.children.values()].flatMap(({ key, node: child }) =>
    listLeaves(child, [...path, key]),
  );
}

/**
 * The tree with the hidden values that are not below one of `keptSections` read. What is kept hidden is read when a connection is
 * used, so that a command asks a vault for no more than it needs.
 */
export async function settleSettings(
  settings: SettingNode,
  keptSections: readonly (readonly string[])[],
): Promise<SettingNode> {
  const hidden = listLeaves(settings).filter(
    ({ path, leaf }) =>
      isSettingReference(leaf.value) && !keptSections.some((kept) => startsWith(path, kept)),
  );
  if (hidden.length === 0) return settings;
  const values = new Map<SettingLeaf, Secret>();
  for (const { leaf } of hidden) {
    if (!isSettingReference(leaf.value) || leaf.value.read === undefined) continue;
    values.set(leaf, await leaf.value.read());
  }
  return mapLeaves(settings, (leaf) => {
    const value = values.get(leaf);
    return value === undefined ? leaf : { ...leaf, value };
  });
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.every((key, index) => path[index]?.toLowerCase() === key.toLowerCase());
}
