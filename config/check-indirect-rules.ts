/** Checks rules about indirect permissions: that each property leads to where the next one starts. */
import { type CheckedEntityModel, propertyPart } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import type { EntityType, NavigationProperty } from './entity-model.ts';
import type { IndirectCorrespondence, IndirectResourceRule } from './model.ts';
import { suggest } from './nearest-name.ts';
import { type Declared, textOf, valuesOf } from './schema/declare.ts';
import { indirectResourceRule } from './schema/policy-elements.ts';
import { spanOfName } from './source/element-tree.ts';

/** A rule without what is compiled, and without its place. */
export type ResolvedIndirectRule = Omit<IndirectResourceRule, 'binding' | 'at'>;

type Entities = Pick<CheckedEntityModel, 'model' | 'doubtfulWords'>;

/** Told what is wrong, and with which attribute. */
type Report = (
  attribute: AttributeName | null,
  problem: {
    readonly code:
      | 'CONFIG_ATTRIBUTE_MISSING'
      | 'CONFIG_INDIRECT_RULE_INVALID'
      | 'CONFIG_INDIRECT_RULE_WITHOUT_EFFECT'
      | 'CONFIG_REFERENCE_UNKNOWN';
    readonly severity?: 'warning';
    readonly message: string;
    readonly hint: string;
  },
) => void;

type AttributeName = keyof ReturnType<typeof valuesOf<typeof indirectResourceRule>>;

export function checkIndirectRules(names: Names, entities: Entities, findings: Findings): void {
  for (const declared of names.all('IndirectResourceRule')) {
    resolveIndirectRule(declared, names, entities, (attribute, problem) => {
      const place = attribute === null ? spanOfName(declared.source) : spanOf(declared, attribute);
      findings.report(place, problem);
    });
  }
}

/** Where the rule leads; `null` when something that other findings are about is missing. Tells what is wrong. */
export function resolveIndirectRule(
  declared: Declared,
  names: Names,
  entities: Entities,
  report: Report = () => undefined,
): ResolvedIndirectRule | null {
  const values = valuesOf(declared, indirectResourceRule);
  const type = names.find('ResourceType', values.ResourceType);
  if (type === undefined) return null;
  const targets = entityTypeOf(entities, textOf(type, 'TargetEntityType'));
  const membership = navigationOf(targets, values.Property);
  if (targets === undefined || membership === undefined) return null;
  const groupType = membership.target;
  const nesting = findNesting(
    { values, entities, report },
    { attribute: 'TargetEntityTypeReflexiveProperty', like: 'Property', groupType },
  );
  const correspondence = resolveCorrespondence(
    { values, entities, report },
    {
      names,
      owners: textOf(type, 'SourceEntityType') ?? '',
      targets,
      groupType,
    },
  );
  const leadsFurther =
    nesting !== undefined ||
    values.TargetEntityTypeReflexiveProperty !== undefined ||
    values.Correspondence !== undefined ||
    values.IndirectResourceBinding !== undefined;
  if (!leadsFurther) {
    report(null, {
      code: 'CONFIG_INDIRECT_RULE_INVALID',
      message: `The rule finds nothing: ${groupType} has no property "${propertyPart(values.Property)}" that leads to ${groupType}.`,
      hint: 'Name the property that leads from group to group in TargetEntityTypeReflexiveProperty.',
    });
  }
  return {
    resourceType: values.ResourceType,
    property: membership.identifier,
    groupType,
    ...(nesting === undefined ? {} : { nesting }),
    ...(correspondence === null ? {} : { correspondence }),
  };
}

interface Resolution {
  readonly values: ReturnType<typeof valuesOf<typeof indirectResourceRule>>;
  readonly entities: Entities;
  readonly report: Report;
}

/** The property that leads from group to group: the one that is named, else the one named like the membership. */
function findNesting(
  { values, entities, report }: Resolution,
  of: {
    readonly attribute: 'TargetEntityTypeReflexiveProperty' | 'IndirectResourceReflexiveProperty';
    readonly like: 'Property' | 'CorrespondenceMembershipProperty';
    readonly groupType: string;
  },
): string | undefined {
  const groups = entityTypeOf(entities, of.groupType);
  const written = values[of.attribute];
  if (written === undefined) {
    const same = navigationOf(groups, values[of.like] ?? '');
    return same?.target === of.groupType ? same.identifier : undefined;
  }
  return leadingTo({ entities, report }, groups, of.attribute, written, of.groupType)?.identifier;
}

function resolveCorrespondence(
  resolution: Resolution,
  rule: {
    readonly names: Names;
    readonly owners: string;
    readonly targets: EntityType;
    readonly groupType: string;
  },
): IndirectCorrespondence | null {
  const { values, entities, report } = resolution;
  reportIncomplete(values, report);
  const { Correspondence, CorrespondenceMembershipProperty } = values;
  const link = navigationOf(rule.targets, Correspondence ?? '');
  const others = entityTypeOf(entities, link?.target);
  if (link === undefined || others === undefined) return null;
  if (CorrespondenceMembershipProperty === undefined) return null;
  const where = { entities, report };
  const attribute = 'CorrespondenceMembershipProperty';
  const membership = leadingTo(where, others, attribute, CorrespondenceMembershipProperty);
  if (membership === undefined) return null;
  const groupType = membership.target;
  const groups = entityTypeOf(entities, groupType);
  const nesting = findNesting(resolution, {
    attribute: 'IndirectResourceReflexiveProperty',
    like: attribute,
    groupType,
  });
  const held = findEntitlement(resolution, others, groups);
  if (held === null) return null;
  const holders = held === undefined || held.isOfCorrespondences ? others : groups;
  const resourceTypes = resourceTypesOf(rule.names, rule.owners, holders?.identifier ?? '');
  if (resourceTypes.length === 0) reportUnshown(rule.owners, holders?.identifier ?? '', report);
  const ofGroups = navigationOf(entityTypeOf(entities, rule.groupType), link.identifier);
  return {
    property: link.identifier,
    isOfGroups: ofGroups?.target === link.target,
    entityType: others.identifier,
    membership: membership.identifier,
    groupType,
    ...(nesting === undefined ? {} : { nesting }),
    ...(held === undefined ? {} : { entitlement: held }),
    held: held?.property ?? membership.identifier,
    resourceTypes,
  };
}

/** What is held instead of the groups; `undefined`: the groups; `null`: what is named is wrong. */
function findEntitlement(
  { values, entities, report }: Resolution,
  others: EntityType,
  groups: EntityType | undefined,
): IndirectCorrespondence['entitlement'] | null {
  const { Entitlement } = values;
  if (Entitlement === undefined) return undefined;
  const found = leadingTo({ entities, report }, groups, 'Entitlement', Entitlement);
  if (found === undefined) return null;
  const own = navigationOf(others, found.identifier);
  const isOfCorrespondences = own?.target === found.target;
  return { property: found.identifier, target: found.target, isOfCorrespondences };
}

/** Attributes about the other system come together. */
function reportIncomplete(values: Resolution['values'], report: Report): void {
  const missing = (written: AttributeName, needed: AttributeName): void => {
    if (values[written] === undefined || values[needed] !== undefined) return;
    report(written, {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `An IndirectResourceRule with ${written} needs the attribute ${needed}.`,
      hint: `Add ${needed}, or leave ${written} out.`,
    });
  };
  missing('Correspondence', 'CorrespondenceMembershipProperty');
  missing('CorrespondenceMembershipProperty', 'Correspondence');
  missing('IndirectResourceReflexiveProperty', 'CorrespondenceMembershipProperty');
  if (values.Correspondence === undefined) missing('Entitlement', 'Correspondence');
  else missing('Entitlement', 'CorrespondenceMembershipProperty');
}

function reportUnshown(owners: string, holders: string, report: Report): void {
  report('Correspondence', {
    code: 'CONFIG_INDIRECT_RULE_WITHOUT_EFFECT',
    severity: 'warning',
    message: `What is found there is not shown: no ResourceType gives ${owners} resources of ${holders}.`,
    hint: `Declare a ResourceType with SourceEntityType="${owners}" and TargetEntityType="${holders}".`,
  });
}

/** The navigation property, which leads to this entity type if one is named. */
function leadingTo(
  { entities, report }: Pick<Resolution, 'entities' | 'report'>,
  from: EntityType | undefined,
  attribute: AttributeName,
  written: string,
  target?: string,
): NavigationProperty | undefined {
  const property = propertyPart(written);
  if (from === undefined || isDoubtful(entities, written)) return undefined;
  const found = from.properties.get(property);
  if (found === undefined) {
    report(attribute, {
      code: 'CONFIG_REFERENCE_UNKNOWN',
      message: `EntityType "${from.identifier}" has no property "${property}".`,
      hint:
        suggest(property, [...from.properties.keys()]) ??
        `Declare it in ${from.identifier}, or correct the name.`,
    });
    return undefined;
  }
  if (found.kind === 'navigation' && (target === undefined || found.target === target))
    return found;
  const leads = found.kind === 'navigation' ? `leads to ${found.target}` : 'is a scalar property';
  report(attribute, {
    code: 'CONFIG_INDIRECT_RULE_INVALID',
    message: `${from.identifier}:${property} ${leads}; a navigation property${target === undefined ? '' : ` to ${target}`} belongs here.`,
    hint: 'Name the property that leads from member to group.',
  });
  return undefined;
}

function isDoubtful({ doubtfulWords }: Entities, written: string | undefined): boolean {
  return written !== undefined && doubtfulWords.has(propertyPart(written));
}

function entityTypeOf({ model }: Entities, identifier: string | undefined): EntityType | undefined {
  return model.entityTypes.get(identifier ?? '');
}

function navigationOf(
  type: EntityType | undefined,
  written: string,
): NavigationProperty | undefined {
  const found = type?.properties.get(propertyPart(written));
  return found?.kind === 'navigation' ? found : undefined;
}

/** Given to these owners, of this target entity type. */
function resourceTypesOf(names: Names, owners: string, targets: string): readonly string[] {
  return names
    .all('ResourceType')
    .filter((type) => textOf(type, 'SourceEntityType') === owners)
    .filter((type) => textOf(type, 'TargetEntityType') === targets)
    .map((type) => textOf(type, 'Identifier') ?? '');
}
