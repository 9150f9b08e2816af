/** Puts the frozen model together, from declarations that have passed all checks. */
import type { CheckedEntityModel } from '../check-entity-model.ts';
import type { Dimension, Job, Model, Policy, SingleRole } from '../model.ts';
import { type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { dimension } from '../schema/entity-elements.ts';
import { policy, singleRole } from '../schema/role-elements.ts';
import { positionOf } from '../source/element-tree.ts';
import {
  buildAssociationMapping,
  buildConnection,
  buildConnector,
  buildEntityTypeMapping,
} from './connectors.ts';
import { buildDataTests } from './data-tests.ts';
import { deepFreeze } from './freeze.ts';
import { buildItems, hashItems } from './items.ts';
import {
  buildContextRule,
  buildPropertyExpression,
  buildResourceType,
  buildSingleRoleRule,
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
  const contextRules = names.all('ContextRule').map((each) => buildContextRule(sources, each));
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
    singleRoles: mapped('SingleRole', buildSingleRole),
    singleRoleRules: names.all('SingleRoleRule').map((each) => buildSingleRoleRule(sources, each)),
    resourceTypes: mapped('ResourceType', (each) => buildResourceType(sources, each)),
    contextRules: new Map(contextRules.map((rule) => [rule.sourceEntityType, rule])),
    dataTests: buildDataTests(sources),
    sourceGuards: buildSourceGuards(names),
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

function buildPolicy(declared: Declared): Policy {
  const values = valuesOf(declared, policy);
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    isProvisioningEnabled: values.IsProvisioningEnabled,
    at: positionOf(declared.source),
  };
}

function buildSingleRole(declared: Declared): SingleRole {
  const values = valuesOf(declared, singleRole);
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    policy: values.Policy,
    entityType: values.EntityType,
    ...(values.Category === undefined ? {} : { category: values.Category }),
    approvalWorkflowType: values.ApprovalWorkflowType,
    at: positionOf(declared.source),
  };
}
