/** Reports, certifications, and rows written into the configuration itself. */
import {
  type Attribute,
  binding,
  choice,
  flag,
  identifier,
  optionalInteger,
  reference,
  requiredReference,
  requiredText,
  resourceKey,
  text,
} from './attribute.ts';
import { descendantCriteria, unusedDimensionValues } from './criteria.ts';
import { defineElement, displayName, type Element, optionalDisplayName } from './element.ts';
import { associationDirection, columnNamesMode } from './enumerations.ts';

const unusedReport = {
  status: 'not-yet-used',
  why: 'Reports are made by `lockstep report`, not by a warehouse of data.',
} as const;
const unusedCertification = {
  status: 'not-yet-used',
  why: 'Access certifications are not carried out.',
} as const;

export const reportQuery = defineElement({
  name: 'ReportQuery',
  doc: 'A report: a query with a name, run by `lockstep report`.',
  attributes: [
    identifier('What the report is asked for by.'),
    requiredReference('ReturnedEntityType', 'EntityType', 'Entity type of the rows.'),
    requiredText('Query', 'The query: each path of its `select` is a column.'),
  ],
  localized: displayName,
});

/** Names of entity instances are unique in their universe only, so they are texts rather than references. */
export const universe = defineElement({
  ...unusedReport,
  name: 'Universe',
  doc: 'A model of data for reports.',
  attributes: [
    identifier(),
    choice('ColumnNamesMode', columnNamesMode, 'What columns are named after.', 'DisplayName'),
  ],
  localized: optionalDisplayName,
  children: [
    defineElement({
      ...unusedReport,
      name: 'EntityInstance',
      doc: 'An entity type in the model.',
      attributes: [
        identifier('Unique in its universe.'),
        requiredReference('EntityType', 'EntityType', 'The entity type.'),
        text('FilterProperty', 'Property that restricts the resources.'),
        text('FilterValue', 'Constant it must have.'),
        reference('FilterEntityType', 'EntityType', 'Entity type it must lead to.'),
        text('FilterEntityProperty', 'Property it must lead to.'),
        reference('FilterResourceType', 'ResourceType', 'Resource type it must lead to.'),
        flag('IsHidden', 'Not shown.'),
      ],
      localized: optionalDisplayName,
    }),
    defineElement({
      ...unusedReport,
      name: 'AssociationInstance',
      doc: 'An association in the model.',
      attributes: [
        requiredReference('Association', 'EntityAssociation', 'The association.'),
        requiredText('Instance1', 'First entity instance.'),
        requiredText('Instance2', 'Second entity instance.'),
        choice('Direction', associationDirection, 'Which way it is followed.', 'Both'),
      ],
      key: [],
    }),
  ],
});

export const inlineResource = defineElement({
  name: 'Resource',
  doc: 'A row of data written into the configuration; meant for tiny reference sets.',
  status: 'not-yet-used',
  why: 'Data come from connectors; rows in the configuration are not loaded.',
  attributes: [
    requiredReference('Type', 'EntityType', 'Entity type of the row.'),
    optionalInteger('Id', 'Number of the row, which other rows name it by.', 'used', {
      minimum: 1,
    }),
    flag('Dirty', 'Counts as changed lately.'),
  ],
  localized: optionalDisplayName,
  numbered: [
    {
      letter: 'C',
      type: { kind: 'text' },
      doc: 'Value in storage column n.',
      effect: 'none',
    },
    {
      letter: 'I',
      type: { kind: 'text' },
      doc: 'Number of the row that navigation column n leads to; columns start at `I40`.',
      effect: 'none',
    },
  ],
  key: ['Type', 'Id'],
});

const campaign = requiredReference('Campaign', 'AccessCertificationCampaign', 'The campaign.');
const included = (name: string, what: string, defaultValue: boolean): Attribute =>
  flag(`Include${name}`, `Certifies ${what}.`, defaultValue);

export const certificationDataFilter = defineElement({
  ...unusedCertification,
  name: 'AccessCertificationDataFilter',
  doc: 'Which entitlements a campaign certifies.',
  attributes: [
    campaign,
    reference('Category', 'Category', 'Category of the entitlements.'),
    reference('ResourceType', 'ResourceType', 'Resource type of the entitlements.'),
    reference('TargetedRisk', 'Risk', 'Risk of the owners.'),
    text('Tags', 'Tags of the roles, separated by `¤`.'),
    text('LatestCertifiedLimitDate', 'Leaves out what was certified since.'),
    included('CompositeRoles', 'composite roles', false),
    included('SingleRoles', 'single roles', false),
    included('ResourceTypes', 'resource types', false),
    included('ResourceNavigations', 'links', false),
    included('ResourceScalars', 'values', false),
    included('NestedCategories', 'categories below', false),
    included('DeniedPermissions', 'denied permissions', true),
    included('NoValidation', 'what needs no approval', true),
    included('SimpleValidation', 'what needs one approval', true),
    included('DoubleValidation', 'what needs two approvals', true),
    included('TripleValidation', 'what needs three approvals', true),
    included('ManualAssignmentNotAllowed', 'what cannot be requested', true),
    included('WorkflowStateApproved', 'what was approved by hand', true),
    included('WorkflowStateFound', 'what was reconciled', true),
    included('WorkflowStateHistory', 'what was there before', true),
    included('WorkflowStatePolicyApproved', 'what rules gave', true),
  ],
  key: [],
});
export const certificationOwnerFilter = defineElement({
  ...unusedCertification,
  name: 'AccessCertificationOwnerFilter',
  doc: 'Whose entitlements a campaign certifies.',
  attributes: [
    campaign,
    resourceKey('IndividualOwner', 'One owner.'),
    optionalInteger('MinimalRiskScore', 'Owners above this score.'),
    reference('TargetedRisk', 'Risk', 'Risk of the owners.'),
    text('OwnerLastModificationDate', 'Owners changed since.'),
    binding('OwnerLastModificationDateBinding', 'Property whose change counts.'),
  ],
  numbered: [
    { ...unusedDimensionValues, effect: 'none' },
    { ...descendantCriteria, effect: 'none' },
  ],
  key: [],
});

/** Documented by name; what they hold is kept as written. */
const campaigns = ['AccessCertificationCampaign', 'AccessCertificationCampaignPolicy'].map((name) =>
  defineElement({
    ...unusedCertification,
    name,
    doc: 'Part of access certifications.',
    attributes: [text('Identifier', 'Unique name of the element.')],
    localized: optionalDisplayName,
    isOpen: true,
  }),
);

export const reportElements: readonly Element[] = [
  reportQuery,
  universe,
  inlineResource,
  ...campaigns,
  certificationDataFilter,
  certificationOwnerFilter,
];
