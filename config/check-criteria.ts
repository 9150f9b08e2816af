/** Checks dimensions, and the criteria and bindings that use their slots. */
import type { CheckedEntityModel } from './check-entity-model.ts';
import { spanOf } from './check-mappings.ts';
import type { Names } from './check-names.ts';
import type { Findings } from './diagnostics.ts';
import { type Declared, textOf, valuesOf } from './schema/declare.ts';
import { slotDigits } from './schema/element.ts';
import { dimension } from './schema/entity-elements.ts';
import { spanOfName } from './source/element-tree.ts';

/** Dimensions by slot. */
export type DimensionSlots = ReadonlyMap<number, Declared>;

export function checkDimensions(
  names: Names,
  entities: CheckedEntityModel,
  findings: Findings,
): DimensionSlots {
  const slots = new Map<number, Declared>();
  for (const declared of names.all('Dimension')) {
    const values = valuesOf(declared, dimension);
    const slot = values.ColumnMapping;
    if (typeof slot === 'number') {
      const first = slots.get(slot);
      if (first === undefined) slots.set(slot, declared);
      else {
        findings.report(spanOf(declared, 'ColumnMapping'), {
          code: 'CONFIG_IDENTIFIER_DUPLICATE',
          message: `Slot ${slot} already belongs to Dimension "${textOf(first, 'Identifier') ?? ''}".`,
          hint: 'Give each dimension a slot of its own, from 0 to 127.',
        });
      }
    }
    checkParent(declared, entities, findings);
  }
  return slots;
}

function checkParent(declared: Declared, entities: CheckedEntityModel, findings: Findings): void {
  const values = valuesOf(declared, dimension);
  if (values.IsHierarchical && !declared.written.has('ParentProperty')) {
    findings.report(spanOf(declared, 'IsHierarchical'), {
      code: 'CONFIG_ATTRIBUTE_MISSING',
      message: `Dimension "${values.Identifier}" is hierarchical and needs the attribute ParentProperty.`,
      hint: 'Name the navigation property that leads to the parent value.',
    });
  }
  const property = entities.model.entityTypes
    .get(values.EntityType)
    ?.properties.get(values.ParentProperty ?? '');
  if (property?.kind !== 'navigation') return;
  if (property.target !== values.EntityType || property.isCollection) {
    findings.report(spanOf(declared, 'ParentProperty'), {
      code: 'CONFIG_PROPERTY_KIND_WRONG',
      message: `${values.EntityType}:${property.identifier} does not lead to one ${values.EntityType}, as the way to a parent does.`,
      hint: 'Name a navigation property of a single value that leads to the same entity type.',
    });
  }
}

/** Checks that every slot used anywhere belongs to a dimension, and that `Ln` has its `Dn`. */
export function checkSlots(
  declared: readonly Declared[],
  slots: DimensionSlots,
  mayHideDimensions: boolean,
  findings: Findings,
): void {
  for (const element of declared) {
    // What has no effect cannot make a configuration invalid.
    if (element.definition.status === 'not-yet-used') continue;
    checkElementSlots(element, slots, mayHideDimensions, findings);
    checkSlots(element.children, slots, mayHideDimensions, findings);
  }
}

function checkElementSlots(
  element: Declared,
  slots: DimensionSlots,
  mayHideDimensions: boolean,
  findings: Findings,
): void {
  for (const { letter, slot, value, attribute } of element.slots) {
    if (!'DLBPR'.includes(letter)) continue;
    const declared = slots.get(slot);
    if (declared === undefined) {
      // A broken file may hold the dimension; a slot that only lacks it twice (D and L) is one mistake.
      const hasCriterion = letter === 'L' && element.written.has(`D${slotDigits(slot)}`);
      if (mayHideDimensions || hasCriterion) continue;
      findings.report(spanOfName(attribute), {
        code: 'CONFIG_DIMENSION_UNKNOWN',
        message: `${attribute.name} uses slot ${slot}, which belongs to no dimension.`,
        hint: describeSlots(slots),
      });
      continue;
    }
    if (letter !== 'L' || value !== true) continue;
    if (!element.written.has(`D${slotDigits(slot)}`)) {
      findings.report(spanOfName(attribute), {
        code: 'CONFIG_ATTRIBUTES_CONFLICT',
        message: `${attribute.name} widens the criterion D${slotDigits(slot)}, which is not given.`,
        hint: `Add D${slotDigits(slot)}, or remove ${attribute.name}.`,
      });
    } else if (!valuesOf(declared, dimension).IsHierarchical) {
      findings.report(spanOfName(attribute), {
        code: 'CONFIG_ATTRIBUTES_CONFLICT',
        severity: 'warning',
        message: `${attribute.name} has no effect: Dimension "${textOf(declared, 'Identifier') ?? ''}" is not hierarchical.`,
        hint: 'Set IsHierarchical and ParentProperty on the dimension, or remove the attribute.',
      });
    }
  }
}

function describeSlots(slots: DimensionSlots): string {
  if (slots.size === 0) return 'Declare a Dimension with this ColumnMapping.';
  const known = [...slots].map(
    ([slot, declared]) => `${slotDigits(slot)} is ${textOf(declared, 'Identifier') ?? ''}`,
  );
  return `Declared are: ${known.slice(0, 8).join(', ')}.`;
}

/** A criterion can only be met when a context rule gives the dimension a value. */
export function checkCriteriaAreReachable(
  rule: Declared,
  sourceEntityType: string | undefined,
  names: Names,
  slots: DimensionSlots,
  findings: Findings,
): void {
  if (sourceEntityType === undefined || names.isDoubtful(sourceEntityType)) return;
  const contextRule = names
    .all('ContextRule')
    .find((each) => textOf(each, 'SourceEntityType') === sourceEntityType);
  for (const { letter, slot, attribute } of rule.slots) {
    if (letter !== 'D' || !slots.has(slot)) continue;
    const isGiven = contextRule?.slots.some((each) => each.letter === 'B' && each.slot === slot);
    if (isGiven === true) continue;
    findings.report(spanOfName(attribute), {
      code: 'CONFIG_CRITERION_UNREACHABLE',
      severity: 'warning',
      message: `The criterion ${attribute.name} is never met: no ContextRule of ${sourceEntityType} gives the dimension a value.`,
      hint:
        contextRule === undefined
          ? `Add a ContextRule for ${sourceEntityType} with B${slotDigits(slot)}.`
          : `Add B${slotDigits(slot)} to ContextRule "${textOf(contextRule, 'Identifier') ?? ''}".`,
    });
  }
}
