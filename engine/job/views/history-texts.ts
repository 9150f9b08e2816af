/** What versions of assignments hold, as people read it: linked resources and accounts by key, dates as days, files by digest. */
import type { Model, Property } from '../../../config/index.ts';
import { describeDigest } from '../../evaluate/index.ts';
import { showInstant } from '../../provision/index.ts';
import type { AssignmentVersion, StoreTransaction } from '../../store/index.ts';
import { namesOf } from './history-names.ts';

export interface AssignmentTexts {
  /** `EntityType:key` of the account; `#id` of one that is gone. */
  target(row: AssignmentVersion): string | null;
  /** Of a value with a row of its own. */
  value(resourceType: string, row: AssignmentVersion, column: string): string | null;
  /** Key of what is held indirectly. */
  linked(row: AssignmentVersion): string;
  /** `EntityType:key` of the account it comes through. */
  through(row: AssignmentVersion): string;
  /** What the policy wants, by property. */
  wanted(row: AssignmentVersion): readonly (readonly [property: string, text: string | null])[];
}

interface Versions {
  readonly types: readonly AssignmentVersion[];
  readonly values: readonly AssignmentVersion[];
  /** Links that are held indirectly. */
  readonly indirect: readonly AssignmentVersion[];
  readonly resourceTypeOf: (value: AssignmentVersion) => string;
}

/** One query per entity type, however many versions there are. */
export async function readAssignmentTexts(
  t: StoreTransaction,
  model: Model,
  { types, values, indirect, resourceTypeOf }: Versions,
): Promise<AssignmentTexts> {
  const wanted = new Map<string, Set<number>>();
  const want = (entityType: string | undefined, ids: readonly number[]): void => {
    if (entityType === undefined) return;
    const known = wanted.get(entityType) ?? new Set<number>();
    for (const id of ids) known.add(id);
    wanted.set(entityType, known);
  };
  for (const row of types) {
    const type = String(row['resource_type']);
    if (typeof row['target_id'] === 'number') want(targetTypeOf(model, type), [row['target_id']]);
    for (const [property, value] of policyValuesOf(row))
      if (Array.isArray(value)) want(linkedTypeOf(model, type, property), value.map(Number));
  }
  for (const row of values) {
    const linked = linkedTypeOf(model, resourceTypeOf(row), String(row['property']));
    for (const column of ['policy_value', 'current_value']) want(linked, idsOf(row, column));
  }
  for (const row of indirect) {
    want(linkOf(model, row), [Number(row['linked_id'])]);
    want(targetTypeOf(model, String(row['through'])), [Number(row['target_id'])]);
  }
  const keys = new Map<string, string>();
  const read = namesOf(t, model.entityModel, null);
  for (const [entityType, ids] of wanted)
    for (const { id, key } of (await read(entityType, [...ids])).values())
      keys.set(`${entityType} ${id}`, key);
  const nameOf = (entityType: string, id: number): string =>
    keys.get(`${entityType} ${id}`) ?? `#${id}`;
  const accountOf = (resourceType: string, id: number): string => {
    const entityType = targetTypeOf(model, resourceType);
    const key = entityType === undefined ? '#' : nameOf(entityType, id);
    return key.startsWith('#') ? `#${id}` : `${entityType}:${key}`;
  };
  return {
    target(row) {
      const id = row['target_id'];
      if (id === null || id === undefined) return null;
      return accountOf(String(row['resource_type']), Number(id));
    },
    linked(row) {
      const entityType = linkOf(model, row);
      const id = Number(row['linked_id']);
      return entityType === undefined ? `#${id}` : nameOf(entityType, id);
    },
    through: (row) => accountOf(String(row['through']), Number(row['target_id'])),
    value(resourceType, row, column) {
      const property = propertyOf(model, resourceType, String(row['property']));
      if (property?.kind === 'navigation') {
        const [id] = idsOf(row, column);
        return id === undefined ? null : nameOf(property.target, id);
      }
      return show(property, textOf(row[column]));
    },
    wanted: (row) =>
      policyValuesOf(row).map(([name, value]) => {
        const property = propertyOf(model, String(row['resource_type']), name);
        if (!Array.isArray(value)) return [name, show(property, textOf(value))];
        const names = value.map((id) =>
          property?.kind === 'navigation' ? nameOf(property.target, Number(id)) : String(id),
        );
        return [name, names.length === 0 ? null : names.join(', ')];
      }),
  };
}

/** A value of a property that is no link. */
export function show(property: Property | undefined, text: string | null): string | null {
  if (text === null || property?.kind !== 'scalar') return text;
  if (property.type === 'DateTime') return showInstant(text);
  return property.type === 'Binary' ? describeDigest(text) : text;
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** Links of many have a row each, and say only whether the link is there. */
function idsOf(row: AssignmentVersion, column: string): readonly number[] {
  const value = row[column];
  if (value === null || value === undefined) return [];
  const linked = Number(row['linked_id'] ?? 0);
  return [linked === 0 ? Number(value) : linked];
}

/** Written as JSON by the evaluation: text, null or ids. */
function policyValuesOf(row: AssignmentVersion): readonly (readonly [string, unknown])[] {
  const json = row['policy_values'];
  if (json === null || json === undefined) return [];
  return Object.entries(JSON.parse(String(json)) as Readonly<Record<string, unknown>>);
}

function targetTypeOf(model: Model, resourceType: string): string | undefined {
  return model.resourceTypes.get(resourceType)?.targetEntityType;
}

/** Entity type of what is held indirectly. */
function linkOf(model: Model, row: AssignmentVersion): string | undefined {
  return linkedTypeOf(model, String(row['resource_type']), String(row['property']));
}

function propertyOf(model: Model, resourceType: string, name: string): Property | undefined {
  const target = targetTypeOf(model, resourceType);
  return model.entityModel.entityTypes.get(target ?? '')?.properties.get(name);
}

function linkedTypeOf(model: Model, resourceType: string, name: string): string | undefined {
  const property = propertyOf(model, resourceType, name);
  return property?.kind === 'navigation' ? property.target : undefined;
}
