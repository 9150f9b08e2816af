/** Puts the frozen model together, from declarations that have passed all checks. */
import type { CheckedEntityModel } from '../check-entity-model.ts';
import type { Dimension, Job, Model } from '../model.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { dimension } from '../schema/entity-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import { buildAutomationRules } from './automation-rules.ts';
import {
  buildAssociationMapping,
  buildConnection,
  buildConnector,
  buildEntityTypeMapping,
} from './connectors.ts';
import { buildDataTests } from './data-tests.ts';
import { buildDeliveries } from './deliveries.ts';
import { deepFreeze } from './freeze.ts';
import { buildIndirectRules } from './indirect-rules.ts';
import { buildInvariants } from './invariants.ts';
import { buildItems, hashItems } from './items.ts';
import { buildReportQueries } from './report-queries.ts';
import { buildRisk } from './risks.ts';
import {
  buildCategory,
  buildCompositeRole,
  buildCompositeRoleRule,
  buildPolicy,
  buildSingleRole,
  buildSingleRoleRule,
} from './roles.ts';
import {
  buildContextRule,
  buildPropertyExpression,
  buildResourceType,
  type RuleSources,
} from './rules.ts';
import { buildSourceGuards } from './source-guards.ts';

export interface ModelSources extends RuleSources {
  readonly declared: readonly Declared[];
  readonly entities: CheckedEntityModel;
  readonly jobs: ReadonlyMap<string, Job>;
}

export function buildModel(sources: ModelSources): Model {
  const { names, declared, entities, jobs } = sources;
  const { model: entityModel } = entities;
  const items = buildItems(declared);
  const contextRules = names
    .all('ContextRule')
    .map((each) => buildContextRule(sources, entityModel, each));
  const mapped = <T extends { readonly identifier: string }>(
    element: string,
    build: (each: Declared) => T,
  ): ReadonlyMap<string, T> => byIdentifier(names.all(element).map(build));
  return deepFreeze({
    hash: hashItems(items),
    entityModel,
    connectors: mapped('Connector', buildConnector),
    connections: mapped('Connection', buildConnection),
    entityTypeMappings: mapped('EntityTypeMapping', buildEntityTypeMapping),
    associationMappings: mapped('EntityAssociationMapping', (each) =>
      buildAssociationMapping(each, entityModel),
    ),
    propertyExpressions: names
      .all('EntityPropertyExpression')
      .map((each) => buildPropertyExpression(sources, each)),
    dimensions: mapped('Dimension', buildDimension),
    policies: mapped('Policy', buildPolicy),
    categories: mapped('Category', buildCategory),
    singleRoles: mapped('SingleRole', (each) => buildSingleRole(sources, each)),
    singleRoleRules: names.all('SingleRoleRule').map((each) => buildSingleRoleRule(sources, each)),
    compositeRoles: mapped('CompositeRole', (each) => buildCompositeRole(sources, each)),
    compositeRoleRules: names
      .all('CompositeRoleRule')
      .map((each) => buildCompositeRoleRule(sources, each)),
    automationRules: buildAutomationRules(sources),
    risks: mapped('Risk', buildRisk),
    indirectRules: buildIndirectRules(sources, entities),
    resourceTypes: mapped('ResourceType', (each) => buildResourceType(sources, each)),
    contextRules: new Map(contextRules.map((rule) => [rule.sourceEntityType, rule])),
    dataTests: buildDataTests(sources),
    sourceGuards: buildSourceGuards(names),
    invariants: buildInvariants(sources),
    deliveries: buildDeliveries(names),
    reportQueries: buildReportQueries(names, entityModel),
    jobs: new Map(jobs),
    items,
  });
}

function byIdentifier<T extends { readonly identifier: string }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.identifier, item]));
}

function buildDimension(declared: Declared): Dimension {
  const values = valuesOf(declared, dimension);
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    entityType: values.EntityType,
    slot: values.ColumnMapping,
    isHierarchical: values.IsHierarchical,
    ...(values.ParentProperty === undefined ? {} : { parentProperty: values.ParentProperty }),
    at: positionOf(declared.source),
  };
}
