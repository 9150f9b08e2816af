/** Which settings are in force, and where each comes from: the cure for a value that was edited without effect. */

import type { Environment } from './environment.ts';
import type { SettingsWarning } from './setting-keys.ts';
import { mergeLayers, type ReadOptions, readLayers, type SettingLayer } from './setting-layers.ts';
import { isSettingReference, parseReference } from './setting-reference.ts';
import { listLeaves, type PlacedLeaf, type SettingNode } from './setting-tree.ts';
import { describeOrigin } from './settings-error.ts';

/** Where a layer says something: its name, and the place in it. */
export interface SettingPlace {
  readonly layer: string;
  readonly place: string;
}

export interface EffectiveSetting extends SettingPlace {
  /** `Connections.HR.Path`, spelt as in the lowest layer. */
  readonly key: string;
  /** What kind of value it is; never the value, any of which may be a secret. */
  readonly holds: string;
  /** What has no effect because of it, the strongest first. */
  readonly shadows: readonly SettingPlace[];
}

export interface SettingsOverview {
  /** Layers that were read, the strongest first. */
  readonly layers: readonly string[];
  /** By key. */
  readonly settings: readonly EffectiveSetting[];
  readonly warnings: readonly SettingsWarning[];
}

/** Reads all layers, as `readProject` does, and shows names and origins. Values are not shown. */
export async function listSettings(
  folder: string,
  environment: Environment,
  options: ReadOptions = {},
): Promise<SettingsOverview> {
  const { layers, warnings } = await readLayers(folder, environment, options);
  const strongestFirst = [...layers].reverse();
  const settings = listLeaves(mergeLayers(layers)).map((placed) =>
    describeSetting(placed, strongestFirst),
  );
  return {
    layers: strongestFirst.filter(({ tree }) => tree.children.size > 0).map(({ name }) => name),
    settings: settings.sort((left, right) => compareKeys(left.key, right.key)),
    warnings,
  };
}

function describeSetting(
  { path, leaf }: PlacedLeaf,
  layers: readonly SettingLayer[],
): EffectiveSetting {
  const places: { readonly node: SettingNode; readonly place: SettingPlace }[] = [];
  for (const { name, tree } of layers) {
    const node = findAlong(tree, path);
    if (node === undefined) continue;
    places.push({ node, place: { layer: name, place: describeOrigin(node.origin) } });
  }
  const own = places.find(({ node }) => node === leaf)?.place;
  return {
    key: path.join('.'),
    layer: own?.layer ?? '',
    place: own?.place ?? describeOrigin(leaf.origin),
    holds: describeKind(leaf.value),
    shadows: places.filter(({ node }) => node !== leaf).map(({ place }) => place),
  };
}

/** What a layer has at the path; a value that stands where others have a section counts, it is replaced all the same. */
function findAlong(root: SettingNode, path: readonly string[]): SettingNode | undefined {
  let node: SettingNode | undefined = root;
  for (const key of path) {
    if (node?.kind === 'leaf') return node;
    node = node?.children.get(key.toLowerCase())?.node;
  }
  return node;
}

function describeKind(value: PlacedLeaf['leaf']['value']): string {
  if (isSettingReference(value)) return value.reference;
  if (value === null) return 'null';
  if (typeof value !== 'string') return typeof value === 'object' ? 'text' : typeof value;
  // A reference names a variable or a file, and is no secret.
  return parseReference(value)?.reference ?? 'text';
}

function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
