/** Connectors, connections and mappings: where data comes from and goes to. */
import {
  choice,
  decimal,
  flag,
  identifier,
  integer,
  optionalChoice,
  optionalInteger,
  reference,
  requiredChoice,
  requiredProperty,
  requiredReference,
  requiredText,
  requiredTypeProperty,
  text,
} from './attribute.ts';
import { defineElement, displayName, optionalDisplayName } from './element.ts';
import {
  agentState,
  deactivation,
  jobIntegrationRule,
  transformationType,
  whereOperator,
} from './enumerations.ts';

const threshold = { minimum: 0 } as const;
const percent = { minimum: 0, maximum: 100 } as const;
/** What is added may be more than all there was. */
const growth = { minimum: 0 } as const;

export const agent = defineElement({
  name: 'Agent',
  doc: 'A machine that runs tasks close to the managed systems. Recognised by name only.',
  attributes: [
    identifier('Must equal the agent’s configured name.'),
    choice('State', agentState, 'Accepted, without meaning here.', 'Unknown', 'none'),
    text('URI', 'Accepted, without meaning here.', 'none'),
  ],
  localized: displayName,
});

export const connector = defineElement({
  name: 'Connector',
  doc: 'A managed system.',
  attributes: [
    identifier(),
    text('Agent', 'Agent that runs its tasks; without one it belongs to every agent.'),
    choice('CompleteJob', jobIntegrationRule, 'Part in generated complete jobs.', 'Used'),
    choice('IncrementalJob', jobIntegrationRule, 'Part in generated incremental jobs.', 'Used'),
    flag('IsDeactivated', 'Switches export and provisioning off.'),
    integer(
      'MaximumInsertedLines',
      'Most resources one synchronization may add; 0 is no limit.',
      100,
      threshold,
    ),
    integer(
      'MaximumUpdatedLines',
      'Most resources one synchronization may change; 0 is no limit.',
      100,
      threshold,
    ),
    integer(
      'MaximumDeletedLines',
      'Most resources one synchronization may delete; 0 is no limit.',
      100,
      threshold,
    ),
    integer(
      'MaximumLinkInsertedLines',
      'Most links one synchronization may add; 0 is no limit.',
      1000,
      threshold,
    ),
    integer(
      'MaximumLinkDeletedLines',
      'Most links one synchronization may delete; 0 is no limit.',
      1000,
      threshold,
    ),
    integer(
      'MaxPercentageInsertedLines',
      'The same as percentage of the stored resources.',
      5,
      growth,
    ),
    integer(
      'MaxPercentageUpdatedLines',
      'The same as percentage of the stored resources.',
      5,
      percent,
    ),
    integer(
      'MaxPercentageDeletedLines',
      'The same as percentage of the stored resources.',
      5,
      percent,
    ),
    integer(
      'MaxLinkPercentageInsertedLines',
      'The same as percentage of the stored links.',
      5,
      growth,
    ),
    integer(
      'MaxLinkPercentageDeletedLines',
      'The same as percentage of the stored links.',
      5,
      percent,
    ),
  ],
  localized: displayName,
});

export const transformation = defineElement({
  name: 'Transformation',
  doc: 'Changes an exported table before it is prepared; several apply in the order of the file.',
  attributes: [
    requiredChoice('Type', transformationType, 'What is done.'),
    text('Table', 'Connection table; without it every table of the connection.'),
    text('Column', 'Column that is tested, shifted, or written.'),
    text('InputColumn', 'First input; `Column` unless stated (`TransformDate`).'),
    text('InputColumn2', 'Second input of `ConcatColumns`.'),
    text('InputColumn3', 'Third input of `ConcatColumns`.'),
    text('InputColumn4', 'Fourth input of `ConcatColumns`.'),
    text('InputColumn5', 'Fifth input of `ConcatColumns`.'),
    text('ConcatSeparator', 'Stands between the joined values.'),
    flag('RemoveEmpty', 'Leaves out empty values.'),
    flag('RemoveDuplicates', 'Keeps one of two equal neighbours.'),
    flag('SortValues', 'Sorts the values, after duplicates are removed.'),
    decimal('AddedDays', 'Days added to a date; negative and fractional values are allowed.', 0),
    optionalInteger('MinYear', 'Dates before this year are left alone.'),
    optionalInteger('MaxYear', 'Dates after this year are left alone.'),
    text('DatePattern', 'Output format when the column holds text.'),
    optionalChoice('WhereOperator', whereOperator, 'Comparison of `WhereValue`.'),
    text('WhereValue', 'Rows that satisfy the comparison with this text are kept.'),
  ],
  key: [],
});

export const connection = defineElement({
  name: 'Connection',
  doc: 'One way in or out of a connector: a package, whose settings stand beside the configuration under this identifier.',
  attributes: [
    identifier(
      'Starts with a letter, then letters, digits, `.` and `-`; unique whatever the letter case.',
    ),
    requiredReference('Connector', 'Connector', 'Connector it belongs to.'),
    requiredText('Package', 'Technology and version, such as `Usercube.CSV.Complete@0000001`.'),
    choice(
      'DeactivationExportFulfill',
      deactivation,
      'Switches one half of the package off.',
      'None',
    ),
  ],
  localized: displayName,
  children: [transformation],
  isIdentifierCaseInsensitive: true,
});

export const propertyMapping = defineElement({
  name: 'Property',
  doc: 'Which column feeds which property.',
  attributes: [
    requiredProperty(
      'Identifier',
      { parentAttribute: 'Identifier' },
      'scalar',
      'The property of the entity type.',
    ),
    text('ConnectionColumn', 'Column of the connection table; the property’s name unless stated.'),
    text('Format', 'External format, such as `DateTime` or `Bit:userAccountControl:2`.'),
    flag('IsPrimaryKey', 'Identifies a row between two synchronizations; exactly one per mapping.'),
    flag(
      'IsUniqueKey',
      'Further key for resolving association columns; at most three per mapping.',
    ),
    flag('IsMultiValuedProperty', 'Accepted, without meaning here.', false, 'none'),
    text('ScimSchema', 'SCIM schema of the attribute.'),
  ],
});

export const entityTypeMapping = defineElement({
  name: 'EntityTypeMapping',
  doc: 'Which connection table feeds an entity type.',
  attributes: [
    requiredReference('Identifier', 'EntityType', 'The entity type.'),
    reference('Connector', 'Connector', 'Connector the table belongs to.'),
    text(
      'ConnectionTable',
      'Exported CSV file without extension; the entity type’s name unless stated.',
    ),
    integer('MaximumInsertedLines', 'Threshold of this entity type; 0 is no limit.', 0, threshold),
    integer('MaximumUpdatedLines', 'Threshold of this entity type; 0 is no limit.', 0, threshold),
    integer('MaximumDeletedLines', 'Threshold of this entity type; 0 is no limit.', 0, threshold),
    integer('MaxPercentageInsertedLines', 'The same as percentage.', 0, growth),
    integer('MaxPercentageUpdatedLines', 'The same as percentage.', 0, percent),
    integer('MaxPercentageDeletedLines', 'The same as percentage.', 0, percent),
    text('C0', 'Extra for the connector’s package.'),
  ],
  localized: optionalDisplayName,
  children: [propertyMapping],
});

export const entityAssociationMapping = defineElement({
  name: 'EntityAssociationMapping',
  doc: 'Which two columns of a connection table feed an association.',
  attributes: [
    reference(
      'Identifier',
      'EntityAssociation',
      'The association; the only one between the two entity types unless stated.',
    ),
    requiredReference('Connector', 'Connector', 'Connector that both sides belong to.'),
    text(
      'ConnectionTable',
      'Exported CSV file that holds both columns; the association’s name unless stated.',
    ),
    requiredText('Column1', 'Column with the keys of the first resource.'),
    requiredTypeProperty(
      'EntityPropertyMapping1',
      'scalar',
      'Key property the values of `Column1` identify.',
    ),
    requiredText('Column2', 'Column with the keys of the second resource.'),
    requiredTypeProperty(
      'EntityPropertyMapping2',
      'scalar',
      'Key property the values of `Column2` identify.',
    ),
    integer('MaximumInsertedLines', 'Threshold of added links; 0 is no limit.', 0, threshold),
    integer('MaximumDeletedLines', 'Threshold of deleted links; 0 is no limit.', 0, threshold),
    integer('MaxPercentageInsertedLines', 'The same as percentage.', 0, growth),
    integer('MaxPercentageDeletedLines', 'The same as percentage.', 0, percent),
    integer('MaximumLinkInsertedLines', 'Other spelling of `MaximumInsertedLines`.', 0, threshold),
    integer('MaximumLinkDeletedLines', 'Other spelling of `MaximumDeletedLines`.', 0, threshold),
    integer(
      'MaxLinkPercentageInsertedLines',
      'Other spelling of `MaxPercentageInsertedLines`.',
      0,
      growth,
    ),
    integer(
      'MaxLinkPercentageDeletedLines',
      'Other spelling of `MaxPercentageDeletedLines`.',
      0,
      percent,
    ),
    text('C0', 'Extra for the connector’s package.'),
  ],
  localized: optionalDisplayName,
});

export const connectorElements = [
  agent,
  connector,
  connection,
  entityTypeMapping,
  entityAssociationMapping,
] as const;
