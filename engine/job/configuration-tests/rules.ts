/** Every rule of a configuration, with its place and a short description: what tests exercise or do not. */
import type { DimensionCriterion, Model, Position, TimeOffset } from '../../../config/index.ts';

export interface Rule {
  readonly element: string;
  /** What the rule is about, such as `Helpdesk_Account_Person.Teams`. */
  readonly subject: string;
  readonly at: Position;
  readonly resourceType: string | null;
  /** The property that the rule gives; `null` for rules about existence, roles and contexts. */
  readonly property: string | null;
  readonly singleRole: string | undefined;
  readonly criteria: readonly DimensionCriterion[];
  readonly isDenied: boolean;
  /** False: written when a resource is made, and never again. */
  readonly isMapped: boolean;
  readonly timeOffset: TimeOffset | undefined;
}

/** In the order of the model. */
export function listRules(model: Model): readonly Rule[] {
  const rules: Rule[] = [];
  const none = {
    resourceType: null,
    property: null,
    singleRole: undefined,
    criteria: [],
    isDenied: false,
    isMapped: true,
    timeOffset: undefined,
  };
  for (const rule of model.propertyExpressions)
    rules.push({
      ...none,
      element: 'EntityPropertyExpression',
      subject: `${rule.entityType}.${rule.property}`,
      at: rule.at,
      property: rule.property,
    });
  for (const rule of model.contextRules.values())
    rules.push({ ...none, element: 'ContextRule', subject: rule.sourceEntityType, at: rule.at });
  for (const { role, at, criteria, isDenied } of model.singleRoleRules)
    rules.push({
      ...none,
      element: 'SingleRoleRule',
      subject: role,
      at,
      singleRole: role,
      criteria,
      isDenied,
    });
  for (const type of model.resourceTypes.values()) {
    const own = { ...none, resourceType: type.identifier };
    for (const rule of type.typeRules)
      rules.push({ ...own, element: 'TypeRule', subject: type.identifier, ...partsOf(rule) });
    for (const rule of type.scalarRules)
      rules.push({
        ...own,
        element: 'ScalarRule',
        subject: `${type.identifier}.${rule.property}`,
        property: rule.property,
        ...partsOf(rule),
      });
    for (const rule of type.binaryRules)
      rules.push({
        ...own,
        element: 'BinaryRule',
        subject: `${type.identifier}.${rule.property}`,
        property: rule.property,
        ...partsOf(rule),
      });
    for (const rule of type.navigationRules)
      rules.push({
        ...own,
        element: 'NavigationRule',
        subject: `${type.identifier}.${rule.property} = ${rule.resource}`,
        property: rule.property,
        ...partsOf(rule),
      });
    for (const rule of type.queryRules)
      rules.push({
        ...own,
        element: 'QueryRule',
        subject: `${type.identifier}.${rule.property}`,
        property: rule.property,
        ...partsOf(rule),
      });
    for (const { at } of type.correlationRules)
      rules.push({ ...own, element: 'ResourceCorrelationRule', subject: type.identifier, at });
    for (const { at } of type.classificationRules)
      rules.push({ ...own, element: 'ResourceClassificationRule', subject: type.identifier, at });
  }
  return rules;
}

function partsOf(rule: {
  readonly at: Position;
  readonly singleRole?: string;
  readonly criteria?: readonly DimensionCriterion[];
  readonly isDenied?: boolean;
  readonly isMapped?: boolean;
  readonly timeOffset: TimeOffset;
}): Pick<Rule, 'at' | 'singleRole' | 'criteria' | 'isDenied' | 'isMapped' | 'timeOffset'> {
  return {
    at: rule.at,
    singleRole: rule.singleRole,
    criteria: rule.criteria ?? [],
    isDenied: rule.isDenied === true,
    isMapped: rule.isMapped !== false,
    timeOffset: rule.timeOffset,
  };
}

/** `people.xml:42:7`: one rule, whatever it says. */
export function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}
