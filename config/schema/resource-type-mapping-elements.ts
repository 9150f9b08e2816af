/** Resource type mappings: which connection carries out the orders of a resource type, and how. */
import {
  type Attribute,
  binding,
  choice,
  flag,
  integer,
  optionalChoice,
  reference,
  requiredProperty,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { defineElement, type Element, optionalDisplayName } from './element.ts';
import { ticketLevel } from './enumerations.ts';

/** All mapping elements share one scope: a resource type has one mapping. */
export const mappingScope = 'ResourceTypeMapping';

const common = [
  requiredReference('Identifier', 'ResourceType', 'The resource type.'),
  requiredReference('Connection', 'Connection', 'Connection that carries out its orders.'),
] as const;
const ticketFlag = flag(
  'TicketSynchroIsNotAvailable',
  'A closed ticket counts as verified, since no synchronization will show it.',
);
const passwordReset = reference(
  'PasswordResetSetting',
  'PasswordResetSettings',
  'How passwords of new accounts are made, and how those of others are reset.',
);

const mappedProperty = defineElement({
  name: 'Property',
  doc: 'What is special about a property when it is written.',
  attributes: [
    requiredProperty(
      'Property',
      { resourceTypeTarget: true },
      'any',
      'Property of the target entity type.',
    ),
    flag('IsDNProperty', 'Holds the key of the system.'),
    flag('IsParentProperty', 'Holds the entry above.'),
    flag('IsRDNProperty', 'Holds the naming value.'),
    flag('IsUserAccountControlProperty', 'Holds the account control bits.'),
    flag('IsDisplayNameProperty', 'Holds the display name.'),
    flag('IsMailProperty', 'Holds the mail address.'),
    text(
      'DataSourceBacklinkColumnName',
      'Attribute of the other side through which the property is written.',
    ),
    text('MultiValueSeparator', 'Stands between the values of a flattened list.'),
  ],
  key: ['Property'],
});

function defineMapping(
  name: string,
  doc: string,
  attributes: readonly Attribute[] = [],
  rest: { readonly children?: readonly Element[]; readonly isOpen?: boolean } = {},
) {
  return defineElement({
    name,
    doc,
    attributes: [...common, ...attributes],
    localized: optionalDisplayName,
    children: rest.children ?? [mappedProperty],
    scope: mappingScope,
    isOpen: rest.isOpen ?? false,
  });
}

const objectClass = text('DefaultObjectClass', 'Kind of the objects that are created.');

const link = defineElement({
  name: 'ls:Link',
  doc: 'A multi-valued navigation property that lives in a table of two columns.',
  attributes: [
    requiredProperty(
      'Property',
      { resourceTypeTarget: true },
      'navigation',
      'Navigation property of the target entity type.',
    ),
    requiredText('Table', 'Table with one row per link.'),
    requiredText('Column', 'Column with the key of the target resource.'),
    requiredText('LinkedColumn', 'Column with the key of the linked resource.'),
  ],
  key: ['Property'],
});

export const resourceTypeMappingElements = [
  defineMapping(
    'ResourceTypeMapping',
    'The general spelling: attributes and children are handed to the package as written.',
    [ticketFlag, passwordReset],
    { isOpen: true },
  ),
  defineMapping(
    'ManualProvisioningResourceTypeMapping',
    'Orders become tickets that a person carries out.',
    [ticketFlag],
  ),
  defineMapping('LdapResourceTypeMapping', 'Orders are written to an LDAP directory.', [
    requiredText(
      'DefaultObjectClass',
      'Object classes of new entries, separated by line breaks (`&#10;`).',
    ),
    requiredText('RDNAttributeIdentifier', 'Naming attribute, such as `cn`.'),
    passwordReset,
    flag('UsePermissiveModify', 'Sends the permissive-modify control.'),
    flag('UseTreeDelete', 'Sends the tree-delete control.'),
    text(
      'ls:PlaceholderMember',
      'Name kept as member of groups that would otherwise be empty, which the directory refuses.',
    ),
  ]),
  defineMapping('ScimResourceTypeMapping', 'Orders are sent to a SCIM 2.0 service.', [
    objectClass,
    passwordReset,
  ]),
  defineMapping(
    'ServiceNowResourceTypeMapping',
    'Orders are sent to ServiceNow, as records or tickets.',
    [
      objectClass,
      passwordReset,
      ticketFlag,
      text('TicketAdditionalInformation', 'Text added to the description.'),
      text('TicketCallerId', 'Attribute with the caller’s id.'),
      text('TicketCategory', 'Category of the ticket.'),
      text('TicketSubCategory', 'Subcategory of the ticket.'),
      choice('TicketImpact', ticketLevel, 'Impact of the ticket.', 'Low'),
      choice('TicketUrgency', ticketLevel, 'Urgency of the ticket.', 'Low'),
    ],
  ),
  defineMapping('MicrosoftEntraIDResourceTypeMapping', 'Orders are sent to Microsoft Entra ID.', [
    objectClass,
    passwordReset,
    optionalChoice(
      'InvitationMode',
      {
        members: [
          ['None', 0],
          ['MicrosoftInvitation', 1],
        ],
        aliases: {},
      },
      'How guests are invited.',
    ),
    text('InvitationRedirectUrl', 'Where an invited guest is led.'),
    text('InvitationCustomizedMessageBody', 'Text of the invitation.'),
    text('InvitationMessageLanguage', 'Language of the invitation.'),
  ]),
  defineMapping('EasyVistaResourceTypeMapping', 'Orders become EasyVista tickets.', [
    requiredText(
      'CatalogCode',
      'Catalogue code; three, separated by `¤`, for add, modify, delete.',
    ),
    requiredText('RecipientId', 'Recipient of the ticket.'),
    text('Title', 'Template of the title.'),
    text('Description', 'Template of the description.'),
    text('ImpactId', 'Impact.'),
    text('UrgencyId', 'Urgency.'),
    text('SeverityId', 'Severity.'),
    ticketFlag,
  ]),
  defineMapping('OktaResourceTypeMapping', 'Orders are sent to Okta.', [
    objectClass,
    passwordReset,
  ]),
  defineMapping('SapResourceTypeMapping', 'Orders are sent to SAP.', [objectClass, passwordReset]),
  defineMapping('SharePointResourceTypeMapping', 'Orders are sent to SharePoint.', [objectClass], {
    isOpen: true,
  }),
  defineMapping(
    'ls:SqlResourceTypeMapping',
    'Orders are written to a table of a database by parameterised insert, update and delete.',
    [
      requiredText(
        'Table',
        'Table that holds the target resources, with its schema where it has one.',
      ),
      text(
        'KeyColumn',
        'Column that identifies a row; the column of the mapping’s primary key unless stated.',
      ),
    ],
    { children: [link] },
  ),
] as const;

const ownerBinding = 'Rooted at the assigned resource type: `Owner.Mail`; `Owner` may be left out.';

export const passwordResetSettings = defineElement({
  name: 'PasswordResetSettings',
  doc: 'How passwords of new accounts are made, how those of others are reset, and who is told.',
  attributes: [
    requiredText('Identifier', 'Unique name of the element.'),
    choice(
      'Mode',
      {
        members: [
          ['Disabled', 0],
          ['One-Way', 1],
          ['Two-Way', 2],
        ],
        aliases: {},
      } as const,
      'Whether passwords are reset, with `password reset`: not at all, by a mail, or by a mail with a link to confirm. New accounts get theirs in every mode; with `Two-Way` it is mailed to nobody, since there is no page that confirms, and none is reset.',
      'Disabled',
    ),
    flag('AutoGenerate', 'Makes a password by chance for each account.'),
    text(
      'DefaultPassword',
      'Password of new accounts where none is made by chance: `env:NAME` or `file:path`. One that is written out is not used: a configuration holds no secret.',
    ),
    integer('GeneratedLength', 'Characters in all; the sum of the counts if that is more.', 12, {
      minimum: 1,
      maximum: 1024,
    }),
    charactersAtLeast('GeneratedLowerCaseCharsCount', 'Lower case letters, at least.', 6),
    charactersAtLeast('GeneratedUpperCaseCharsCount', 'Upper case letters, at least.', 2),
    charactersAtLeast('GeneratedDigitCharsCount', 'Digits, at least.', 2),
    charactersAtLeast('GeneratedSymbolCharsCount', 'Symbols, at least.', 2),
    text(
      'StrengthCheck',
      'Regular expressions in quotes, separated by commas; each must be found in the password.',
    ),
    flag('MustChange', 'Must be changed at the first login.'),
    flag('DisableNotifications', 'Sends no mail.'),
    text('NotificationCC', 'Addresses that get a copy, separated by semicolons.'),
    binding('BeneficiaryEmailBinding', `Address of the person. ${ownerBinding}`),
    binding('BeneficiaryFullNameBinding', `Name of the person. ${ownerBinding}`),
    binding(
      'NotifiedEmailBinding',
      `Address of who is told in place of the person. ${ownerBinding}`,
    ),
    binding('NotifiedFullNameBinding', `Name of who is told. ${ownerBinding}`),
  ],
  localized: optionalDisplayName,
});

function charactersAtLeast<const N extends string>(name: N, doc: string, count: number) {
  return integer(name, doc, count, { minimum: 0, maximum: 1024 });
}
