/** Expands the scaffoldings of access rules from the table in `access-rules.ts`. */
import { type Declared, textOf } from '../schema/declare.ts';
import { accessTemplates } from './access-rules.ts';
import type { AccessTemplate, RuleTemplate } from './access-template.ts';
import type { Expand, ExpansionContext } from './expansion-context.ts';
import type { Generated, GeneratedValue } from './generated-element.ts';

/** Every scaffolding whose rules are documented. */
export const accessScaffoldings: ReadonlyMap<string, Expand> = new Map(
  Object.entries(accessTemplates).map(([name, template]) => [name, expander(template)]),
);

function expander(template: AccessTemplate): Expand {
  return (scaffolding, context) => expandTemplate(template, scaffolding, context);
}

function expandTemplate(
  template: AccessTemplate,
  scaffolding: Declared,
  context: ExpansionContext,
  outerProfile?: string,
): readonly Generated[] {
  const profile = outerProfile ?? textOf(scaffolding, 'Profile') ?? template.profile;
  if (profile === undefined || profile === '') return [];
  const { profile: ownProfile, perEach, rules = [], includes = [] } = template;
  const entityType = textOf(scaffolding, 'EntityType');
  const given = { profile, ...(entityType === undefined ? {} : { entityType }) };
  const made = subjectsOf(perEach, context).flatMap((subject) =>
    rules.flatMap((rule) =>
      targetsOf(rule, entityType, context).flatMap((target) =>
        makeRule(rule, { ...given, ...subject, ...target }, scaffolding),
      ),
    ),
  );
  const profiles: readonly Generated[] =
    ownProfile === undefined
      ? []
      : [{ name: 'Profile', attributes: { Identifier: profile, DisplayName_L1: profile } }];
  return [
    ...profiles,
    ...made,
    ...includes.flatMap((name) => {
      const included = accessTemplates[name];
      if (included !== undefined) return expandTemplate(included, scaffolding, context, profile);
      const EntityType = scaffolding.written.get('EntityType');
      return [{ name, attributes: { Profile: profile, EntityType } }];
    }),
  ];
}

type Subject = Readonly<Record<string, string>>;

/** What a template's rules are made for: once, or per element of the configuration. */
function subjectsOf(
  perEach: AccessTemplate['perEach'],
  { names, landscape }: ExpansionContext,
): readonly Subject[] {
  switch (perEach) {
    case undefined:
      return [{}];
    case 'resource type':
      return landscape.resourceTypes.map((resourceType) => ({ resourceType }));
    case 'mapped entity type':
      return names.all('EntityTypeMapping').flatMap((mapping) => {
        const entityType = textOf(mapping, 'Identifier');
        const connector = textOf(mapping, 'Connector');
        return entityType === undefined || connector === undefined
          ? []
          : [{ entityType, connector }];
      });
  }
}

/** What a rule is made for: once, or per target of the resource types whose owners are of the entity type. */
function targetsOf(
  { perEach }: RuleTemplate,
  entityType: string | undefined,
  { names }: ExpansionContext,
): readonly Subject[] {
  if (perEach === undefined) return [{}];
  const targets = names
    .all('ResourceType')
    .filter((each) => textOf(each, 'SourceEntityType') === entityType)
    .flatMap((each) => textOf(each, 'TargetEntityType') ?? []);
  return [...new Set(targets)].map((target) => ({ target }));
}

/** No rule where something it speaks of is not given: a permission on nothing would mean another thing. */
function makeRule(
  rule: RuleTemplate,
  subject: Subject,
  scaffolding: Declared,
): readonly Generated[] {
  const { grants = [], grantsFully = [], names = [], namesFully = [] } = rule;
  const identifier = fill(rule.identifier, subject);
  const EntityType = fill(rule.entityType, subject);
  if (identifier === undefined || EntityType === undefined) return [];
  const granted = { CanExecute: true };
  const entries = [
    ...makeEntries(grants, granted, subject),
    ...makeEntries(grantsFully, { ...granted, FullAccessProperties: true }, subject),
    ...makeEntries(names, {}, subject),
    ...makeEntries(namesFully, { FullAccessProperties: true }, subject),
  ];
  const Profile: GeneratedValue = scaffolding.written.get('Profile') ?? subject['profile'] ?? '';
  return [
    {
      name: 'AccessControlRule',
      attributes: { Identifier: identifier, DisplayName_L1: identifier, Profile, EntityType },
      children: entries,
    },
  ];
}

function makeEntries(
  permissions: readonly string[],
  attributes: Generated['attributes'],
  subject: Subject,
): readonly Generated[] {
  return permissions.flatMap((permission) => {
    const Permission = fill(permission, subject);
    return Permission === undefined
      ? []
      : [{ name: 'Entry', attributes: { ...attributes, Permission } }];
  });
}

/** The text with its places filled; `undefined` when one cannot be. */
function fill(text: string, subject: Subject): string | undefined {
  let isWhole = true;
  const filled = text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = subject[name];
    isWhole &&= value !== undefined;
    return value ?? '';
  });
  return isWhole ? filled : undefined;
}
