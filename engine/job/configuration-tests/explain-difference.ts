/** Why something came out as it did: rules that gave it with what they read, and why the others gave nothing. */
import type { Model } from '../../../config/index.ts';
import type { Difference } from './compare-owner.ts';
import type { Inspection } from './inspect-owner.ts';
import { listRules, placeOf, type Rule } from './rules.ts';

/** Inputs that are named with a rule. */
const maxInputs = 6;

/** Lines for people, the rules that gave something first. `inspection` is absent for an owner that is gone. */
export function explainDifference(
  model: Model,
  difference: Difference,
  owner: { readonly entityType: string; readonly inspection: Inspection | undefined },
): readonly string[] {
  const rules = listRules(model);
  if (difference.subject === 'property') {
    return rules
      .filter(
        ({ element, subject }) =>
          element === 'EntityPropertyExpression' &&
          subject === `${owner.entityType}.${difference.property}`,
      )
      .map((rule) => `${nameRule(rule)} computes it.`);
  }
  const { inspection } = owner;
  if (inspection === undefined) return describeGone(model, difference);
  const lines: string[] = [...describeContexts(inspection)];
  if (difference.subject === 'roles') {
    const own = rules.filter((rule) => {
      const role = rule.element === 'SingleRoleRule' ? rule.singleRole : undefined;
      return role !== undefined && isNamedIn(role, difference);
    });
    return [...lines, ...own.map((rule) => explainAbsence(rule, inspection))];
  }
  const concerned = rules.filter((rule) => concerns(rule, difference));
  for (const rule of concerned) {
    const given = inspection.provenance.filter(({ rule: at }) => placeOf(at) === placeOf(rule.at));
    if (given.length === 0) lines.push(explainAbsence(rule, inspection));
    // One rule can be tried several times for an owner; what gave nothing says nothing beside what gave something.
    const gifts = given.filter((entry) => !isEmpty(entry));
    for (const entry of gifts.length > 0 ? gifts : given) lines.push(explainGift(rule, entry));
  }
  return [...new Set(lines)];
}

function describeGone(model: Model, { resourceType }: Difference): readonly string[] {
  const type = model.resourceTypes.get(resourceType ?? '');
  const gone = 'The owner is not there on this day.';
  if (type === undefined || type.removeOrphans) return [gone];
  return [
    gone,
    `${type.identifier} has no RemoveOrphans, so that what it had stays and belongs to nobody.`,
  ];
}

function concerns(rule: Rule, difference: Difference): boolean {
  if (rule.resourceType === null || rule.resourceType !== difference.resourceType) return false;
  if (difference.property !== null) return rule.property === difference.property;
  if (difference.subject === 'differing properties')
    return rule.property !== null && isNamedIn(rule.property, difference);
  if (difference.subject === 'target') return rule.element === 'ResourceCorrelationRule';
  return rule.property === null;
}

/** One side of the difference lists it, the other does not. */
function isNamedIn(name: string, { expected, got }: Difference): boolean {
  const names = (text: string) => text.split(', ');
  return names(expected).includes(name) !== names(got).includes(name);
}

function describeContexts({ situation }: Inspection): readonly string[] {
  if (situation.status === 'excluded') return ['The owner is excluded by the context rule.'];
  if (situation.status === 'failed') return ['The contexts of the owner could not be computed.'];
  if (situation.contexts > 0) return [];
  const others = situation.allContexts === 0 ? '' : ` (${situation.allContexts} on other days)`;
  return [`No context of the owner holds on this day${others}.`];
}

function isEmpty({ value }: Inspection['provenance'][number]): boolean {
  return value === null || value.length === 0;
}

function explainGift(rule: Rule, entry: Inspection['provenance'][number]): string {
  const { inputs } = entry;
  // Values of a property that several rules give are told with the difference itself.
  const gave = isEmpty(entry) && rule.property !== null ? 'gave nothing' : 'applied';
  const read = inputs
    .filter((input) => input.value !== null)
    .slice(0, maxInputs)
    .map((input) => `${input.resource} ${input.property} = "${input.value}"`);
  const role = entry.singleRole === null ? '' : `, by the role "${entry.singleRole}"`;
  const from = read.length === 0 ? '' : `; it read ${read.join(', ')}`;
  return `${nameRule(rule)} ${gave}${role}${from}.`;
}

function explainAbsence(rule: Rule, { situation }: Inspection): string {
  const name = nameRule(rule);
  if (rule.element === 'ResourceCorrelationRule')
    return `${name} found no account: no key on the other side equals that of the owner.`;
  const isMet = situation.meets(rule.criteria);
  if (rule.isDenied) return `${name} ${isMet ? 'denies it' : 'would deny it, and does not apply'}.`;
  if (rule.element !== 'SingleRoleRule') {
    const role = rule.singleRole;
    if (role !== undefined && !situation.roles.has(role))
      return `${name} did not apply: the role "${role}" is not held.`;
  } else if (isMet) return `${name} gave the role.`;
  if (!isMet) return `${name} did not apply: ${describeCriteria(rule, situation)}.`;
  if (!rule.isMapped)
    return `${name} did not apply: IsMapped="false" writes new accounts only, and this one is there.`;
  if (rule.timeOffset !== undefined && rule.timeOffset.reference !== 'Default')
    return `${name} did not apply: its time offset (${rule.timeOffset.reference}) leaves this day out.`;
  return `${name} did not apply.`;
}

function describeCriteria(rule: Rule, situation: Inspection['situation']): string {
  if (situation.contexts === 0) return 'no context holds on this day';
  const wanted = rule.criteria.map((criterion) => {
    const below = criterion.includesDescendants ? ' or below' : '';
    const own = situation.dimensions.get(criterion.dimension) ?? [];
    const has = own.length === 0 ? 'has none' : `has ${own.join(', ')}`;
    return `${criterion.dimension} must be ${criterion.value}${below}, the owner ${has}`;
  });
  return wanted.join('; ');
}

function nameRule({ element, at }: Rule): string {
  return `${element} ${at.file}:${at.line}`;
}
