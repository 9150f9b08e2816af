/** Settings of the vocabulary's own server: one element each, at most once in a configuration. */
import {
  type Attribute,
  binding,
  flag,
  optionalInteger,
  property,
  reference,
  requiredText,
  text,
  typeProperty,
} from './attribute.ts';
import { defineElement, type Element, type LocalizedText, localizedText } from './element.ts';

function defineSetting(
  name: string,
  doc: string,
  attributes: readonly Attribute[] | 'not published',
  localized: readonly LocalizedText[] = [],
): Element {
  const isPublished = attributes !== 'not published';
  return defineElement({
    name,
    doc,
    status: 'not-yet-used',
    why: 'A setting of another server; this program has its own settings files.',
    attributes: [
      text('Identifier', 'Name of the setting; a fixed one unless stated.'),
      ...(isPublished ? attributes : []),
    ],
    localized,
    isOpen: !isPublished,
  });
}

const links = (section: string, what: string): Attribute =>
  optionalInteger(section, `Links shown in ${what}; 3 unless stated.`, 'used', {
    minimum: 1,
    maximum: 5,
  });

const pathAndUrl = (number: 1 | 2): Element =>
  defineSetting(
    `CustomLink${number}Setting`,
    'Shows a page of HTML under an address.',
    [requiredText('Url', 'Address, starting with `/`.')],
    [localizedText('Path', 'HTML file, relative to the configuration', true)],
  );

export const settingElements: readonly Element[] = [
  defineSetting('AppDisplaySetting', 'Name, colours and pictures of the web pages.', [
    text('ApplicationName', 'Name shown on tabs.'),
    flag(
      'AccessCertificationOnlyApproveDeny',
      'Offers only approval and denial in certifications.',
    ),
    text('BannerColor', 'Colour of the banner.'),
    text('BannerGradientColor', 'Colour in the middle of the banner.'),
    text('BannerSelectedTabColor', 'Colour of the selected tab’s line.'),
    text('BannerTextColor', 'Colour of the banner’s text.'),
    flag('DisableProvisioningCounters', 'Hides the counters of the administration pages.'),
    text('FaviconFile', 'Icon of tabs.'),
    text('FaviconMimeType', 'Media type of the icon.'),
    text('FullNameSeparator', 'Stands between the parts of a full name.'),
    text('LogoFile', 'Picture in the corner.'),
    text('LogoMimeType', 'Media type of the picture.'),
    text('Preview', 'Named without description.'),
    text('PrimaryColor', 'Colour of highlighted buttons.'),
    text('SecondaryColor', 'Colour behind the login.'),
  ]),
  defineSetting('ConfigurationVersionSetting', 'Version of the configuration.', 'not published'),
  pathAndUrl(1),
  pathAndUrl(2),
  defineSetting(
    'DashboardItemNumberSetting',
    'How many links each section of the start page has.',
    [
      links('ManualProvisioningSection', 'manual provisioning'),
      links('MyTasksSection', 'one’s own tasks'),
      links('ProvisioningReviewSection', 'the review of orders'),
      links('ResourceReconciliationSection', 'the reconciliation of resources'),
      links('RoleReconciliationSection', 'the reconciliation of roles'),
      links('RoleReviewSection', 'the review of roles'),
    ],
  ),
  defineSetting('MailSetting', 'Where notifications go.', [
    text('LanguageCode', 'Language of notifications, such as `en-US`.'),
    typeProperty('MailProperty', 'any', 'Property with the address, as `EntityType:Property`.'),
  ]),
  defineSetting('PasswordGenerationSetting', 'How passwords are generated.', 'not published'),
  defineSetting('PasswordTestsSetting', 'What a password chosen by a person must match.', [
    text('PasswordRegex', 'Quoted regular expressions, separated by commas; all must match.'),
  ]),
  defineSetting('SchedulingCleanDatabaseSetting', 'When the database is cleaned.', 'not published'),
  defineSetting(
    'SelectAllPerformedByAssociationQueryHandlerSetting',
    'Lets tasks be delegated to a group of people.',
    [
      reference('RootEntityType', 'EntityType', 'Entity type of the groups.'),
      binding('Binding', 'People of a group.'),
    ],
  ),
  defineSetting(
    'SelectPersonasByFilterQueryHandlerSetting',
    'Which resources may log in.',
    'not published',
  ),
  defineSetting(
    'SelectUserByIdentityQueryHandlerSetting',
    'Finds the resource that a login name belongs to.',
    [
      text('ResourceIdentityProperty', 'Property that holds the login name.'),
      reference('OwnerEntityType', 'EntityType', 'Entity type of the users.'),
      text('ResourceDisplayNameProperty', 'Property with the name that is shown.'),
      property('OwnerPhotoTagProperty', { isElsewhere: true }, 'any', 'Property with the picture.'),
      text('AfterToken', 'The login name starts after this text.'),
      text('BeforeToken', 'The login name ends before this text.'),
    ],
  ),
];
