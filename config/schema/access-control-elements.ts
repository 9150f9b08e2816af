/** Who may do what in the vocabulary's own server. Here access is configured in the settings of the console. */
import {
  binding,
  choice,
  expression,
  flag,
  identifier,
  integer,
  reference,
  requiredBinding,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { unusedDimensionValues } from './criteria.ts';
import { defineElement, displayName, type Element, optionalDisplayName } from './element.ts';
import { filterOperator } from './enumerations.ts';

const unused = {
  status: 'not-yet-used',
  why: 'Who may use the console is configured in its settings.',
} as const;

export const profile = defineElement({
  ...unused,
  name: 'Profile',
  doc: 'A set of permissions that users are given.',
  attributes: [identifier()],
  localized: displayName,
});

const accessControlEntry = defineElement({
  ...unused,
  name: 'Entry',
  doc: 'Grants or denies a permission.',
  attributes: [
    requiredText('Permission', 'Path of the permission, such as `/Jobs/RunJob/Launch`.'),
    flag('CanExecute', 'Grants it.'),
    flag('IsPreCondition', 'Evaluated on the data before a change.', true),
    flag('IsPostCondition', 'Evaluated on the data after a change.', true),
    flag('Notify', 'Its holders are notified.', true),
    flag('FullAccessProperties', 'Gives access to all properties.'),
    integer('Priority', 'Which of several contexts counts.', 0),
    reference('PropertyGroup', 'AccessControlPropertyGroup', 'Properties that may be read.'),
  ],
  key: [],
});
const accessControlFilter = defineElement({
  ...unused,
  name: 'Filter',
  doc: 'Restricts the rule to part of the data; several filters of a group must all hold.',
  attributes: [
    requiredBinding('Binding', 'Value that is compared, from the entity type.'),
    text('Value', 'Constant it is compared with.'),
    choice('Operator', filterOperator, 'How it is compared.', 'Equals'),
    text('Group', 'Group of the filter; one of several groups must hold.'),
    flag('CurrentUser', 'Compares with the user.'),
    flag('Category', 'Compares with the categories of the user’s profiles.'),
    flag('CompositeRole', 'Compares with the composite roles of the user’s profiles.'),
    flag('SingleRole', 'Compares with the single roles of the user’s profiles.'),
    flag('ResourceType', 'Compares with the resource types of the user’s profiles.'),
    reference(
      'Dimension',
      'Dimension',
      'Compares with the dimension’s value in the user’s profiles.',
    ),
  ],
  key: [],
});
export const accessControlRule = defineElement({
  ...unused,
  name: 'AccessControlRule',
  doc: 'Permissions of a profile on the data of one entity type.',
  attributes: [
    identifier(),
    requiredReference('Profile', 'Profile', 'Profile that gets them.'),
    requiredReference(
      'EntityType',
      'EntityType',
      'Entity type of the data, built-in ones included.',
    ),
  ],
  localized: displayName,
  children: [accessControlEntry, accessControlFilter],
});

export const accessControlEntityType = defineElement({
  ...unused,
  name: 'AccessControlEntityType',
  doc: 'Visibility of the properties of an entity type.',
  attributes: [requiredReference('Identifier', 'EntityType', 'The entity type.')],
  localized: optionalDisplayName,
  children: [
    defineElement({
      ...unused,
      name: 'Property',
      doc: 'Visibility of one property.',
      attributes: [
        requiredText('Identifier', 'The property.'),
        reference('VisibilityGroup', 'AccessControlPropertyGroup', 'Group that may see it.'),
      ],
    }),
  ],
});
export const accessControlPropertyGroup = defineElement({
  ...unused,
  name: 'AccessControlPropertyGroup',
  doc: 'A group of properties that permissions name.',
  attributes: [identifier()],
  localized: optionalDisplayName,
  isOpen: true,
});

export const openIdClient = defineElement({
  ...unused,
  why: 'Jobs run in this program and need no login.',
  name: 'OpenIdClient',
  doc: 'A login of machines.',
  attributes: [
    identifier(),
    requiredText('HashedSecret', 'Base64 hash of the secret.'),
    requiredReference('Profile', 'Profile', 'Profile of the login.'),
    text('Context', 'Number of the profile context that restricts it.'),
    text('ContextId', 'Other spelling of `Context`.'),
    text('ExpirationDate', 'After this date the login is refused.'),
  ],
  localized: displayName,
});

const profileRule = defineElement({
  ...unused,
  name: 'ProfileRule',
  doc: 'Gives a profile to the users that match.',
  attributes: [
    requiredReference('Profile', 'Profile', 'The profile.'),
    expression('RootExpression', 'True for users that match.'),
    expression('SubExpression', 'True for resources of the sub-binding that match.'),
    flag('IsDenied', 'Denies the profile instead.'),
  ],
  numbered: [
    {
      letter: 'B',
      type: { kind: 'binding' },
      doc: 'Value of dimension n in the profile’s context.',
      effect: 'none',
    },
  ],
  key: [],
});
export const profileRuleContext = defineElement({
  ...unused,
  name: 'ProfileRuleContext',
  doc: 'Where profile rules are evaluated; names a resource type or an entity type.',
  attributes: [
    reference('ResourceType', 'ResourceType', 'Resource type of the users’ accounts.'),
    reference('EntityType', 'EntityType', 'Entity type of the users.'),
    binding('RootBinding', 'Resource that root expressions see.'),
    binding('SubBinding', 'Resources that sub-expressions see.'),
    flag('IsAppliedToRoot', 'Dimension values are read from the user.', true),
  ],
  children: [profileRule],
  key: [],
});

const assignedProfile = defineElement({
  ...unused,
  name: 'AssignedProfile',
  doc: 'A profile given to one user.',
  attributes: [
    reference('Profile', 'Profile', 'The profile.'),
    flag('IsDenied', 'Denies the profile instead.'),
    text('StartDate', 'From when on.'),
    text('EndDate', 'Until when.'),
  ],
  numbered: [{ ...unusedDimensionValues, effect: 'none' }],
  isOpen: true,
  key: [],
});

/** Seen as elements of their own in published lists, without a table of attributes. */
const namesOnly = ['AccessControlFilter', 'ProfileRule'].map((name) =>
  defineElement({
    ...unused,
    name,
    doc: 'Seen standing by itself in published lists, without attributes of its own.',
    isOpen: true,
    key: [],
  }),
);

export const accessControlElements: readonly Element[] = [
  profile,
  accessControlRule,
  accessControlEntityType,
  accessControlPropertyGroup,
  assignedProfile,
  openIdClient,
  profileRuleContext,
  ...namesOnly,
];
