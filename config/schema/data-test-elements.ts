/** Data tests: what must hold of the data that a synchronization brings. Elements of our own. */
import {
  type Attribute,
  choice,
  expression,
  flag,
  identifier,
  optionalInteger,
  property,
  requiredInteger,
  requiredProperty,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { defineElement, optionalDisplayName } from './element.ts';

const severity = {
  members: [
    ['Warn', 0],
    ['Block', 1],
  ],
  aliases: {},
} as const;

const owner = { attribute: 'EntityType' } as const;

function bounded<A extends Attribute>(attribute: A, minimum: number, maximum?: number): A {
  const bounds = maximum === undefined ? { minimum } : { minimum, maximum };
  return { ...attribute, type: { kind: 'integer', ...bounds } };
}

const head = [
  identifier('Unique name among all data tests.'),
  requiredReference('EntityType', 'EntityType', 'Entity type whose resources are looked at.'),
] as const;

const tail = [
  expression(
    'Where',
    'Only resources for which this holds are looked at: an expression rooted at the entity type that gives true or false.',
  ),
  choice(
    'Severity',
    severity,
    'What a failed test does: `Warn` reports it and goes on; `Block` holds the synchronization until a person has looked, as a threshold does.',
    'Warn',
  ),
] as const;

const tolerance = [
  bounded(
    optionalInteger('ToleratedFailures', 'Most resources that may fail; none unless stated.'),
    0,
  ),
  bounded(
    optionalInteger(
      'ToleratedPercent',
      'Most resources that may fail, in percent of those looked at. Where both limits are given, both hold.',
    ),
    0,
    100,
  ),
] as const;

/** All data tests share their names, so that a result names one test. */
const shared = { localized: optionalDisplayName, scope: 'ls:DataTest' } as const;

export const uniqueTest = defineElement({
  ...shared,
  name: 'ls:UniqueTest',
  doc: 'No two resources have the same value of a property. Empty values are not compared; letter case counts.',
  attributes: [
    ...head,
    requiredProperty('Property', owner, 'scalar', 'Property whose values must differ.'),
    property(
      'Within',
      owner,
      'scalar',
      'Values must differ only among resources that have one value of this property.',
    ),
    ...tail,
    ...tolerance,
  ],
});

export const notNullTest = defineElement({
  ...shared,
  name: 'ls:NotNullTest',
  doc: 'Every resource has a value of a property; spaces alone are no value, and a link to nobody is none.',
  attributes: [
    ...head,
    requiredProperty('Property', owner, 'any', 'Property that must have a value.'),
    ...tail,
    ...tolerance,
  ],
});

export const acceptedValuesTest = defineElement({
  ...shared,
  name: 'ls:AcceptedValuesTest',
  doc: 'A property has no other value than those listed. Empty values pass; letter case counts.',
  attributes: [
    ...head,
    requiredProperty('Property', owner, 'scalar', 'Property that is looked at.'),
    requiredText(
      'Values',
      'The values, separated by `;`. White space around a value does not count.',
    ),
    text('Separator', 'What separates the values, where one of them holds a `;`.'),
    ...tail,
    ...tolerance,
  ],
});

export const matchesTest = defineElement({
  ...shared,
  name: 'ls:MatchesTest',
  doc: 'Every value of a property matches a regular expression, from its first character to its last. Empty values pass.',
  attributes: [
    ...head,
    requiredProperty('Property', owner, 'scalar', 'Property that is looked at.'),
    requiredText(
      'Pattern',
      'Regular expression, in the syntax of RE2: without look-around and back references.',
    ),
    flag('IgnoreCase', 'Letter case does not count.'),
    ...tail,
    ...tolerance,
  ],
});

export const relationshipTest = defineElement({
  ...shared,
  name: 'ls:RelationshipTest',
  doc: 'What a property refers to is there. Empty values pass.',
  attributes: [
    ...head,
    requiredProperty(
      'Property',
      owner,
      'any',
      'A navigation property, or one that holds a value of another resource.',
    ),
    {
      ...text(
        'To',
        'Where the value of a scalar property must be found; a navigation property knows where it leads.',
      ),
      type: { kind: 'type-property', holds: 'scalar' },
    },
    ...tail,
    ...tolerance,
  ],
});

export const freshnessTest = defineElement({
  ...shared,
  name: 'ls:FreshnessTest',
  doc: 'The data are not too old: the newest date of a property that is not in the future, or, without a property, the time at which the source was read or its file last written.',
  attributes: [
    ...head,
    property('Property', owner, 'scalar', 'Property of type `DateTime` that is looked at.'),
    requiredInteger('MaximumAgeHours', 'Most hours that may have passed.', { minimum: 1 }),
    ...tail,
  ],
});

export const rowCountTest = defineElement({
  ...shared,
  name: 'ls:RowCountTest',
  doc: 'There are neither too few resources nor too many, and not many more or fewer than before.',
  attributes: [
    ...head,
    bounded(optionalInteger('Minimum', 'Fewest resources there may be.'), 0),
    bounded(optionalInteger('Maximum', 'Most resources there may be.'), 0),
    bounded(
      optionalInteger(
        'MaximumChangePercent',
        'Most percent by which one synchronization may change the number of resources; a first load is not compared.',
      ),
      0,
    ),
    ...tail,
  ],
});

export const dataTestElements = [
  uniqueTest,
  notNullTest,
  acceptedValuesTest,
  matchesTest,
  relationshipTest,
  freshnessTest,
  rowCountTest,
] as const;
