/** Rules and resource types of the model, from declarations that have passed all checks. */

import type { DimensionSlots } from '../check-criteria.ts';
import { propertyPart } from '../check-entity-model.ts';
import type { CompiledExpressions } from '../check-expressions.ts';
import type { Names } from '../check-names.ts';
import { firstProperty } from '../check-record-sections.ts';
import type { EntityModel } from '../entity-model.ts';
import type { CompiledExpression } from '../expression/values.ts';
import type {
  BinaryRule,
  ClassificationRule,
  ContextRule,
  CorrelationRule,
  EntityPropertyExpression,
  NavigationRule,
  QueryRule,
  ResourceType,
  ResourceTypeMapping,
  ScalarRule,
  TimeOffset,
  TypeRule,
} from '../model.ts';
import { contextRule } from '../schema/context-elements.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { findAttribute, slotDigits } from '../schema/element.ts';
import { entityPropertyExpression } from '../schema/entity-elements.ts';
import {
  binaryRule,
  classificationRule,
  correlationRule,
  navigationRule,
  queryRule,
  resourceType,
  scalarRule,
  typeRule,
} from '../schema/resource-type-elements.ts';
import { mappingScope } from '../schema/resource-type-mapping-elements.ts';
import { positionOf, positionOfValue, type SourceElement } from '../source/element-tree.ts';
import { criteriaOf, dimensionsOf } from './dimension-slots.ts';
import { buildPasswordReset } from './password-resets.ts';
import { buildRecordSections } from './record-sections.ts';
import { buildRequestSettings } from './roles.ts';

export interface RuleSources {
  readonly names: Names;
  readonly slots: DimensionSlots;
  readonly expressions: CompiledExpressions;
}

/** What a check has made sure of; it can only be missing when a check has a hole. */
function compiled(sources: RuleSources, element: Declared, part: string): CompiledExpression {
  const found = sources.expressions.find(element, part);
  if (found === undefined) {
    throw new Error(`${element.definition.name} was checked without compiling its ${part}.`);
  }
  return found;
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  // The cast holds: the object has the key exactly when there is a value.
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

function timeOffsetOf(values: {
  readonly TimeOffsetReference: TimeOffset['reference'];
  readonly TimeOffsetBeforeReference: number;
  readonly TimeOffsetAfterReference: number;
}): TimeOffset {
  return {
    reference: values.TimeOffsetReference,
    beforeMinutes: values.TimeOffsetBeforeReference,
    afterMinutes: values.TimeOffsetAfterReference,
  };
}

export function buildPropertyExpression(
  sources: RuleSources,
  declared: Declared,
): EntityPropertyExpression {
  const values = valuesOf(declared, entityPropertyExpression);
  return {
    identifier: values.Identifier,
    entityType: values.EntityType,
    property: propertyPart(values.Property),
    priority: values.Priority,
    value: compiled(sources, declared, 'value'),
    at: positionOf(declared.source),
  };
}

export function buildResourceType(sources: RuleSources, declared: Declared): ResourceType {
  const values = valuesOf(declared, resourceType);
  const dependsOnOwner = values.DependsOnOwnerProperty;
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    policy: values.Policy,
    ...given('category', values.Category),
    sourceEntityType: values.SourceEntityType,
    targetEntityType: values.TargetEntityType,
    ...buildRequestSettings(sources.names, declared, values),
    parameters: dimensionsOf(declared, 'P', sources.slots),
    requiredParameters: dimensionsOf(declared, 'R', sources.slots),
    allowAdd: values.AllowAdd,
    allowRemove: values.AllowRemove,
    removeOrphans: values.RemoveOrphans,
    blockProvisioning: values.BlockProvisioning,
    correlateMultipleResources: values.CorrelateMultipleResources,
    suggestAllCorrelations: values.SuggestAllCorrelations,
    discardManualAssignments: values.DiscardManualAssignments,
    ...given('dependsOn', values.DependsOn),
    ...given(
      'dependsOnOwnerProperty',
      dependsOnOwner === undefined ? undefined : propertyPart(dependsOnOwner),
    ),
    fulfillHoursAheadOfTime: values.FulfillHoursAheadOfTime,
    transmittedStateValidityMinutes: values.TransmittedStateValidityPeriod,
    thresholds: {
      maximumInsert: values.MaximumInsert,
      maximumUpdate: values.MaximumUpdate,
      maximumDelete: values.MaximumDelete,
      maximumInsertPercent: values.MaximumInsertPercent,
      maximumUpdatePercent: values.MaximumUpdatePercent,
      maximumDeletePercent: values.MaximumDeletePercent,
    },
    typeRules: childrenNamed(declared, 'TypeRule').map((rule) => buildTypeRule(sources, rule)),
    scalarRules: childrenNamed(declared, 'ScalarRule').map((rule) =>
      buildScalarRule(sources, rule),
    ),
    navigationRules: childrenNamed(declared, 'NavigationRule').map((rule) =>
      buildNavigationRule(sources, rule),
    ),
    queryRules: childrenNamed(declared, 'QueryRule').map((rule) => buildQueryRule(sources, rule)),
    binaryRules: childrenNamed(declared, 'BinaryRule').map((rule) =>
      buildBinaryRule(sources, rule),
    ),
    correlationRules: buildCorrelationRules(sources, values.Identifier),
    classificationRules: buildClassificationRules(sources, values.Identifier),
    ...given('mapping', buildMapping(sources, values.Identifier)),
    ...given('arguments', sources.expressions.find(declared, 'arguments')),
    at: positionOf(declared.source),
  };
}

function buildTypeRule({ slots }: RuleSources, declared: Declared): TypeRule {
  const values = valuesOf(declared, typeRule);
  return {
    criteria: criteriaOf(declared, slots),
    ...given('singleRole', values.SingleRole),
    isDenied: values.IsDenied,
    type: values.Type,
    timeOffset: timeOffsetOf(values),
    at: positionOf(declared.source),
  };
}

function buildScalarRule(sources: RuleSources, declared: Declared): ScalarRule {
  const values = valuesOf(declared, scalarRule);
  return {
    property: propertyPart(values.Property),
    ...given('singleRole', values.SingleRole),
    value: compiled(sources, declared, 'value'),
    comparisonType: values.ComparisonType,
    isMapped: values.IsMapped,
    timeOffset: timeOffsetOf(values),
    at: positionOf(declared.source),
  };
}

function buildBinaryRule(sources: RuleSources, declared: Declared): BinaryRule {
  const values = valuesOf(declared, binaryRule);
  return {
    property: propertyPart(values.Property),
    ...given('singleRole', values.SingleRole),
    value: compiled(sources, declared, 'value'),
    timeOffset: timeOffsetOf(values),
    at: positionOf(declared.source),
  };
}

function buildNavigationRule({ slots }: RuleSources, declared: Declared): NavigationRule {
  const values = valuesOf(declared, navigationRule);
  return {
    property: propertyPart(values.Property),
    resource: values.Resource,
    criteria: criteriaOf(declared, slots),
    ...given('singleRole', values.SingleRole),
    isDenied: values.IsDenied,
    timeOffset: timeOffsetOf(values),
    at: positionOf(declared.source),
  };
}

function buildQueryRule(sources: RuleSources, declared: Declared): QueryRule {
  const values = valuesOf(declared, queryRule);
  return {
    property: propertyPart(values.Property),
    source: compiled(sources, declared, 'source'),
    target: compiled(sources, declared, 'target'),
    confidence: values.TargetMatchedConfidenceLevel,
    timeOffset: timeOffsetOf(values),
    at: positionOf(declared.source),
  };
}

function buildCorrelationRules(sources: RuleSources, owner: string): readonly CorrelationRule[] {
  const rules = sources.names
    .all('ResourceCorrelationRule')
    .filter((declared) => textOf(declared, 'ResourceType') === owner)
    .map((declared): CorrelationRule => {
      const values = valuesOf(declared, correlationRule);
      return {
        resourceType: owner,
        source: compiled(sources, declared, 'source'),
        target: compiled(sources, declared, 'target'),
        confidence: values.SourceMatchedConfidenceLevel,
        at: positionOf(declared.source),
      };
    });
  return rules.sort((a, b) => b.confidence - a.confidence);
}

function buildClassificationRules(
  sources: RuleSources,
  owner: string,
): readonly ClassificationRule[] {
  const rules = sources.names
    .all('ResourceClassificationRule')
    .filter((declared) => textOf(declared, 'ResourceType') === owner)
    .map((declared): ClassificationRule => {
      const values = valuesOf(declared, classificationRule);
      return {
        resourceType: owner,
        ...given('target', sources.expressions.find(declared, 'target')),
        confidence: values.ResourceTypeIdentificationConfidenceLevel,
        at: positionOf(declared.source),
      };
    });
  return rules.sort((a, b) => b.confidence - a.confidence);
}

/** Attributes that the model names itself, or that only people read. */
const namedAttributes: ReadonlySet<string> = new Set([
  'Identifier',
  'Connection',
  'TicketSynchroIsNotAvailable',
  'ConsolidationMode',
]);

function buildMapping(sources: RuleSources, owner: string): ResourceTypeMapping | undefined {
  const declared = sources.names.find(mappingScope, owner);
  if (declared === undefined) return undefined;
  const attributes: Record<string, string> = {};
  for (const [name, { value }] of declared.written) {
    if (!namedAttributes.has(name) && !isForPeople(declared, name)) attributes[name] = value;
  }
  const connectionAt = declared.written.get('Connection');
  return {
    element: declared.definition.name,
    connection: textOf(declared, 'Connection') ?? '',
    connectionAt:
      connectionAt === undefined ? positionOf(declared.source) : positionOfValue(connectionAt),
    ticketSynchroIsNotAvailable: declared.values['TicketSynchroIsNotAvailable'] === true,
    ...given('passwordReset', buildPasswordReset(sources, declared)),
    attributes,
    children: declared.source.children.map(rawChild),
    at: positionOf(declared.source),
  };
}

function isForPeople(declared: Declared, name: string): boolean {
  const isListed = declared.definition.attributes.some((attribute) => attribute.name === name);
  return !isListed && /_L\d+$/.test(name) && findAttribute(declared.definition, name) !== undefined;
}

function rawChild(child: SourceElement): {
  readonly element: string;
  readonly attributes: Readonly<Record<string, string>>;
} {
  const attributes = Object.fromEntries(child.attributes.map(({ name, value }) => [name, value]));
  return { element: child.name, attributes };
}

export function buildContextRule(
  sources: RuleSources,
  entityModel: EntityModel,
  declared: Declared,
): ContextRule {
  const values = valuesOf(declared, contextRule);
  const { expressions, slots } = sources;
  const dimensions = declared.slots.flatMap(({ letter, slot }) => {
    const dimension = letter === 'B' ? slots.get(slot) : undefined;
    if (dimension === undefined) return [];
    const value = compiled(sources, declared, `B${slotDigits(slot)}`);
    const binding = declared.written.get(`B${slotDigits(slot)}`)?.value;
    return [
      {
        dimension: textOf(dimension, 'Identifier') ?? '',
        value,
        ...given('property', binding === undefined ? undefined : firstProperty(binding)),
      },
    ];
  });
  const sections = buildRecordSections(sources, entityModel, values.SourceEntityType);
  return {
    identifier: values.Identifier,
    policy: values.Policy,
    sourceEntityType: values.SourceEntityType,
    ...given('records', expressions.find(declared, 'records')),
    recordEntityType: expressions.recordTypeOf(declared) ?? values.SourceEntityType,
    ...given('start', expressions.find(declared, 'start')),
    ...given('end', expressions.find(declared, 'end')),
    dimensions,
    ...given('exclude', expressions.find(declared, 'exclude')),
    ...given('riskFactor', values.RiskFactorType === 'None' ? undefined : values.RiskFactorType),
    ...given('sections', sections.length === 0 ? undefined : sections),
    at: positionOf(declared.source),
  };
}
