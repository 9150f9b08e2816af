/** Invariants: what no run may do to the managed systems, whoever insists. Elements of our own. */
import {
  type Attribute,
  choice,
  expression,
  flag,
  identifier,
  optionalInteger,
  reference,
  requiredInteger,
  requiredProperty,
  requiredReference,
  requiredText,
  text,
} from './attribute.ts';
import { defineElement } from './element.ts';

const forbids = {
  members: [
    ['AnyChange', 0],
    ['Deletion', 1],
  ],
  aliases: {},
} as const;

const changeKind = {
  members: [
    ['Any', 0],
    ['Added', 1],
    ['Modified', 2],
    ['Deleted', 3],
  ],
  aliases: {},
} as const;

const owner = { attribute: 'EntityType' } as const;
const name = identifier(
  'Unique name among all invariants; a person who overrides the invariant gives it.',
);
const separator = text('Separator', 'What separates the keys, where one of them holds a `;`.');

function bounded<A extends Attribute>(attribute: A, minimum: number, maximum?: number): A {
  const bounds = maximum === undefined ? { minimum } : { minimum, maximum };
  return { ...attribute, type: { kind: 'integer', ...bounds } };
}

/** All invariants share their names, so that an override names one. */
const shared = { scope: 'ls:Invariant' } as const;

export const protectedResources = defineElement({
  ...shared,
  name: 'ls:ProtectedResources',
  doc: 'Resources that orders leave alone: accounts of last resort, of services, of the people who run the systems. It holds under `--force` too.',
  attributes: [
    name,
    requiredReference('EntityType', 'EntityType', 'Entity type of the protected resources.'),
    text(
      'Keys',
      'Keys of protected resources, separated by `;`: values of an `IsKey` property or of the key of the mapping. Letter case does not count.',
    ),
    separator,
    expression(
      'Where',
      'Protects every resource for which this holds: an expression rooted at the entity type that gives true or false. One that fails for a resource protects it.',
    ),
    choice(
      'Forbids',
      forbids,
      '`AnyChange`: no order changes or deletes them; `Deletion`: none deletes them.',
      'AnyChange',
    ),
  ],
});

export const minimumMembers = defineElement({
  ...shared,
  name: 'ls:MinimumMembers',
  doc: 'Groups that always keep some of their members. Members who are being removed count as gone, members who are being added do not count yet: the last administrators are replaced in two runs.',
  attributes: [
    name,
    requiredReference('EntityType', 'EntityType', 'Entity type of the members.'),
    requiredProperty(
      'Property',
      owner,
      'navigation',
      'Navigation property that leads from a member to its groups.',
    ),
    requiredText(
      'Keys',
      'Keys of the groups, separated by `;`. Letter case does not count. Each of them keeps the minimum.',
    ),
    separator,
    requiredInteger('Minimum', 'Fewest members that must be left.', { minimum: 1 }),
  ],
});

export const requiredMembers = defineElement({
  ...shared,
  name: 'ls:RequiredMembers',
  doc: 'Members that always stay in their groups, such as the account that Lockstep itself works with.',
  attributes: [
    name,
    requiredReference('EntityType', 'EntityType', 'Entity type of the members.'),
    requiredProperty(
      'Property',
      owner,
      'navigation',
      'Navigation property that leads from a member to its groups.',
    ),
    requiredText('Keys', 'Keys of the groups, separated by `;`. Letter case does not count.'),
    text('Members', 'Keys of the members who stay, separated by `;`. Letter case does not count.'),
    flag('Self', 'The accounts that connections of the system log in with stay members too.'),
    separator,
  ],
});

export const maximumChange = defineElement({
  ...shared,
  name: 'ls:MaximumChange',
  doc: 'Most resources that one run may change, over all resource types together. Thresholds of resource types hold beside it, and are passed with `--force`; this is not.',
  attributes: [
    name,
    reference('Connector', 'Connector', 'Only orders to this connector count; all unless stated.'),
    choice('Kind', changeKind, 'Orders that count.', 'Any'),
    bounded(optionalInteger('Maximum', 'Most resources.'), 0),
    bounded(
      optionalInteger(
        'MaximumPercent',
        'Most resources, in percent of those that the policy has given. Where both limits are given, both hold.',
      ),
      0,
      100,
    ),
  ],
});

export const invariantElements = [
  protectedResources,
  minimumMembers,
  requiredMembers,
  maximumChange,
] as const;
