/** Checks risks: that each rule asks for enough, and for what the owners can hold. */
import { type CheckedEntityModel, propertyPart } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { childrenNamed, type Declared, textOf, valuesOf } from './schema/declare.ts';
import { risk, riskItem } from './schema/policy-elements.ts';
import { spanOfName } from './source/element-tree.ts';

/** Items without which a rule says nothing about its kind of risk. */
const leastItems = { SoD: 2, HighPrivilege: 1 } as const;

export function checkRisks(names: Names, entities: CheckedEntityModel, findings: Findings): void {
  for (const declared of names.all('Risk')) {
    const { Identifier, RiskType } = valuesOf(declared, risk);
    const rules = childrenNamed(declared, 'Rule');
    if (rules.length === 0) {
      findings.report(spanOfName(declared.source), {
        code: 'CONFIG_RISK_INCOMPLETE',
        severity: 'warning',
        message: `Risk "${Identifier}" is never found: it has no Rule.`,
        hint: 'Add a Rule with the items that are a danger together.',
      });
    }
    for (const rule of rules) {
      const items = childrenNamed(rule, 'Item');
      const least = leastItems[RiskType];
      if (items.length < least) {
        findings.report(spanOfName(rule.source), {
          code: 'CONFIG_RISK_INCOMPLETE',
          message: `A rule of Risk "${Identifier}" needs ${least === 1 ? 'an item' : 'two items'}, and has ${items.length === 0 ? 'none' : 'one'}.`,
          hint:
            RiskType === 'SoD'
              ? 'Add the items that must not be held together, or set RiskType="HighPrivilege".'
              : 'Add the item that is the danger.',
        });
      }
      for (const item of items) checkItem(declared, item, { names, entities, findings });
    }
  }
}

function checkItem(
  declared: Declared,
  item: Declared,
  about: {
    readonly names: Names;
    readonly entities: CheckedEntityModel;
    readonly findings: Findings;
  },
): void {
  const { names, entities, findings } = about;
  const { ResourceType, Property, Resource } = valuesOf(item, riskItem);
  const type = names.find('ResourceType', ResourceType);
  if (type === undefined) return;
  const owners = textOf(declared, 'EntityType');
  const held = textOf(type, 'SourceEntityType');
  if (owners !== undefined && held !== undefined && owners !== held) {
    findings.report(spanOf(item, 'ResourceType'), {
      code: 'CONFIG_RISK_ITEM_UNREACHABLE',
      message: `Resources of type "${ResourceType}" are owned by ${held}; the risk is about ${owners}.`,
      hint: `Name a resource type whose SourceEntityType is ${owners}.`,
    });
  }
  const target = textOf(type, 'TargetEntityType') ?? '';
  const kind = entities.model.entityTypes.get(target)?.properties.get(propertyPart(Property))?.kind;
  if (kind === 'navigation' && Resource === undefined) {
    findings.report(spanOfName(item.source), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `${target}:${propertyPart(Property)} links to resources: the Item needs the attribute Resource.`,
      hint: 'Name the linked resource by its key.',
    });
  }
  if (kind === 'scalar' && Resource !== undefined) {
    findings.report(spanOf(item, 'Resource'), {
      code: 'CONFIG_ATTRIBUTES_CONFLICT',
      message: `${target}:${propertyPart(Property)} is a scalar property; it links to no Resource.`,
      hint: 'Leave Resource out: any value counts. Or name a navigation property.',
    });
  }
}
