/** Numbered attributes of an element (`D0`, `R1`, `PA` …) as dimensions of the model. */
import type { DimensionSlots } from '../check-criteria.ts';
import type { DimensionCriterion } from '../model.ts';
import { type Declared, textOf } from '../schema/declare.ts';
import { slotDigits } from '../schema/element.ts';
import { positionOfValue } from '../source/element-tree.ts';

/** `Dn` with `Ln`: criteria of a rule, values of a role. */
export function criteriaOf(
  element: Declared,
  slots: DimensionSlots,
): readonly DimensionCriterion[] {
  const criteria: DimensionCriterion[] = [];
  for (const { letter, slot, value, attribute } of element.slots) {
    const dimension = slots.get(slot);
    if (letter !== 'D' || dimension === undefined) continue;
    criteria.push({
      dimension: textOf(dimension, 'Identifier') ?? '',
      value: String(value),
      includesDescendants: element.values[`L${slotDigits(slot)}`] === true,
      at: positionOfValue(attribute),
    });
  }
  return criteria;
}

/** Dimensions for which `<letter>n` is true, in the order of the dimensions' slots. */
export function dimensionsOf(
  element: Declared,
  letter: 'P' | 'R',
  slots: DimensionSlots,
): readonly string[] {
  return element.slots
    .filter((one) => one.letter === letter && one.value === true)
    .toSorted((left, right) => left.slot - right.slot)
    .map((one) => slots.get(one.slot))
    .filter((dimension) => dimension !== undefined)
    .map((dimension) => textOf(dimension, 'Identifier') ?? '');
}
