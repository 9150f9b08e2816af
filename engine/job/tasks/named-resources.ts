/** Resources that the configuration names by key: criteria of dimensions, fixed values of navigation rules, items of risks. */
import { createHash } from 'node:crypto';
import type { Model } from '../../../config/index.ts';
import { resourceTypesOf, risksOf } from '../../evaluate/index.ts';
import type { ResourceGraph, StoreTransaction } from '../../store/index.ts';

/** Keys by entity type. */
export type Keys = ReadonlyMap<string, ReadonlySet<string>>;
/** Ids by entity type and key; what is not in the store is not there. */
export type KeyedResources = ReadonlyMap<string, ReadonlyMap<string, number>>;

interface Named {
  readonly keys: Keys;
  /** The same in ordinal order, with the text that stands for each in a digest. */
  readonly sorted: readonly {
    readonly entityType: string;
    readonly key: string;
    readonly label: string;
  }[];
}

/** By frozen model: the same model gives the same answer, so that remembering it shows only in the time it takes. */
const known = new WeakMap<Model, Map<string, Named>>();

/** What the configuration names for owners of this entity type. */
export function keysNamedBy(model: Model, sourceEntityType: string): Keys {
  return namedBy(model, sourceEntityType).keys;
}

/** Tells whether the configuration names the same resources as at another time. */
export function digestNamed(model: Model, sourceEntityType: string, found: KeyedResources): string {
  const lines: string[] = [];
  for (const { entityType, key, label } of namedBy(model, sourceEntityType).sorted) {
    const id = found.get(entityType)?.get(key);
    if (id !== undefined) lines.push(`${label}${id}`);
  }
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** Finds resources by their keys, and loads them. */
export async function findKeyed(
  t: StoreTransaction,
  keys: Keys,
  graph: ResourceGraph,
): Promise<KeyedResources> {
  const found = new Map<string, ReadonlyMap<string, number>>();
  for (const [entityType, wanted] of keys)
    found.set(entityType, await graph.findByKeys(t, entityType, wanted));
  return found;
}

function namedBy(model: Model, sourceEntityType: string): Named {
  const found = known.get(model)?.get(sourceEntityType);
  if (found !== undefined) return found;
  const keys = collectKeys(model, sourceEntityType);
  const sorted = [...keys]
    .flatMap(([entityType, wanted]) =>
      [...wanted].map((key) => ({ entityType, key, label: `${entityType}:${key}=` })),
    )
    .sort((left, right) => (left.label < right.label ? -1 : 1));
  const byType = known.get(model) ?? new Map<string, Named>();
  known.set(model, byType.set(sourceEntityType, { keys, sorted }));
  return { keys, sorted };
}

function collectKeys(model: Model, sourceEntityType: string): Keys {
  const wanted = new Map<string, Set<string>>();
  const want = (entityType: string | undefined, key: string): void => {
    if (entityType === undefined) return;
    const keys = wanted.get(entityType) ?? new Set<string>();
    wanted.set(entityType, keys);
    keys.add(key);
  };
  const own = resourceTypesOf(model, sourceEntityType);
  const criteria = [
    ...[...model.singleRoleRules, ...model.compositeRoleRules].flatMap((rule) => rule.criteria),
    ...[...model.singleRoles.values(), ...model.compositeRoles.values()].flatMap(
      (role) => role.dimensions,
    ),
    ...own.flatMap((type) =>
      [...type.typeRules, ...type.navigationRules].flatMap((rule) => rule.criteria),
    ),
  ];
  for (const criterion of criteria)
    want(model.dimensions.get(criterion.dimension)?.entityType, criterion.value);
  for (const type of own) {
    for (const rule of type.navigationRules) {
      const property = model.entityModel.entityTypes
        .get(type.targetEntityType)
        ?.properties.get(rule.property);
      if (property?.kind === 'navigation') want(property.target, rule.resource);
    }
  }
  for (const item of risksOf(model, sourceEntityType).flatMap(({ rules }) =>
    rules.flatMap(({ items }) => items),
  )) {
    const target = model.resourceTypes.get(item.resourceType)?.targetEntityType ?? '';
    const property = model.entityModel.entityTypes.get(target)?.properties.get(item.property);
    if (property?.kind === 'navigation' && item.resource !== undefined)
      want(property.target, item.resource);
  }
  return wanted;
}
