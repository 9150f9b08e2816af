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
import { criteria, requiredParameters, roleValues, unusedDimensionValues } from './criteria.ts';
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
    flag(
      'IsSimulationEnabled',
      'Without effect: any configuration can be simulated, and nothing of it is kept.',
      false,
      'none',
    ),
    flag('IsExternal', 'The roles are kept elsewhere: nothing here gives, changes or takes one.'),
    flag('HasImplicitApproval', 'Passes over the steps of approval that the requester could take.'),
    flag('ProlongationWithoutApproval', 'An end date may be put off without approval.'),
    integer('GracePeriod', 'Minutes by which a rule change prolongs what it takes away.', 0, {
      minimum: 0,
    }),
    integer('MaxDuration', 'Minutes after which manual assignments end; 0 is never.', 0, {
      minimum: 0,
    }),
    choice(
      'ManualAssignmentEndDateLockedToContextMode',
      endDateLock,
      'Whether the end of a manual assignment is that of the owner’s records.',
      'ExplicitNotContextBoundByDefault',
    ),
    choice(
      'CommentActivationOnApproveInReview',
      commentActivation,
      'Comment on approval.',
      'Optional',
    ),
    choice(
      'CommentActivationOnDeclineInReview',
      commentActivation,
      'Comment on decline.',
      'Required',
    ),
    choice(
      'CommentActivationOnDeleteGapInReconciliation',
      commentActivation,
      'Comment on deletion.',
      'Optional',
    ),
    choice(
      'CommentActivationOnKeepGapInReconciliation',
      commentActivation,
      'Comment on keeping.',
      'Required',
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
    'Whether steps that the requester could approve are passed over.',
    'Inherited',
  ),
  choice(
    'ProlongationWithoutApproval',
    prolongation,
    'Whether an end date may be put off without approval.',
    'Inherited',
  ),
  optionalInteger(
    'GracePeriod',
    'Minutes by which a rule change prolongs what it takes away; the policy’s unless stated.',
    'used',
    { minimum: 0 },
  ),
  optionalInteger(
    'MaxDuration',
    'Minutes after which a manual assignment ends; the policy’s unless stated, 0 switches it off.',
    'used',
    { minimum: 0 },
  ),
  choice(
    'CommentActivationOnApproveInReview',
    commentActivation,
    'Comment on approval.',
    'Inherited',
  ),
  choice(
    'CommentActivationOnDeclineInReview',
    commentActivation,
    'Comment on decline.',
    'Inherited',
  ),
  choice(
    'CommentActivationOnDeleteGapInReconciliation',
    commentActivation,
    'Comment on deletion.',
    'Inherited',
  ),
  choice(
    'CommentActivationOnKeepGapInReconciliation',
    commentActivation,
    'Comment on keeping.',
    'Inherited',
  ),
  choice(
    'ManualAssignmentEndDateLockedToContextMode',
    endDateLock,
    'Whether the end of a manual assignment is that of the owner’s records; the policy’s unless stated.',
    'ExplicitNotContextBoundByDefault',
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
  numbered: [roleValues, requiredParameters],
});

export const compositeRole = defineElement({
  name: 'CompositeRole',
  doc: 'A role that stands for several single roles: its `SingleRoleRule`s say which its holders get.',
  attributes: roleAttributes,
  localized: describedName,
  numbered: [roleValues, requiredParameters],
});

export const singleRoleRule = defineElement({
  name: 'SingleRoleRule',
  doc: 'Gives a single role to the owners that meet all criteria.',
  attributes: [
    requiredReference('Role', 'SingleRole', 'Role to give.'),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    reference('CompositeRole', 'CompositeRole', 'The owner must hold this role.'),
    choice('Type', ruleType, 'How the role is given.', 'Required'),
    flag('IsDenied', 'Forbids the role instead.'),
    integer('Priority', 'Smaller wins; lets a grant beat a denial.', 0),
  ],
  numbered: criteria,
  key: [],
});

export const compositeRoleRule = defineElement({
  name: 'CompositeRoleRule',
  doc: 'Gives a composite role to the owners that meet all criteria.',
  attributes: [
    requiredReference('Role', 'CompositeRole', 'Role to give.'),
    requiredReference('Policy', 'Policy', 'Policy it belongs to.'),
    reference('ParentRole', 'CompositeRole', 'The owner must hold this role.'),
    choice('Type', ruleType, 'How the role is given.', 'Required'),
    flag('IsDenied', 'Forbids the role instead.'),
    integer('Priority', 'Smaller wins; lets a grant beat a denial.', 0),
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
