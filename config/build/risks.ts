/** Risks of the model, from declarations that have passed all checks. */
import { propertyPart } from '../check-entity-model.ts';
import type { Risk, RiskItem, RiskRule } from '../model.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from '../schema/declare.ts';
import { risk, riskItem } from '../schema/policy-elements.ts';
import { positionOf } from '../source/element-tree.ts';

export function buildRisk(declared: Declared): Risk {
  const values = valuesOf(declared, risk);
  const description = textOf(declared, 'Description_L1');
  const remediation = textOf(declared, 'Remediation_L1');
  return {
    identifier: values.Identifier,
    displayName: textOf(declared, 'DisplayName_L1') ?? values.Identifier,
    ...(description === undefined ? {} : { description }),
    ...(remediation === undefined ? {} : { remediation }),
    policy: values.Policy,
    entityType: values.EntityType,
    type: values.RiskType,
    exemption: values.ExemptionPolicy,
    level: values.Level,
    rules: childrenNamed(declared, 'Rule').map(buildRule),
    at: positionOf(declared.source),
  };
}

function buildRule(declared: Declared): RiskRule {
  return {
    items: childrenNamed(declared, 'Item').map(buildItem),
    at: positionOf(declared.source),
  };
}

function buildItem(declared: Declared): RiskItem {
  const { ResourceType, Property, Resource } = valuesOf(declared, riskItem);
  return {
    resourceType: ResourceType,
    property: propertyPart(Property),
    ...(Resource === undefined ? {} : { resource: Resource }),
    at: positionOf(declared.source),
  };
}
