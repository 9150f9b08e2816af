/** Entity model: what resources look like. */
import {
  binding,
  choice,
  expression,
  flag,
  identifier,
  integer,
  property,
  reference,
  requiredInteger,
  requiredProperty,
  requiredReference,
  requiredText,
  requiredTypeProperty,
  text,
} from './attribute.ts';
import { defineElement, optionalDisplayName } from './element.ts';
import { entityPropertyType } from './enumerations.ts';

export const language = defineElement({
  name: 'Language',
  doc: 'A language in which names are written; its number is the one in `_L1`, `_L2` and so on.',
  attributes: [
    requiredText('Code', 'Culture code such as `en-US`.'),
    requiredInteger('IndicatorNumber', 'Number used in `_Ln`; 1 is the default language.', {
      minimum: 1,
      maximum: 16,
    }),
    text('JsonPath', 'Translation file.', 'none'),
  ],
  key: ['Code'],
});

export const entityTypeProperty = defineElement({
  name: 'Property',
  doc: 'A property of the entity type: a value, or a way to other resources.',
  attributes: [
    identifier('Unique in its entity type; letters, digits and `_`, not starting with a digit.'),
    choice(
      'Type',
      entityPropertyType,
      'Type of the values; `ForeignKey` for navigation properties, which an `EntityAssociation` completes.',
      'String',
    ),
    integer(
      'TargetColumnIndex',
      'Storage column of the vocabulary; accepted, not needed here.',
      -1,
      {
        minimum: -1,
        maximum: 152,
        effect: 'none',
      },
    ),
    flag(
      'IsKey',
      'Rules name resources by the value of this property; at least one per entity type.',
    ),
    reference('Language', 'Language', 'Language of this variant of a neutral property.', 'none'),
    property(
      'NeutralProperty',
      { parentAttribute: 'Identifier' },
      'any',
      'The neutral property that this one is a language variant of.',
      'none',
    ),
    expression('FlexibleComparisonExpression', 'Transforms the input of a flexible query.', 'none'),
    property(
      'GroupByProperty',
      { isElsewhere: true },
      'any',
      'On a navigation property: property of the entity type it leads to. Rules give an owner only one resource of each of its values.',
    ),
    integer(
      'HistoryPrecision',
      'Minutes after a version of a resource within which a change of this property, and of others like it only, makes no version of its own.',
      0,
      { minimum: 0 },
    ),
  ],
  localized: optionalDisplayName,
});

export const entityType = defineElement({
  name: 'EntityType',
  doc: 'The shape of one kind of resource.',
  attributes: [
    identifier('Unique in the whole model; by custom the connector’s name, `_`, and a noun.'),
    text('LicenseTag', 'Accepted, without meaning here.', 'none'),
    text('TableName', 'Accepted, without meaning here.', 'none'),
  ],
  localized: optionalDisplayName,
  children: [entityTypeProperty],
});

export const entityAssociation = defineElement({
  name: 'EntityAssociation',
  doc: 'Joins two navigation properties, each the reverse of the other.',
  attributes: [
    identifier('Unique in the whole model.'),
    requiredTypeProperty(
      'Property1',
      'any',
      'First navigation property, as `EntityType:Property`.',
    ),
    requiredTypeProperty(
      'Property2',
      'any',
      'Second navigation property, as `EntityType:Property`.',
    ),
    flag('IsProperty1Collection', '`Property1` itself holds many resources.'),
    flag('IsProperty2Collection', '`Property2` itself holds many resources.'),
  ],
  localized: optionalDisplayName,
});

export const entityPropertyExpression = defineElement({
  name: 'EntityPropertyExpression',
  doc: 'Computes a property from others; needs a binding, an expression, or both.',
  attributes: [
    identifier(),
    requiredReference('EntityType', 'EntityType', 'Entity type whose property is computed.'),
    requiredProperty(
      'Property',
      { attribute: 'EntityType' },
      'any',
      'Property to compute; `InternalDisplayName` is allowed.',
    ),
    binding('Binding', 'Input value, from the entity type.'),
    expression('Expression', 'Transforms the bound value, or computes from the resource.'),
    integer('Priority', 'Order of computation, smaller first.', 0),
    property(
      'PropertyCriteria',
      { attribute: 'EntityType' },
      'any',
      'Accepted; only scalar properties are computed, and those need no criterion.',
      'none',
    ),
  ],
  localized: optionalDisplayName,
});

export const dimension = defineElement({
  name: 'Dimension',
  doc: 'An entity type whose resources are criteria of rules, in one of 128 slots.',
  attributes: [
    identifier(),
    requiredReference('EntityType', 'EntityType', 'Entity type of the dimension’s values.'),
    requiredInteger('ColumnMapping', 'Slot number n of `Dn`, `Bn`, `Ln`, from 0 to 127.', {
      minimum: 0,
      maximum: 127,
    }),
    flag('IsHierarchical', 'Values form a tree; needs `ParentProperty`.'),
    property(
      'ParentProperty',
      { attribute: 'EntityType' },
      'navigation',
      'Navigation property that leads to the parent value.',
    ),
    flag('IsExcludedFromRoleMining', 'Accepted, without meaning here.', false, 'none'),
  ],
  localized: optionalDisplayName,
});

export const entityElements = [
  language,
  entityType,
  entityAssociation,
  entityPropertyExpression,
  dimension,
] as const;
