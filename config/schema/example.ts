/**
 * An example of each element for the reference pages: written by hand where several attributes belong together, else made
 * of what is required. All of them fit one small configuration, that of a staff list and a badge system.
 */
import type { Attribute, AttributeType } from './attribute.ts';
import type { Element } from './element.ts';
import { writtenExamples } from './written-examples.ts';

/** What examples name by a reference. */
const namedByScope: Readonly<Record<string, string>> = {
  EntityType: 'Staff_Person',
  EntityAssociation: 'Staff_Person_Site',
  Connector: 'Badges',
  Connection: 'BadgesCards',
  Policy: 'Default',
  Category: 'Access',
  ResourceType: 'Badges_Card_Person',
  SingleRole: 'Visitor',
  CompositeRole: 'Guard',
  Dimension: 'Site',
  Language: 'en-US',
  Task: 'ReadBadges',
  Profile: 'Administrator',
  PasswordResetSettings: 'Usual',
};

/** Texts that cannot be just anything. */
const textByName: Readonly<Record<string, string>> = {
  CronTab: '0 2 * * *',
  Task: 'SynchronizeTask',
  TaskToCompareWith: 'SynchronizeTask',
  DependOn: 'PrepareSynchronizationTask',
  Activity: 'Staff_Join:Request',
  ActivityState: 'Action-Executed',
  Permission: '/Jobs/RunJob/Launch',
  Url: '/help',
};

/** The element as XML, inside its parents where it is a child. */
export function exampleOf(path: readonly Element[]): string {
  const element = path.at(-1);
  const written = writtenExamples[path.map(({ name }) => name).join('/')];
  if (element === undefined || written !== undefined) return written ?? '';
  const lines = path.map((each, index) => {
    const indent = '  '.repeat(index);
    const isLast = index === path.length - 1;
    const attributes = attributesOf(each, isLast, path.slice(0, index));
    return `${indent}<${[each.name, ...attributes].join(' ')}${isLast ? ' />' : '>'}`;
  });
  const ends = path
    .slice(0, -1)
    .map((each, index) => `${'  '.repeat(index)}</${each.name}>`)
    .reverse();
  return [...lines, ...ends].join('\n');
}

/** What is required, and something to see where nothing is. */
function attributesOf(
  element: Element,
  isShown: boolean,
  parents: readonly Element[],
): readonly string[] {
  const required = element.attributes.filter(({ isRequired }) => isRequired);
  const telling = element.attributes.filter(
    ({ effect, name }) => effect !== 'none' && !name.startsWith('ls:'),
  );
  const shown = isShown && required.length === 0 ? telling.slice(0, 2) : required;
  const names = element.localized.filter(({ isRequired }) => isRequired);
  return [
    ...shown.map((attribute) => `${attribute.name}="${sampleOf(attribute, parents)}"`),
    ...names.map(({ name }) => `${name}_L1="Parking"`),
  ];
}

function sampleOf(attribute: Attribute, parents: readonly Element[]): string {
  const { name, type } = attribute;
  const isOfTarget = 'TargetEntityType' === ownerOf(type) && parents.length > 0;
  if (name === 'Identifier' && type.kind === 'text') return 'Parking';
  const text = textByName[name];
  if (text !== undefined && type.kind === 'text') return text;
  return isOfTarget ? 'CardNo' : sampleOfType(type);
}

function ownerOf(type: AttributeType): string | undefined {
  if (type.kind !== 'property') return undefined;
  return 'parentAttribute' in type.owner ? type.owner.parentAttribute : undefined;
}

function sampleOfType(type: AttributeType): string {
  switch (type.kind) {
    case 'boolean':
    case 'flag-or-integer':
      return 'true';
    case 'integer':
      return String(Math.min(type.maximum ?? 1, Math.max(type.minimum ?? 1, 1)));
    case 'number':
      return '0.5';
    case 'choice':
      return type.members[0]?.[0] ?? '';
    case 'reference':
      return namedByScope[type.scope] ?? 'Parking';
    case 'property':
      return type.holds === 'navigation' ? 'Site' : 'LastName';
    case 'type-property':
      return type.holds === 'navigation' ? 'Staff_Person:Site' : 'Staff_Person:LastName';
    case 'resource-key':
      return 'PLANT-2';
    case 'binding':
      return 'LastName';
    case 'expression':
      return 'Literal:staff';
    case 'text':
      return 'example';
  }
}
