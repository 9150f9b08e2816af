/** Names of the rules whose matches are looked up before the evaluation. */
import type { CorrelationRule, QueryRule, ResourceType } from '../../config/index.ts';

/**
 * A text that names one correlation or query rule of a resource type and does not depend on where it stands in the
 * files: kind, property, confidence, and a number that tells equals apart. It says nothing about the rule's expressions:
 * keys computed under one configuration are worthless under another.
 */
export function ruleKeyOf(resourceType: ResourceType, rule: CorrelationRule | QueryRule): string {
  const found = known.get(resourceType)?.get(rule);
  if (found !== undefined) return found;
  const keys = known.get(resourceType) ?? new Map<CorrelationRule | QueryRule, string>();
  const key = nameRule(resourceType, rule);
  known.set(resourceType, keys.set(rule, key));
  return key;
}

/** By frozen resource type: every owner asks for the same few. */
const known = new WeakMap<ResourceType, Map<CorrelationRule | QueryRule, string>>();

function nameRule(resourceType: ResourceType, rule: CorrelationRule | QueryRule): string {
  if ('property' in rule) {
    const alike = resourceType.queryRules.filter(
      (other) => other.property === rule.property && other.confidence === rule.confidence,
    );
    const ordinal = alike.indexOf(rule);
    return `${resourceType.identifier}/query/${rule.property}/${rule.confidence}/${ordinal}`;
  }
  const alike = resourceType.correlationRules.filter(
    (other) => other.confidence === rule.confidence,
  );
  return `${resourceType.identifier}/correlation/${rule.confidence}/${alike.indexOf(rule)}`;
}

/** Rules in the order they are tried: descending confidence, equals as declared. */
export function byConfidence<R extends { readonly confidence: number }>(
  rules: readonly R[],
): readonly R[] {
  return rules.toSorted((left, right) => right.confidence - left.confidence);
}

/** From this confidence on, a match needs nobody's confirmation. */
export const automaticConfidence = 100;
