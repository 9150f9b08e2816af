/** Contexts: the periods and dimension values of an identity. */
import {
  binding,
  choice,
  decimal,
  expression,
  flag,
  identifier,
  integer,
  optionalChoice,
  property,
  requiredProperty,
  requiredReference,
  text,
} from './attribute.ts';
import { defineElement, displayName } from './element.ts';
import { recordBoundaryKind, recordExtensionKind, riskFactorType } from './enumerations.ts';

export const contextRule = defineElement({
  name: 'ContextRule',
  doc: 'How the contexts of a source entity type are built: where its records are, their dates, and the value of each dimension. One per entity type.',
  attributes: [
    identifier(),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    requiredReference('SourceEntityType', 'EntityType', 'Entity type of the identities.'),
    binding(
      'ResourcesBinding',
      'Records of the identity; without one the identity is its only record.',
    ),
    expression('ResourcesExpression', 'Records of the identity.'),
    binding('ResourcesStartBinding', 'Start of a record’s validity.'),
    expression('ResourcesStartExpression', 'Start of a record’s validity.'),
    binding('ResourcesEndBinding', 'End of a record’s validity.'),
    expression('ResourcesEndExpression', 'End of a record’s validity.'),
    expression('ExcludeExpression', 'True for records that make no context.'),
    optionalChoice('RiskFactorType', riskFactorType, 'Accepted, without meaning here.', 'none'),
    integer('MinIdentitiesCount', 'Accepted, without meaning here.', 0, { effect: 'none' }),
    decimal('ReductionOutlierPercentage', 'Accepted, without meaning here.', 0, 'none'),
    text('ResourceCertificationComparisonBinding', 'Accepted, without meaning here.', 'none'),
    text('ResourceCertificationComparisonOperator', 'Accepted, without meaning here.', 'none'),
    text('ResourceCertificationComparisonValue', 'Accepted, without meaning here.', 'none'),
  ],
  localized: displayName,
  numbered: [
    {
      letter: 'B',
      type: { kind: 'binding' },
      doc: 'Value of dimension n, from the record.',
      effect: 'used',
    },
  ],
});

export const recordSectionProperty = defineElement({
  name: 'Property',
  doc: 'A property of the section.',
  attributes: [
    requiredProperty(
      'Property',
      { parentAttribute: 'ResourceEntityType' },
      'any',
      'Property of the record.',
    ),
    choice('ExtensionKind', recordExtensionKind, 'Whether its value fills gaps.', 'Default'),
    flag('IsExcluded', 'Leaves the property out of the default section.'),
  ],
  key: ['Property'],
});

export const recordSection = defineElement({
  name: 'RecordSection',
  status: 'not-yet-used',
  doc: 'Groups properties of records with dates of their own. Recognised; without effect in this version.',
  attributes: [
    identifier(),
    requiredReference('SourceEntityType', 'EntityType', 'Entity type of the identities.'),
    requiredReference('ResourceEntityType', 'EntityType', 'Entity type of the records.'),
    property(
      'StartProperty',
      { attribute: 'ResourceEntityType' },
      'scalar',
      'Start of the section.',
    ),
    property('EndProperty', { attribute: 'ResourceEntityType' }, 'scalar', 'End of the section.'),
    expression('InstanceKeyExpression', 'Tells concurrent instances apart.'),
    flag('IsDefaultBoundariesSection', 'Its dates bound the identity’s validity.'),
    choice('BoundaryKind', recordBoundaryKind, 'What an empty date means.', 'None'),
    choice('ExtensionKind', recordExtensionKind, 'Whether values fill gaps.', 'Default'),
    expression('SortKeyExpression', 'Priority of a record, compared ordinally.'),
    text('ExtendedSortKey', 'Threshold on the sort key.'),
  ],
  localized: displayName,
  children: [recordSectionProperty],
});

export const contextElements = [contextRule, recordSection] as const;
