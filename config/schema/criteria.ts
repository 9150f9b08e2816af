/** Numbered families and attributes that many rules share. */
import { choice, integer, reference } from './attribute.ts';
import type { NumberedFamily } from './element.ts';
import { timeOffsetReference } from './enumerations.ts';

export const valueCriteria: NumberedFamily = {
  letter: 'D',
  type: { kind: 'resource-key' },
  doc: 'Criterion on dimension n: the key of one of its resources. Several criteria must all hold.',
  effect: 'used',
};
export const descendantCriteria: NumberedFamily = {
  letter: 'L',
  type: { kind: 'boolean' },
  doc: 'The criterion `Dn` also covers the descendants of its value in a hierarchical dimension.',
  effect: 'used',
};
export const criteria: readonly NumberedFamily[] = [valueCriteria, descendantCriteria];

/** `Dn` where it is no criterion of a rule: accepted, and without effect in this version. */
export const unusedDimensionValues: NumberedFamily = {
  letter: 'D',
  type: { kind: 'resource-key' },
  doc: 'Value of dimension n.',
  effect: 'not-yet',
};

/** `Dn` of a role. */
export const roleValues: NumberedFamily = {
  letter: 'D',
  type: { kind: 'resource-key' },
  doc: 'What dimension n is for everybody who holds the role: the key of one of its resources.',
  effect: 'used',
};

export const requiredParameters: NumberedFamily = {
  letter: 'R',
  type: { kind: 'boolean' },
  doc: 'Every assignment needs a value of dimension n.',
  effect: 'used',
};

export const dimensionParameters: NumberedFamily = {
  letter: 'P',
  type: { kind: 'boolean' },
  doc: 'Assignments may have a value of dimension n.',
  effect: 'used',
};

export const rulePolicy = reference(
  'Policy',
  'Policy',
  'Policy the rule belongs to; the parent’s unless stated.',
);

/** Shifts the period in which a rule holds against the dates of the identity. */
export const timeOffset = [
  choice(
    'TimeOffsetReference',
    timeOffsetReference,
    'What the offsets are counted from. Default: of a type rule, the period itself; of other rules, that of the type rule. Around: from the start and the end. Before: both from the start. After: both from the end.',
    'Default',
  ),
  integer('TimeOffsetBeforeReference', 'Minutes added for the beginning; negative is earlier.', 0),
  integer('TimeOffsetAfterReference', 'Minutes added for the ending; negative is earlier.', 0),
] as const;

export const ruleRole = reference('SingleRole', 'SingleRole', 'Role the owner must hold.');
