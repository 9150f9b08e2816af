/** Checks policies, resource types and their rules against each other. */
import { checkCriteriaAreReachable, type DimensionSlots } from './check-criteria.ts';
import { type CheckedEntityModel, propertyPart } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import { findCoinciding } from './check-offsets.ts';
import { checkRoles } from './check-roles.ts';
import type { Findings } from './diagnostics.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from './schema/declare.ts';
import {
  binaryRule,
  navigationRule,
  queryRule,
  resourceType,
  scalarRule,
} from './schema/resource-type-elements.ts';
import { mappingScope } from './schema/resource-type-mapping-elements.ts';
import { spanOfName } from './source/element-tree.ts';

interface Context {
  readonly names: Names;
  readonly entities: CheckedEntityModel;
  readonly slots: DimensionSlots;
  readonly findings: Findings;
}

export function checkRules(
  names: Names,
  entities: CheckedEntityModel,
  slots: DimensionSlots,
  findings: Findings,
): void {
  const context: Context = { names, entities, slots, findings };
  for (const policy of names.all('Policy')) checkPolicy(policy, findings);
  for (const declared of names.all('ResourceType')) checkResourceType(context, declared);
  checkRoles(names, slots, findings);
  for (const rule of names.all('ResourceCorrelationRule')) {
    checkPairs(rule, 'SourceMatchedConfidenceLevel', findings);
  }
  for (const rule of names.all('ResourceClassificationRule')) checkClassification(rule, findings);
  checkOneContextRule(names, findings);
  checkDependencyCycles(names, findings);
}

function checkPolicy(policy: Declared, findings: Findings): void {
  if (policy.written.has('IsProvisioningEnabled')) return;
  findings.report(spanOfName(policy.source), {
    code: 'CONFIG_PROVISIONING_DISABLED',
    severity: 'warning',
    message: `Policy "${textOf(policy, 'Identifier') ?? ''}" does not enable provisioning: nothing of it is ever delivered.`,
    hint: 'Set IsProvisioningEnabled to true, or to false to say that this is meant.',
  });
}

function checkResourceType(context: Context, declared: Declared): void {
  const { findings, names } = context;
  const values = valuesOf(declared, resourceType);
  if (values.RemoveOrphans && !values.AllowRemove) {
    findings.report(spanOf(declared, 'RemoveOrphans'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      message: `ResourceType "${values.Identifier}" has RemoveOrphans, but may not remove anything.`,
      hint: 'Set AllowRemove to true, or RemoveOrphans to false.',
    });
  }
  if (!declared.written.has('BlockProvisioning')) {
    findings.report(spanOfName(declared.source), {
      code: 'CONFIG_PROVISIONING_BLOCKED',
      severity: 'info',
      message: `Orders of ResourceType "${values.Identifier}" wait for a review, which is the default.`,
      hint: 'Set BlockProvisioning to false to deliver them at once, or to true to say that this is meant.',
    });
  }
  if (
    names.find(mappingScope, values.Identifier) === undefined &&
    !names.isDoubtful(values.Identifier)
  ) {
    findings.report(spanOf(declared, 'Identifier'), {
      code: 'CONFIG_RESOURCE_TYPE_UNMAPPED',
      severity: 'info',
      message: `No mapping says which connection carries out the orders of ResourceType "${values.Identifier}".`,
      hint: 'Add a …ResourceTypeMapping with this identifier, such as ManualProvisioningResourceTypeMapping.',
    });
  }
  for (const rule of declared.children) {
    checkCriteriaAreReachable(rule, values.SourceEntityType, names, context.slots, findings);
  }
  checkScalarRules(context, declared);
  checkBinaryRules(context, declared);
  checkNavigationRules(context, declared);
}

function checkScalarRules({ names, findings }: Context, declared: Declared): void {
  const seen = new Map<string, Declared[]>();
  const mapped = mappedProperties(names, textOf(declared, 'TargetEntityType') ?? '');
  for (const rule of childrenNamed(declared, 'ScalarRule')) {
    const values = valuesOf(rule, scalarRule);
    const property = propertyPart(values.Property);
    if (values.Binding === undefined && values.Expression === undefined) {
      reportNothingToCompute(rule, 'Binding or Expression', findings);
    }
    if (values.SingleRole === undefined) {
      const other = findCoinciding(seen, property, rule);
      if (other !== undefined) reportRuleConflict(rule, property, other, findings);
    }
    if (values.IsMapped && mapped !== undefined && property !== '' && !mapped.has(property)) {
      if (names.isDoubtful(property)) continue;
      findings.report(spanOf(rule, 'Property'), {
        code: 'CONFIG_RULE_PROPERTY_UNMAPPED',
        severity: 'warning',
        message: `No mapping reads ${property} back, so that what this rule delivers is never verified.`,
        hint: 'Map the property to a column, or set IsMapped="false" to write it at creation only.',
      });
    }
  }
}

function checkBinaryRules({ names, entities, findings }: Context, declared: Declared): void {
  const target = textOf(declared, 'TargetEntityType') ?? '';
  const mapped = mappedProperties(names, target);
  const properties = entities.model.entityTypes.get(target)?.properties;
  const seen = new Map<string, Declared[]>();
  for (const rule of childrenNamed(declared, 'BinaryRule')) {
    const values = valuesOf(rule, binaryRule);
    const property = propertyPart(values.Property);
    const found = properties?.get(property);
    if (values.Binding === undefined && rule.isSound) {
      reportNothingToCompute(rule, 'the attribute Binding', findings);
    }
    if (found?.kind === 'scalar' && found.type !== 'Binary') {
      findings.report(spanOf(rule, 'Property'), {
        code: 'CONFIG_PROPERTY_KIND_WRONG',
        message: `${target}:${property} is of type ${found.type}; a BinaryRule fills properties of type Binary.`,
        hint: 'Use a ScalarRule, or declare the property with Type="Binary".',
      });
    }
    if (values.SingleRole === undefined) {
      const other = findCoinciding(seen, property, rule);
      if (other !== undefined) reportRuleConflict(rule, property, other, findings);
    }
    if (mapped === undefined || property === '' || mapped.has(property)) continue;
    if (names.isDoubtful(property)) continue;
    findings.report(spanOf(rule, 'Property'), {
      code: 'CONFIG_RULE_PROPERTY_UNMAPPED',
      severity: 'warning',
      message: `No mapping reads ${property} back, so that what this rule delivers is never verified.`,
      hint: 'Map the property to a column, with Format="Binary" where the system does not give Base64.',
    });
  }
}

/** Properties of an entity type that an export reads; `undefined` when it has no mapping that could be read. */
function mappedProperties(names: Names, entityType: string): ReadonlySet<string> | undefined {
  const mapping = names.find('EntityTypeMapping', entityType);
  if (mapping === undefined) return undefined;
  return new Set(mapping.children.map((child) => textOf(child, 'Identifier') ?? ''));
}

function reportRuleConflict(
  rule: Declared,
  property: string,
  other: Declared,
  findings: Findings,
): void {
  const { line } = lineOfSource(other);
  findings.report(spanOf(rule, 'Property'), {
    code: 'CONFIG_RULES_CONFLICT',
    message: `${property} already has a ${rule.definition.name} without role at line ${line}; which of the two counts would be chance.`,
    hint: 'Keep one, or give each a SingleRole of its own.',
  });
}

function lineOfSource(declared: Declared): { readonly line: number } {
  const { source, offset } = declared.source;
  let line = 0;
  for (const start of source.lineStarts) if (start <= offset) line += 1;
  return { line };
}

function checkNavigationRules(context: Context, declared: Declared): void {
  const { entities, findings } = context;
  const target = textOf(declared, 'TargetEntityType') ?? '';
  const queried = new Set<string>();
  for (const rule of childrenNamed(declared, 'QueryRule')) {
    queried.add(propertyPart(valuesOf(rule, queryRule).Property));
    checkPairs(rule, 'TargetMatchedConfidenceLevel', findings);
  }
  const unconditional = new Map<string, Declared[]>();
  for (const rule of childrenNamed(declared, 'NavigationRule')) {
    const values = valuesOf(rule, navigationRule);
    const property = propertyPart(values.Property);
    if (queried.has(property)) {
      findings.report(spanOf(rule, 'Property'), {
        code: 'CONFIG_RULES_CONFLICT',
        severity: 'warning',
        message: `${property} is computed by both navigation rules and query rules.`,
        hint: 'Use one kind of rule per property.',
      });
    }
    const found = entities.model.entityTypes.get(target)?.properties.get(property);
    const isConditional = values.SingleRole !== undefined || rule.slots.length > 0;
    if (found?.kind !== 'navigation' || found.isCollection || isConditional || values.IsDenied) {
      continue;
    }
    if (findCoinciding(unconditional, property, rule) !== undefined) {
      findings.report(spanOf(rule, 'Resource'), {
        code: 'CONFIG_RULES_CONFLICT',
        message: `${property} holds one resource, and another NavigationRule without criteria already gives it one.`,
        hint: 'Keep one, give them criteria, or make the property a collection.',
      });
    }
  }
}

/** Rules that compare two keys need something on either side, and a confidence that is meant. */
function checkPairs(rule: Declared, confidence: string, findings: Findings): void {
  for (const side of ['Source', 'Target']) {
    if (rule.written.has(`${side}Binding`) || rule.written.has(`${side}Expression`)) continue;
    if (!rule.isSound) continue;
    reportNothingToCompute(rule, `${side}Binding or ${side}Expression`, findings);
  }
  if (rule.written.has(confidence)) return;
  findings.report(spanOfName(rule.source), {
    code: 'CONFIG_CONFIDENCE_LOW',
    severity: 'info',
    message: `Matches of this ${rule.definition.name} wait for a review: ${confidence} is 0, which is the default.`,
    hint: `Set ${confidence} to 100 to accept matches at once, or to 0 to say that this is meant.`,
  });
}

function checkClassification(rule: Declared, findings: Findings): void {
  if (rule.written.has('ResourceTypeIdentificationConfidenceLevel')) return;
  findings.report(spanOfName(rule.source), {
    code: 'CONFIG_CONFIDENCE_LOW',
    severity: 'info',
    message:
      'What this ResourceClassificationRule matches waits for a review: ResourceTypeIdentificationConfidenceLevel is 0, which is the default.',
    hint: 'Set ResourceTypeIdentificationConfidenceLevel to 100 to accept matches at once, or to 0 to say that this is meant.',
  });
}

function reportNothingToCompute(rule: Declared, attributes: string, findings: Findings): void {
  findings.report(spanOfName(rule.source), {
    code: 'CONFIG_ATTRIBUTE_MISSING',
    message: `${rule.definition.name} needs ${attributes}.`,
    hint: 'Say where the value comes from.',
  });
}

export function checkPropertyExpressions(names: Names, findings: Findings): void {
  for (const declared of names.all('EntityPropertyExpression')) {
    if (declared.written.has('Binding') || declared.written.has('Expression')) continue;
    if (declared.isSound) reportNothingToCompute(declared, 'Binding or Expression', findings);
  }
}

function checkOneContextRule(names: Names, findings: Findings): void {
  const first = new Map<string, Declared>();
  for (const declared of names.all('ContextRule')) {
    const entityType = textOf(declared, 'SourceEntityType') ?? '';
    const other = first.get(entityType);
    if (other === undefined) first.set(entityType, declared);
    else {
      findings.report(spanOf(declared, 'SourceEntityType'), {
        code: 'CONFIG_IDENTIFIER_DUPLICATE',
        message: `EntityType "${entityType}" already has ContextRule "${textOf(other, 'Identifier') ?? ''}".`,
        hint: 'An entity type has one context rule; put the dimensions of both into one.',
      });
    }
  }
}

/** Resource types that wait for each other would never be delivered. */
function checkDependencyCycles(names: Names, findings: Findings): void {
  const reported = new Set<string>();
  for (const declared of names.all('ResourceType')) {
    const path: string[] = [];
    let current = textOf(declared, 'Identifier');
    while (current !== undefined && !path.includes(current)) {
      path.push(current);
      const found = names.find('ResourceType', current);
      current = found === undefined ? undefined : textOf(found, 'DependsOn');
    }
    if (current === undefined || reported.has(current) || current !== path[0]) continue;
    for (const name of path) reported.add(name);
    findings.report(spanOf(declared, 'DependsOn'), {
      code: 'CONFIG_DEPENDENCY_CYCLE',
      message: `Resource types wait for each other: ${[...path, current].join(' → ')}.`,
      hint: 'Remove one DependsOn of the circle.',
    });
  }
}
