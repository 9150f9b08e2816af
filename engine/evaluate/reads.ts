/** Which expressions and properties the evaluation of one source entity type looks at. */
import type {
  CompiledExpression,
  CorrelationRule,
  Model,
  QueryRule,
  ReadPair,
  ResourceType,
} from '../../config/index.ts';
import { indirectReads } from './indirect-permissions.ts';
import { risksOf } from './risks.ts';
import { roleModelOf } from './role-rules.ts';
import { ruleKeyOf } from './rule-key.ts';

/** A rule whose matches are looked up before owners are evaluated: equal keys of both sides are a match. */
export interface MatchedRule {
  readonly ruleKey: string;
  readonly resourceType: string;
  readonly kind: 'correlation' | 'query';
  /** Rooted at the source entity type. */
  readonly sourceExpression: CompiledExpression;
  readonly targetEntityType: string;
  /** Rooted at `targetEntityType`. */
  readonly targetExpression: CompiledExpression;
}

/** Correlation and query rules of the resource types this entity type owns, in the order of the model. */
export function rulesToMatch(model: Model, sourceEntityType: string): readonly MatchedRule[] {
  return resourceTypesOf(model, sourceEntityType).flatMap((resourceType) => {
    const matched = (
      kind: MatchedRule['kind'],
      rule: CorrelationRule | QueryRule,
      targetEntityType: string | null,
    ): readonly MatchedRule[] =>
      targetEntityType === null
        ? []
        : [
            {
              ruleKey: ruleKeyOf(resourceType, rule),
              resourceType: resourceType.identifier,
              kind,
              sourceExpression: rule.source,
              targetEntityType,
              targetExpression: rule.target,
            },
          ];
    return [
      ...resourceType.correlationRules.flatMap((rule) =>
        matched('correlation', rule, resourceType.targetEntityType),
      ),
      ...resourceType.queryRules.flatMap((rule) =>
        matched('query', rule, linkedEntityType(model, resourceType, rule.property)),
      ),
    ];
  });
}

/**
 * Every (entity type, property) pair the evaluation of an owner of this entity type may read, in ordinal order: contexts,
 * keys and parents of dimensions, expressions of both sides of its rules, and the target properties they fill. A change
 * of any other pair cannot change the outcome.
 */
export function readsOf(model: Model, sourceEntityType: string): ReadonlySet<ReadPair> {
  const reads = new Set(readGroupsOf(model, sourceEntityType).flatMap((group) => [...group]));
  return new Set([...reads].sort());
}

/**
 * The same pairs, those together that are read together: whatever an owner reads of another resource, it reaches it over
 * navigation properties of one of these groups. The value of a scalar rule follows from what its own expression reads; the
 * title of a manager is no matter of those whose accounts name him.
 */
export function readGroupsOf(model: Model, sourceEntityType: string): ReadGroups {
  const found = groupsByModel.get(model)?.get(sourceEntityType);
  if (found !== undefined) return found;
  const groups = collectReadGroups(model, sourceEntityType);
  const byType = groupsByModel.get(model) ?? new Map<string, ReadGroups>();
  groupsByModel.set(model, byType.set(sourceEntityType, groups));
  return groups;
}

type ReadGroups = readonly ReadonlySet<ReadPair>[];

/** By frozen model: the same model gives the same answer, so that remembering it shows only in the time it takes. */
const groupsByModel = new WeakMap<Model, Map<string, ReadGroups>>();

function collectReadGroups(model: Model, sourceEntityType: string): ReadGroups {
  const groups = new Map<string, Set<ReadPair>>();
  for (const { scalarRules } of resourceTypesOf(model, sourceEntityType)) {
    for (const { value } of scalarRules) {
      const ways = [...value.reads].filter((pair) => isNavigation(model, pair)).sort();
      const group = groups.get(ways.join()) ?? new Set<ReadPair>();
      groups.set(ways.join(), group);
      for (const pair of value.reads) group.add(pair);
    }
  }
  return [otherReads(model, sourceEntityType), ...groups.values()];
}

function isNavigation({ entityModel }: Model, pair: ReadPair): boolean {
  const [entityType = '', name = ''] = pair.split(':');
  return entityModel.entityTypes.get(entityType)?.properties.get(name)?.kind === 'navigation';
}

/** All but what expressions of scalar rules read. */
function otherReads(model: Model, sourceEntityType: string): ReadonlySet<ReadPair> {
  const reads = new Set<ReadPair>();
  const addAll = (expression: CompiledExpression): void => {
    for (const pair of expression.reads) reads.add(pair);
  };
  const addKeys = (entityType: string): void => {
    for (const key of model.entityModel.entityTypes.get(entityType)?.keys ?? []) {
      reads.add(`${entityType}:${key}`);
    }
  };
  contextExpressions(model, sourceEntityType).forEach(addAll);
  for (const pair of sectionPairs(model, sourceEntityType)) reads.add(pair);
  for (const dimension of dimensionsOf(model, sourceEntityType)) {
    addKeys(dimension.entityType);
    if (dimension.parentProperty !== undefined) {
      reads.add(`${dimension.entityType}:${dimension.parentProperty}`);
    }
  }
  for (const resourceType of resourceTypesOf(model, sourceEntityType)) {
    const { targetEntityType, dependsOnOwnerProperty } = resourceType;
    otherExpressions(resourceType).forEach(addAll);
    for (const rule of [...resourceType.correlationRules, ...resourceType.queryRules]) {
      addAll(rule.target);
    }
    if (dependsOnOwnerProperty !== undefined) {
      reads.add(`${sourceEntityType}:${dependsOnOwnerProperty}`);
    }
    for (const rule of [...resourceType.scalarRules, ...resourceType.binaryRules]) {
      reads.add(`${targetEntityType}:${rule.property}`);
    }
    for (const rule of [...resourceType.navigationRules, ...resourceType.queryRules]) {
      reads.add(`${targetEntityType}:${rule.property}`);
      const grouping = groupingOf(model, resourceType, rule.property);
      if (grouping !== null) reads.add(grouping);
    }
    for (const rule of resourceType.navigationRules) {
      const linked = linkedEntityType(model, resourceType, rule.property);
      if (linked !== null) addKeys(linked);
    }
  }
  for (const { targetEntityType, property, linked } of riskItems(model, sourceEntityType)) {
    reads.add(`${targetEntityType}:${property}`);
    if (linked !== null) addKeys(linked);
  }
  for (const pair of indirectReads(model, sourceEntityType)) reads.add(pair);
  return reads;
}

/** What risks of these owners look at, with the entity type of the linked resource. */
function riskItems(
  model: Model,
  sourceEntityType: string,
): readonly {
  readonly targetEntityType: string;
  readonly property: string;
  readonly linked: string | null;
}[] {
  const items = risksOf(model, sourceEntityType).flatMap((risk) =>
    risk.rules.flatMap((rule) => rule.items),
  );
  return items.flatMap(({ resourceType, property }) => {
    const type = model.resourceTypes.get(resourceType);
    if (type === undefined) return [];
    const { targetEntityType } = type;
    return [{ targetEntityType, property, linked: linkedEntityType(model, type, property) }];
  });
}

/**
 * Every pair that queries of these rules read of any resource, `Type:Id` for each queried type: a change of one concerns
 * all owners. Records of contexts found by a query are read by the other expressions of the context rule as well.
 */
export function queriedBy(model: Model, sourceEntityType: string): ReadonlySet<ReadPair> {
  const contexts = contextExpressions(model, sourceEntityType);
  const all = [
    ...contexts,
    ...resourceTypesOf(model, sourceEntityType).flatMap(ownerExpressions),
    ...rulesToMatch(model, sourceEntityType).map((rule) => rule.targetExpression),
  ];
  const queried = new Set(all.flatMap((expression) => [...(expression.queried ?? [])]));
  if (contexts.some((expression) => (expression.queried?.size ?? 0) > 0)) {
    for (const expression of contexts) for (const pair of expression.reads) queried.add(pair);
    for (const pair of sectionPairs(model, sourceEntityType)) queried.add(pair);
    for (const { entityType, parentProperty } of dimensionsOf(model, sourceEntityType)) {
      for (const key of model.entityModel.entityTypes.get(entityType)?.keys ?? []) {
        queried.add(`${entityType}:${key}`);
      }
      if (parentProperty !== undefined) queried.add(`${entityType}:${parentProperty}`);
    }
  }
  return new Set([...queried].sort());
}

/**
 * Properties by which links exclude each other. Rules give resources by name or by a key they match, so that nothing leads
 * from such a resource to the owners: a change of one concerns all of them.
 */
export function groupingsOf(model: Model, sourceEntityType: string): ReadonlySet<ReadPair> {
  const pairs = resourceTypesOf(model, sourceEntityType).flatMap((resourceType) =>
    [...resourceType.navigationRules, ...resourceType.queryRules].map((rule) =>
      groupingOf(model, resourceType, rule.property),
    ),
  );
  return new Set(pairs.filter((pair) => pair !== null).sort());
}

/** How time alone, between two boundaries of periods, may change what an owner should have. */
export type ClockDependence = 'never' | 'daily' | 'always';

/** `daily`: only at midnight, UTC, because expressions read the date and nothing finer. */
export function clockDependence(model: Model, sourceEntityType: string): ClockDependence {
  const reading = [
    ...contextExpressions(model, sourceEntityType),
    ...resourceTypesOf(model, sourceEntityType).flatMap(ownerExpressions),
    ...rulesToMatch(model, sourceEntityType).map((rule) => rule.targetExpression),
  ].filter((expression) => expression.readsClock);
  if (reading.length === 0) return 'never';
  return reading.every((expression) => expression.changesDaily === true) ? 'daily' : 'always';
}

/** Resource types given to owners of this entity type, in the order of the model. */
export function resourceTypesOf(model: Model, sourceEntityType: string): readonly ResourceType[] {
  return [...model.resourceTypes.values()].filter(
    (resourceType) => resourceType.sourceEntityType === sourceEntityType,
  );
}

function contextExpressions(model: Model, entityType: string): readonly CompiledExpression[] {
  const rule = model.contextRules.get(entityType);
  if (rule === undefined) return [];
  return [
    rule.records,
    rule.start,
    rule.end,
    rule.exclude,
    ...rule.dimensions.map((dimension) => dimension.value),
    ...(rule.sections ?? []).flatMap((section) => [section.instanceKey, section.sortKey]),
  ].filter((expression) => expression !== undefined);
}

/**
 * What record sections look at besides expressions: dates, the keys that decide between equals, and every property of a
 * section that a record may lack.
 */
function sectionPairs(model: Model, entityType: string): readonly ReadPair[] {
  const rule = model.contextRules.get(entityType);
  const { sections = [], recordEntityType = '' } = rule ?? {};
  if (sections.length === 0) return [];
  const keys = model.entityModel.entityTypes.get(recordEntityType)?.keys ?? [];
  const properties = sections.flatMap((section) => [
    section.startProperty,
    section.endProperty,
    ...(section.isDefault ? [] : section.properties.keys()),
  ]);
  return [...keys, ...properties]
    .filter((property) => property !== undefined)
    .map((property): ReadPair => `${recordEntityType}:${property}`);
}

function ownerExpressions(resourceType: ResourceType): readonly CompiledExpression[] {
  return [...resourceType.scalarRules.map((rule) => rule.value), ...otherExpressions(resourceType)];
}

/** Those of its other rules. */
function otherExpressions(resourceType: ResourceType): readonly CompiledExpression[] {
  return [
    ...resourceType.binaryRules.map((rule) => rule.value),
    ...resourceType.queryRules.map((rule) => rule.source),
    ...resourceType.correlationRules.map((rule) => rule.source),
  ];
}

function dimensionsOf(
  model: Model,
  entityType: string,
): readonly { readonly entityType: string; readonly parentProperty?: string }[] {
  const bound = model.contextRules.get(entityType)?.dimensions ?? [];
  const { single, composite } = roleModelOf(model, entityType).parameters;
  const named = new Set([
    ...bound.map(({ dimension }) => dimension),
    // Values that assignments of roles bring are compared like those of contexts.
    ...[...single.values(), ...composite.values()].flatMap((dimensions) => [...dimensions]),
  ]);
  return [...named]
    .map((dimension) => model.dimensions.get(dimension))
    .filter((dimension) => dimension !== undefined);
}

function linkedEntityType(
  model: Model,
  resourceType: ResourceType,
  property: string,
): string | null {
  const target = model.entityModel.entityTypes.get(resourceType.targetEntityType);
  const declared = target?.properties.get(property);
  return declared?.kind === 'navigation' ? declared.target : null;
}

/** What tells which linked resources exclude each other. */
function groupingOf(model: Model, resourceType: ResourceType, property: string): ReadPair | null {
  const target = model.entityModel.entityTypes.get(resourceType.targetEntityType);
  const declared = target?.properties.get(property);
  if (declared?.kind !== 'navigation' || declared.groupByProperty === undefined) return null;
  return `${declared.target}:${declared.groupByProperty}`;
}
