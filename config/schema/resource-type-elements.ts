/** Resource types and the rules that say who gets a target resource and what is in it. */
import {
  binding,
  choice,
  expression,
  flag,
  flagOrInteger,
  identifier,
  integer,
  property,
  reference,
  requiredProperty,
  requiredReference,
  requiredResourceKey,
  text,
} from './attribute.ts';
import {
  criteria,
  dimensionParameters,
  requiredParameters,
  rulePolicy,
  ruleRole,
  timeOffset,
} from './criteria.ts';
import { defineElement } from './element.ts';
import {
  approvalWorkflow,
  comparisonType,
  endDateLock,
  implicitApproval,
  prolongation,
  ruleType,
} from './enumerations.ts';
import { describedName } from './role-elements.ts';

const target = { parentAttribute: 'TargetEntityType' } as const;
const confidence = { minimum: 0, maximum: 150 } as const;
const percent = { minimum: 0, maximum: 100 } as const;
/** What is added may be more than all there was. */
const growth = { minimum: 0 } as const;

export const typeRule = defineElement({
  name: 'TypeRule',
  doc: 'Who gets a resource of the type; without criteria and role: every owner. Several rules add up.',
  attributes: [
    rulePolicy,
    ruleRole,
    flag('IsDenied', 'Forbids the resource instead.'),
    choice('Type', ruleType, 'How the resource is given.', 'Required'),
    ...timeOffset,
  ],
  numbered: criteria,
  key: [],
});

export const scalarRule = defineElement({
  name: 'ScalarRule',
  doc: 'What a scalar property of the target holds.',
  attributes: [
    requiredProperty('Property', target, 'scalar', 'Scalar property of the target entity type.'),
    binding('Binding', 'Value from the owner, or the input of the expression.'),
    expression('Expression', 'Literal, predefined function, or C#.'),
    rulePolicy,
    ruleRole,
    choice(
      'ComparisonType',
      comparisonType,
      'How computed and read values are compared.',
      'CaseSensitive',
    ),
    flag('IsMapped', 'False: written at creation only, and never compared.', true),
    ...timeOffset,
  ],
  key: ['Property'],
});

export const navigationRule = defineElement({
  name: 'NavigationRule',
  doc: 'Gives a fixed resource to a navigation property of the target.',
  attributes: [
    requiredProperty(
      'Property',
      target,
      'navigation',
      'Navigation property of the target entity type.',
    ),
    requiredResourceKey('Resource', 'Key of a resource of the type the property leads to.'),
    rulePolicy,
    ruleRole,
    flag('IsDenied', 'Forbids the value instead.'),
    ...timeOffset,
  ],
  numbered: criteria,
  key: ['Property', 'Resource'],
});

export const queryRule = defineElement({
  name: 'QueryRule',
  doc: 'Finds the resource for a navigation property of the target by comparing a key on both sides.',
  attributes: [
    requiredProperty(
      'Property',
      target,
      'navigation',
      'Navigation property of the target entity type.',
    ),
    binding('SourceBinding', 'Key from the owner.'),
    expression('SourceExpression', 'Key from the owner; a literal is allowed.'),
    binding('TargetBinding', 'Key from the entity type the property leads to.'),
    expression('TargetExpression', 'Key from the entity type the property leads to.'),
    integer(
      'TargetMatchedConfidenceLevel',
      'From 100 on automatic, below reviewed by a person.',
      0,
      confidence,
    ),
    rulePolicy,
    ...timeOffset,
  ],
  key: ['Property', 'SourceBinding', 'SourceExpression', 'TargetBinding', 'TargetExpression'],
});

export const binaryRule = defineElement({
  name: 'BinaryRule',
  doc: 'What a binary property of the target holds: a file, such as a photo, copied from the owner and compared by its content.',
  attributes: [
    requiredProperty('Property', target, 'scalar', 'Binary property of the target entity type.'),
    binding('Binding', 'Binary property of the owner, or of what it leads to.'),
    rulePolicy,
    ruleRole,
    ...timeOffset,
  ],
  key: ['Property'],
});

export const resourceType = defineElement({
  name: 'ResourceType',
  doc: 'Target resources of one intent, given to owners of one source entity type.',
  attributes: [
    identifier(),
    requiredReference('Policy', 'Policy', 'Policy it belongs to; its rules inherit it.'),
    reference('Category', 'Category', 'Category it is shown in.'),
    requiredReference('SourceEntityType', 'EntityType', 'Entity type of the owners.'),
    requiredReference('TargetEntityType', 'EntityType', 'Entity type of the target resources.'),
    flag('AllowAdd', 'May create target resources.', true),
    flag(
      'AllowRemove',
      'May delete target resources; otherwise only after a person’s decision.',
      true,
    ),
    flag('RemoveOrphans', 'May delete target resources without owner; needs `AllowRemove`.'),
    flag('BlockProvisioning', 'Orders wait for a review.', true),
    choice('ApprovalWorkflowType', approvalWorkflow, 'Approvals of a manual request.', 'None'),
    choice(
      'ImplicitApproval',
      implicitApproval,
      'Whether steps that the requester could approve are passed over.',
      'Inherited',
    ),
    choice(
      'ProlongationWithoutApproval',
      prolongation,
      'Whether an end date may be put off without approval.',
      'Inherited',
    ),
    choice(
      'ManualAssignmentEndDateLockedToContextMode',
      endDateLock,
      'Whether the end of a manual assignment is that of the owner’s records; the policy’s unless stated.',
      'ExplicitNotContextBoundByDefault',
    ),
    flag('CorrelateMultipleResources', 'An owner may have several target resources of the type.'),
    flag('SuggestAllCorrelations', 'Suggests further correlations for a person to decide.'),
    flag('DiscardManualAssignments', 'The computed value always wins over a manual one.'),
    reference('DependsOn', 'ResourceType', 'The owner must already have a resource of this type.'),
    property(
      'DependsOnOwnerProperty',
      { attribute: 'SourceEntityType' },
      'scalar',
      'This property of the owner must be filled.',
    ),
    expression(
      'ArgumentsExpression',
      'Arguments added to the order: a dictionary, computed from the owner and provisioningOrder.',
    ),
    integer('FulfillHoursAheadOfTime', 'Hours before the start date at which orders are made.', 0),
    integer(
      'TransmittedStateValidityPeriod',
      'Minutes after which an order without result becomes an error; 0 is no limit.',
      0,
      { minimum: 0 },
    ),
    integer('MaximumInsert', 'Most creations per run; 0 is no limit.', 0, { minimum: 0 }),
    integer('MaximumUpdate', 'Most changes per run; 0 is no limit.', 0, { minimum: 0 }),
    integer('MaximumDelete', 'Most deletions per run; 0 is no limit.', 0, { minimum: 0 }),
    integer('MaximumInsertPercent', 'The same as percentage.', 30, growth),
    integer('MaximumUpdatePercent', 'The same as percentage.', 30, percent),
    integer('MaximumDeletePercent', 'The same as percentage.', 30, percent),
    flag('HideOnSimplifiedView', 'Accepted, without meaning here.', false, 'none'),
    text('Type', 'Seen in published files, without documented meaning.', 'none'),
  ],
  localized: describedName,
  numbered: [dimensionParameters, requiredParameters],
  children: [typeRule, scalarRule, navigationRule, queryRule, binaryRule],
});

export const correlationRule = defineElement({
  name: 'ResourceCorrelationRule',
  doc: 'Links target resources to their owners where the keys of both sides are equal.',
  attributes: [
    requiredReference('ResourceType', 'ResourceType', 'Resource type it belongs to.'),
    rulePolicy,
    binding('SourceBinding', 'Key from the owner.'),
    expression('SourceExpression', 'Key from the owner.'),
    binding('TargetBinding', 'Key from the target resource.'),
    expression('TargetExpression', 'Key from the target resource.'),
    integer(
      'SourceMatchedConfidenceLevel',
      'From 100 on automatic, below confirmed by a person.',
      0,
      confidence,
    ),
  ],
  key: ['ResourceType', 'SourceBinding', 'SourceExpression', 'TargetBinding', 'TargetExpression'],
});

export const classificationRule = defineElement({
  name: 'ResourceClassificationRule',
  doc: 'Gives a resource type to target resources that nobody owns. `UpdateClassificationTask` applies it.',
  attributes: [
    requiredReference('ResourceType', 'ResourceType', 'Resource type given to what matches.'),
    rulePolicy,
    expression('TargetExpression', 'True for the target resources that match; absent: all.'),
    integer(
      'ResourceTypeIdentificationConfidenceLevel',
      'From 100 on automatic, below confirmed by a person.',
      0,
      confidence,
    ),
    flagOrInteger(
      'SourceMatchedConfidenceLevel',
      'Confidence in the owner; a flag on one page, and without effect here: correlation rules say it.',
      'none',
    ),
  ],
  key: ['ResourceType', 'TargetExpression'],
});

export const resourceTypeElements = [resourceType, correlationRule, classificationRule] as const;
