/** The data of one test: resources as its sources hold them on a day, changed by later steps and by carried out orders. */
import {
  type EntityType,
  type GivenRow,
  type GivenValue,
  type Model,
  type Named,
  type NavigationProperty,
  type Place,
  type Placed,
  suggest,
  type TestStep,
} from '../../../config/index.ts';
import type { LinkedResource, ProvisioningOrder } from '../../../connectors/index.ts';
import { toInternalText } from './internal-text.ts';

interface Resource {
  readonly scalars: Map<string, string | null>;
  /** Keys of other resources, by navigation property. */
  readonly links: Map<string, readonly string[]>;
}

/** What is wrong with the data of a test, with its place. */
export interface DataProblem {
  readonly at: Place;
  readonly message: string;
  readonly hint?: string | undefined;
}

export class Company {
  readonly #model: Model;
  readonly #resources = new Map<string, Map<string, Resource>>();
  /** What was there once: sources go on naming it. */
  readonly #gone = new Map<string, Resource>();
  #touched = new Set<string>();
  #made = 0;

  constructor(model: Model) {
    this.#model = model;
  }

  /** Entity types whose resources changed since the last call. */
  takeTouched(): ReadonlySet<string> {
    const touched = this.#touched;
    this.#touched = new Set();
    return touched;
  }

  /** Rows change the resources of their keys, and add those that are not there. */
  change(step: Pick<TestStep, 'given' | 'removed'>): readonly DataProblem[] {
    const problems: DataProblem[] = [];
    const links: { readonly target: string; readonly keys: readonly Placed<string>[] }[] = [];
    for (const { name, nameAt, value: rows } of step.given) {
      const mapping = this.#model.entityTypeMappings.get(name);
      const type = this.#model.entityModel.entityTypes.get(name);
      if (mapping === undefined || type === undefined) {
        problems.push(this.#unknownType(name, nameAt));
        continue;
      }
      for (const row of rows) {
        const put = this.#put(type, mapping.primaryKey.identifier, row);
        problems.push(...put.problems);
        links.push(...put.links);
      }
    }
    for (const { name, nameAt, value: keys } of step.removed) {
      const type = this.#model.entityModel.entityTypes.get(name);
      if (type === undefined) problems.push(this.#unknownType(name, nameAt));
      for (const { value, at } of type === undefined ? [] : keys) {
        const key = this.#find(name, value);
        if (key === undefined) problems.push(this.#unknownKey(name, value, at));
        else this.#remove(name, key);
      }
    }
    for (const { target, keys } of links) {
      for (const { value, at } of keys)
        if (this.#find(target, value) === undefined)
          problems.push(this.#unknownKey(target, value, at));
    }
    return problems;
  }

  /** Does what an order asks for. A new resource whose key nobody ordered gets one of the system: `new-1`. */
  carryOut(order: ProvisioningOrder): void {
    const entityType = order.resourceType.targetEntityType;
    const keyProperty = this.#keyOf(entityType);
    if (keyProperty === undefined) return;
    const known = order.resource?.values[keyProperty] ?? undefined;
    if (order.changeType === 'deleted') {
      if (known !== undefined) this.#remove(entityType, known);
      return;
    }
    const resource = (known === undefined ? undefined : this.#get(entityType, known)) ?? {
      scalars: new Map<string, string | null>(),
      links: new Map<string, readonly string[]>(),
    };
    for (const change of order.changes) {
      const { property } = change;
      const linked = resource.links.get(property) ?? [];
      if (change.kind === 'set') {
        if (this.#isMapped(entityType, property)) resource.scalars.set(property, change.value);
      } else if (change.kind === 'link') {
        resource.links.set(property, change.value === null ? [] : this.#keysOf(change.value));
      } else {
        const [key = ''] = this.#keysOf(change.value);
        const others = linked.filter((other) => other !== key);
        resource.links.set(property, change.kind === 'add' ? [...others, key] : others);
      }
    }
    const key = resource.scalars.get(keyProperty) ?? this.#nameNew();
    resource.scalars.set(keyProperty, key);
    if (known !== undefined && known !== key) this.#remove(entityType, known);
    this.#set(entityType, key, resource);
  }

  /** Mapping keys with the values of these properties, in order. */
  rows(
    entityType: string,
    properties: readonly string[],
  ): readonly (readonly [string, ...(string | null)[]])[] {
    return [...(this.#resources.get(entityType) ?? [])].map(([key, { scalars }]) => [
      key,
      ...properties.map((property) => scalars.get(property) ?? null),
    ]);
  }

  /** Pairs of the values by which an association finds its ends. */
  pairs(identifier: string): readonly (readonly [string, string])[] {
    const association = this.#model.entityModel.associations.get(identifier);
    const mapping = this.#model.associationMappings.get(identifier);
    if (association === undefined || mapping === undefined) return [];
    const lookups = [mapping.lookup1, mapping.lookup2] as const;
    const pairs = new Map<string, readonly [string, string]>();
    const sides = [
      { type: association.type1, property: association.property1, other: association.type2 },
      { type: association.type2, property: association.property2, other: association.type1 },
    ];
    for (const [side, { type, property, other }] of sides.entries()) {
      const [own, far] = side === 0 ? lookups : [lookups[1], lookups[0]];
      for (const resource of this.#resources.get(type)?.values() ?? []) {
        const from = resource.scalars.get(own.property);
        for (const key of resource.links.get(property) ?? []) {
          const to = this.#lookUp(other, key)?.scalars.get(far.property);
          if (from == null || to == null) continue;
          const pair = side === 0 ? ([from, to] as const) : ([to, from] as const);
          pairs.set(JSON.stringify(pair), pair);
        }
      }
    }
    return [...pairs.values()];
  }

  #put(
    type: EntityType,
    keyProperty: string,
    row: GivenRow,
  ): {
    readonly problems: readonly DataProblem[];
    readonly links: readonly {
      readonly target: string;
      readonly keys: readonly Placed<string>[];
    }[];
  } {
    const problems: DataProblem[] = [];
    const links: { target: string; keys: readonly Placed<string>[] }[] = [];
    const given = row.value.find(({ name }) => name === keyProperty)?.value;
    if (typeof given !== 'string') {
      const message = `A row of ${type.identifier} needs its key ${keyProperty}.`;
      return { problems: [{ at: row.at, message }], links };
    }
    const resource = this.#get(type.identifier, given) ?? {
      scalars: new Map<string, string | null>(),
      links: new Map<string, readonly string[]>(),
    };
    for (const value of row.value) {
      const property = type.properties.get(value.name);
      if (property === undefined) {
        problems.push({
          at: value.nameAt,
          message: `${type.identifier} has no property "${value.name}".`,
          hint: suggest(value.name, type.properties.keys()),
        });
      } else if (property.kind === 'navigation') {
        const keys = readKeys(value);
        problems.push(...this.#checkLink(type, property, value, keys));
        links.push({ target: property.target, keys });
        resource.links.set(
          value.name,
          keys.map((key) => key.value),
        );
      } else if (this.#isMapped(type.identifier, value.name)) {
        const text = Array.isArray(value.value) ? undefined : (value.value as string | null);
        const internal = text === undefined ? undefined : toInternalText(property.type, text);
        if (internal === undefined)
          problems.push({
            at: value.at,
            message: `This is no value of the type ${property.type}.`,
            ...(property.type === 'DateTime'
              ? { hint: 'Write 2026-01-05 or 2026-01-05T12:00:00Z.' }
              : {}),
          });
        else resource.scalars.set(value.name, internal);
      } else {
        problems.push({
          at: value.nameAt,
          message: `No mapping reads ${type.identifier}.${value.name}, so no source can give it.`,
          hint: 'Leave it out; if an expression computes it, expect it under "properties".',
        });
      }
    }
    this.#set(type.identifier, given, resource);
    return { problems, links };
  }

  #checkLink(
    type: EntityType,
    property: NavigationProperty,
    value: Named<GivenValue['value']>,
    keys: readonly Placed<string>[],
  ): readonly DataProblem[] {
    if (!this.#model.associationMappings.has(property.association)) {
      const message = `No mapping reads ${type.identifier}.${value.name}, so no source can give it.`;
      return [{ at: value.nameAt, message }];
    }
    if (property.isCollection || keys.length <= 1) return [];
    return [{ at: value.at, message: `${type.identifier}.${value.name} holds one resource only.` }];
  }

  /** The mapping key of the resource that one of its keys names. */
  #find(entityType: string, key: string): string | undefined {
    const own = this.#resources.get(entityType);
    if (own === undefined || own.has(key)) return own === undefined ? undefined : key;
    const properties = this.#model.entityModel.entityTypes.get(entityType)?.keys ?? [];
    for (const [mappingKey, { scalars }] of own)
      if (properties.some((property) => scalars.get(property) === key)) return mappingKey;
    return undefined;
  }

  #get(entityType: string, key: string): Resource | undefined {
    return this.#resources.get(entityType)?.get(key);
  }

  #set(entityType: string, key: string, resource: Resource): void {
    const own = this.#resources.get(entityType) ?? new Map<string, Resource>();
    this.#resources.set(entityType, own);
    own.set(key, resource);
    this.#touched.add(entityType);
  }

  /** Also of what has gone, by its mapping key. */
  #lookUp(entityType: string, key: string): Resource | undefined {
    const found = this.#get(entityType, this.#find(entityType, key) ?? '');
    return found ?? this.#gone.get(`${entityType}:${key}`);
  }

  #remove(entityType: string, key: string): void {
    const resource = this.#get(entityType, key);
    if (resource !== undefined) this.#gone.set(`${entityType}:${key}`, resource);
    this.#resources.get(entityType)?.delete(key);
    this.#touched.add(entityType);
  }

  #keyOf(entityType: string): string | undefined {
    return this.#model.entityTypeMappings.get(entityType)?.primaryKey.identifier;
  }

  #keysOf({
    entityType,
    values,
  }: Pick<LinkedResource, 'entityType' | 'values'>): readonly string[] {
    const key = values[this.#keyOf(entityType) ?? ''];
    return key == null ? [] : [key];
  }

  #isMapped(entityType: string, property: string): boolean {
    const mapping = this.#model.entityTypeMappings.get(entityType);
    return mapping?.properties.some(({ identifier }) => identifier === property) === true;
  }

  #nameNew(): string {
    this.#made += 1;
    return `new-${this.#made}`;
  }

  #unknownType(name: string, at: Place): DataProblem {
    const known = [...this.#model.entityTypeMappings.keys()];
    return {
      at,
      message: `No mapping reads resources of "${name}".`,
      hint: suggest(name, known) ?? `Entity types that are read: ${known.join(', ')}.`,
    };
  }

  #unknownKey(entityType: string, key: string, at: Place): DataProblem {
    return {
      at,
      message: `The test gives no ${entityType} "${key}".`,
      hint:
        suggest(key, this.#resources.get(entityType)?.keys() ?? []) ??
        `Give it under "${entityType}", or correct the key.`,
    };
  }
}

/** One key or several. */
export function readKeys({ value, at }: GivenValue): readonly Placed<string>[] {
  if (value === null) return [];
  return typeof value === 'string' ? [{ value, at }] : value;
}
