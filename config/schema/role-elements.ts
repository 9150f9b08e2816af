/** Policies and roles. */
import {
  choice,
  flag,
  identifier,
  integer,
  optionalInteger,
  reference,
  requiredReference,
  text,
} from './attribute.ts';
import { criteria, requiredParameters, unusedDimensionValues } from './criteria.ts';
import { defineElement, displayName, type LocalizedText, localized } from './element.ts';
import {
  approvalWorkflow,
  commentActivation,
  endDateLock,
  implicitApproval,
  prolongation,
  roleState,
  ruleType,
} from './enumerations.ts';

export const describedName: readonly LocalizedText[] = [
  localized('DisplayName', true),
  localized('Description', false),
];

export const policy = defineElement({
  name: 'Policy',
  doc: 'What all rules, roles and resource types belong to; it switches provisioning on.',
  attributes: [
    identifier(),
    flag(
      'IsProvisioningEnabled',
      'Enables provisioning; without it nothing of the policy is delivered.',
    ),
    flag('IsSimulationEnabled', 'Accepted, without meaning here.', false, 'none'),
    flag('IsExternal', 'The roles are managed elsewhere.', false, 'not-yet'),
    flag('HasImplicitApproval', 'Skips approval when the requester may approve.', false, 'not-yet'),
    flag('ProlongationWithoutApproval', 'Prolongs without approval.', false, 'not-yet'),
    integer('GracePeriod', 'Minutes by which a rule change prolongs what it takes away.', 0, {
      minimum: 0,
      effect: 'not-yet',
    }),
    integer('MaxDuration', 'Minutes after which manual assignments end.', 0, {
      minimum: 0,
      effect: 'not-yet',
    }),
    choice(
      'ManualAssignmentEndDateLockedToContextMode',
      endDateLock,
      'End dates of manual assignments.',
      'ExplicitNotContextBoundByDefault',
      'none',
    ),
    choice(
      'CommentActivationOnApproveInReview',
      commentActivation,
      'Comment on approval.',
      'Optional',
      'none',
    ),
    choice(
      'CommentActivationOnDeclineInReview',
      commentActivation,
      'Comment on decline.',
      'Required',
      'none',
    ),
    choice(
      'CommentActivationOnDeleteGapInReconciliation',
      commentActivation,
      'Comment on deletion.',
      'Optional',
      'none',
    ),
    choice(
      'CommentActivationOnKeepGapInReconciliation',
      commentActivation,
      'Comment on keeping.',
      'Required',
      'none',
    ),
  ],
  localized: displayName,
  numbered: [{ ...unusedDimensionValues, effect: 'none' }],
});

export const category = defineElement({
  name: 'Category',
  doc: 'Groups roles and resource types for people.',
  attributes: [
    identifier(),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    reference('Parent', 'Category', 'Category above.'),
    flag('IsCollapsed', 'Accepted, without meaning here.', false, 'none'),
  ],
  localized: describedName,
});

/** What single and composite roles have in common. */
const roleAttributes = [
  identifier(),
  requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
  requiredReference('EntityType', 'EntityType', 'Entity type of the owners.'),
  reference('Category', 'Category', 'Category it is shown in.'),
  choice('ApprovalWorkflowType', approvalWorkflow, 'Approvals of a manual request.', 'None'),
  choice(
    'ImplicitApproval',
    implicitApproval,
    'Approval when the requester may approve.',
    'Inherited',
    'none',
  ),
  choice(
    'ProlongationWithoutApproval',
    prolongation,
    'Prolongation without approval.',
    'Inherited',
    'none',
  ),
  optionalInteger('GracePeriod', 'Minutes; the policy’s unless stated.', 'not-yet'),
  optionalInteger(
    'MaxDuration',
    'Minutes; the policy’s unless stated, 0 switches it off.',
    'not-yet',
  ),
  choice(
    'CommentActivationOnApproveInReview',
    commentActivation,
    'Comment on approval.',
    'Inherited',
    'none',
  ),
  choice(
    'CommentActivationOnDeclineInReview',
    commentActivation,
    'Comment on decline.',
    'Inherited',
    'none',
  ),
  choice(
    'CommentActivationOnDeleteGapInReconciliation',
    commentActivation,
    'Comment on deletion.',
    'Inherited',
    'none',
  ),
  choice(
    'CommentActivationOnKeepGapInReconciliation',
    commentActivation,
    'Comment on keeping.',
    'Inherited',
    'none',
  ),
  choice(
    'ManualAssignmentEndDateLockedToContextMode',
    endDateLock,
    'End dates of manual assignments.',
    'ExplicitNotContextBoundByDefault',
    'none',
  ),
  flag('HideOnSimplifiedView', 'Accepted, without meaning here.', false, 'none'),
  choice('State', roleState, 'How the role came to be.', 'Manual', 'none'),
  text('Tags', 'Tags, separated by `¤`.', 'none'),
] as const;

export const singleRole = defineElement({
  name: 'SingleRole',
  doc: 'An entitlement that rules and people can give to owners, and that provisioning rules can require.',
  attributes: roleAttributes,
  localized: describedName,
  numbered: [unusedDimensionValues, requiredParameters],
});

export const compositeRole = defineElement({
  name: 'CompositeRole',
  status: 'not-yet-used',
  doc: 'A role made of single roles. Recognised; without effect in this version.',
  attributes: roleAttributes,
  localized: describedName,
  numbered: [unusedDimensionValues, requiredParameters],
});

export const singleRoleRule = defineElement({
  name: 'SingleRoleRule',
  doc: 'Gives a single role to the owners that meet all criteria.',
  attributes: [
    requiredReference('Role', 'SingleRole', 'Role to give.'),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    reference('CompositeRole', 'CompositeRole', 'The owner must hold this role.', 'not-yet'),
    choice('Type', ruleType, 'How the role is given.', 'Required'),
    flag('IsDenied', 'Forbids the role instead.'),
    integer('Priority', 'Smaller wins; lets a grant beat a denial.', 0),
  ],
  numbered: criteria,
  key: [],
});

export const compositeRoleRule = defineElement({
  name: 'CompositeRoleRule',
  status: 'not-yet-used',
  doc: 'Gives a composite role. Recognised; without effect in this version.',
  attributes: [
    requiredReference('Role', 'CompositeRole', 'Role to give.'),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    reference('ParentRole', 'CompositeRole', 'The owner must hold this role.'),
    choice('Type', ruleType, 'How the role is given.', 'Required'),
    flag('IsDenied', 'Forbids the role instead.'),
    integer('Priority', 'Smaller wins.', 0),
  ],
  numbered: criteria,
  key: [],
});

export const roleElements = [
  policy,
  category,
  singleRole,
  singleRoleRule,
  compositeRole,
  compositeRoleRule,
] as const;
