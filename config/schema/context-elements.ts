/** Contexts: the periods and dimension values of an identity. */
import {
  binding,
  choice,
  decimal,
  expression,
  flag,
  identifier,
  integer,
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
    binding(
      'ResourcesStartBinding',
      'Start of a record’s validity; without effect beside record sections.',
    ),
    expression('ResourcesStartExpression', 'Start of a record’s validity.'),
    binding('ResourcesEndBinding', 'End of a record’s validity.'),
    expression('ResourcesEndExpression', 'End of a record’s validity.'),
    expression('ExcludeExpression', 'True for records that make no context.'),
    choice(
      'RiskFactorType',
      riskFactorType,
      'How the levels of an identity’s risks become its score: none, the highest, or the mean.',
      'None',
    ),
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
  doc: 'A property of the section. The section without any, but for excluded ones, is the default section: it holds all properties that no other section lists.',
  attributes: [
    requiredProperty(
      'Property',
      { parentAttribute: 'ResourceEntityType' },
      'any',
      'Property of the record.',
    ),
    choice(
      'ExtensionKind',
      recordExtensionKind,
      'Whether its value is carried into a stretch without one; needs a section that may be extended.',
      'Default',
    ),
    flag(
      'IsExcluded',
      'Leaves the property out of the default section: no dimension gets a value by it.',
    ),
  ],
  key: ['Property'],
});

export const recordSection = defineElement({
  name: 'RecordSection',
  doc: 'Groups properties of records with dates of their own, such as a contract or a position. The contexts of an identity are then cut at the dates of all sections; the dates of its ContextRule have no effect.',
  attributes: [
    identifier(),
    requiredReference('SourceEntityType', 'EntityType', 'Entity type of the identities.'),
    requiredReference('ResourceEntityType', 'EntityType', 'Entity type of the records.'),
    property(
      'StartProperty',
      { attribute: 'ResourceEntityType' },
      'scalar',
      'Date from which the section’s values hold. A stored property, not a computed one.',
    ),
    property(
      'EndProperty',
      { attribute: 'ResourceEntityType' },
      'scalar',
      'Date from which they hold no more. A stored property, not a computed one.',
    ),
    expression(
      'InstanceKeyExpression',
      'Tells concurrent instances apart, from the record. Without it, of instances that overlap one counts: the one with the highest sort key, then the one that starts last.',
    ),
    flag(
      'IsDefaultBoundariesSection',
      'Its dates bound the identity’s validity; without one, those of the default section do.',
    ),
    choice(
      'BoundaryKind',
      recordBoundaryKind,
      'What an empty date means: the earliest start and latest end of the default section over all records (None), or no bound (Kept). In the default section an empty date is no bound.',
      'None',
    ),
    choice(
      'ExtensionKind',
      recordExtensionKind,
      'Whether values are carried into stretches without an instance: from the one before, else from the one after. With None the stretch counts and the values are empty.',
      'Default',
    ),
    expression(
      'SortKeyExpression',
      'Priority of a record, compared ordinally: the highest is carried on.',
    ),
    text('ExtendedSortKey', 'Records whose sort key is lower than this are not carried on.'),
  ],
  localized: displayName,
  children: [recordSectionProperty],
});

export const contextElements = [contextRule, recordSection] as const;
