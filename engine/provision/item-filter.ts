/** What people narrow lists and decisions by, and what that means for the store. */
import type { EntityModel, Model, ResourceType } from '../../config/index.ts';
import {
  type DecidableFilter,
  type LinkedColumn,
  type OwnerCondition,
  readTableMap,
  type StoreTransaction,
  type TableMap,
  type TextCondition,
} from '../store/index.ts';

/** In texts `*` stands for any text; an empty text is no value. */
export interface ItemFilter {
  readonly resourceType?: string;
  /** Values of this property, and nothing but values. */
  readonly property?: string;
  readonly proposed?: string;
  readonly current?: string;
  /** What would write this: changes of a property, and resources to be created with it. */
  readonly value?: { readonly property: string; readonly text: string };
  /** Percent, both included. */
  readonly confidence?: { readonly from: number; readonly to: number };
  /** Key or name of the owner. */
  readonly owner?: string;
  /** In its state since, UTC ISO, both included. */
  readonly since?: { readonly from?: string; readonly until?: string };
  /** What was put off: left out, or nothing else; both when not given. */
  readonly postponed?: 'hidden' | 'only';
  /** Only resources themselves, or only their values. */
  readonly part?: 'resource' | 'value';
}

/** @param now UTC ISO */
export async function toStoreFilter(
  t: StoreTransaction,
  model: Model,
  filter: ItemFilter,
  now: string,
): Promise<DecidableFilter> {
  const { resourceType, property, proposed, current, value, confidence, owner, since } = filter;
  const tables = await readTableMap(t);
  const text = (pattern: string): TextCondition => ({
    pattern,
    links: linkedColumns(model, tables, resourceType),
  });
  return {
    resourceTypes: resourceType === undefined ? [...model.resourceTypes.keys()] : [resourceType],
    ...(property === undefined ? {} : { property }),
    ...(proposed === undefined ? {} : { proposed: text(proposed) }),
    ...(current === undefined ? {} : { current: text(current) }),
    ...(value === undefined ? {} : { value: { property: value.property, is: text(value.text) } }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(owner === undefined ? {} : { owners: ownerConditions(model, tables, owner) }),
    ...(since === undefined ? {} : { since }),
    ...(filter.postponed === undefined ? {} : { postponed: { now, show: filter.postponed } }),
    ...(filter.part === undefined ? {} : { part: filter.part }),
  };
}

/** One condition per entity type that has resource types or roles. */
export function ownerConditions(
  model: Model,
  { entities }: TableMap,
  pattern: string,
): readonly OwnerCondition[] {
  const types = Map.groupBy(model.resourceTypes.values(), (type) => type.sourceEntityType);
  const conditions: OwnerCondition[] = [];
  for (const [entityType, { table }] of entities) {
    const columns = nameColumns(model.entityModel, entities, entityType);
    const resourceTypes = (types.get(entityType) ?? []).map((type) => type.identifier);
    conditions.push({ entityType, resourceTypes, table, columns, pattern });
  }
  return conditions;
}

/** Columns of the key and of the name that people know a resource by. */
function nameColumns(
  entityModel: EntityModel,
  entities: TableMap['entities'],
  entityType: string,
): readonly string[] {
  const type = entityModel.entityTypes.get(entityType);
  const columns = entities.get(entityType)?.columns;
  const key = columns?.get(type?.keys[0] ?? '') ?? 'mapping_key';
  const name = columns?.get(type?.displayProperty ?? '') ?? key;
  return [...new Set([key, name])];
}

function linkedColumns(
  model: Model,
  { entities }: TableMap,
  only: string | undefined,
): readonly LinkedColumn[] {
  const types: readonly ResourceType[] = [...model.resourceTypes.values()].filter(
    (type) => only === undefined || type.identifier === only,
  );
  const columns: LinkedColumn[] = [];
  for (const type of types) {
    const ruled = new Set(
      [...type.navigationRules, ...type.queryRules].map((rule) => rule.property),
    );
    for (const property of ruled) {
      const declared = model.entityModel.entityTypes
        .get(type.targetEntityType)
        ?.properties.get(property);
      if (declared?.kind !== 'navigation') continue;
      const linked = entities.get(declared.target);
      const [column] = nameColumns(model.entityModel, entities, declared.target);
      if (linked === undefined || column === undefined) continue;
      columns.push({ resourceType: type.identifier, property, table: linked.table, column });
    }
  }
  return columns;
}
