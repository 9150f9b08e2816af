/** Mappings of a domain and orders for it. */

import { Secret } from '../../../config/index.ts';
import type {
  FulfilTarget,
  LinkTarget,
  OrderPassword,
  PropertyChange,
  ProvisioningOrder,
  Values,
} from '../../../connectors/index.ts';

const column = (property: string, name: string, format?: string) => ({
  property,
  column: name,
  isPrimaryKey: property === 'Id',
  isUniqueKey: property === 'Dn',
  ...(format === undefined ? {} : { format }),
});

const link = (changes: Partial<LinkTarget>): LinkTarget => ({
  property: 'Groups',
  isCollection: true,
  tableSuffix: 'member',
  ownColumn: 'member',
  ownProperty: 'Dn',
  linkedColumn: 'dn',
  linkedProperty: 'Dn',
  linkedEntityType: 'AD_Entry',
  linkedColumns: { Dn: 'dn', Id: 'objectGUID' },
  ...changes,
});

const entryColumns = [
  column('Id', 'objectGUID', 'guid'),
  column('Dn', 'dn'),
  column('Parent', 'parentdn'),
  column('Name', 'cn'),
  column('Login', 'sAMAccountName'),
  column('Title', 'title'),
  column('Note', 'description'),
  column('Mail', 'mail'),
  column('Control', 'userAccountControl', 'int32'),
  column('NeverExpires', 'bit_userAccountControl_17', 'bit:userAccountControl:17'),
  column('Photo', 'thumbnailPhoto', 'binary'),
];

function target(
  resourceType: string,
  objectClass: string,
  changes: Partial<FulfilTarget> = {},
): FulfilTarget {
  return {
    resourceType,
    entityType: 'AD_Entry',
    tableSuffix: 'entries',
    columns: entryColumns,
    links: [
      link({}),
      link({ property: 'Members', ownColumn: 'dn', linkedColumn: 'member' }),
      link({
        property: 'Manager',
        isCollection: false,
        tableSuffix: 'entries',
        ownColumn: 'dn',
        linkedColumn: 'manager',
      }),
    ],
    mapping: {
      element: 'LdapResourceTypeMapping',
      attributes: { DefaultObjectClass: objectClass, RDNAttributeIdentifier: 'cn' },
      children: [],
    },
    ...changes,
  };
}

/** Users, groups, contacts and organizational units of one entity type. */
export const targets: readonly FulfilTarget[] = [
  target('User', 'top\nperson\norganizationalPerson\nuser'),
  target('Group', 'top\ngroup'),
  target('Contact', 'top\nperson\norganizationalPerson\ncontact'),
  target('Unit', 'top\norganizationalUnit', {
    columns: [...entryColumns.filter(({ property }) => property !== 'Name'), column('Name', 'ou')],
    mapping: {
      element: 'LdapResourceTypeMapping',
      attributes: { DefaultObjectClass: 'top\norganizationalUnit', RDNAttributeIdentifier: 'ou' },
      children: [],
    },
  }),
];

export interface OrderParts {
  readonly id?: string;
  readonly resourceType?: string;
  readonly changes?: readonly PropertyChange[];
  readonly resource?: Values;
  readonly password?: OrderPassword;
  readonly isInDoubt?: boolean;
}

export function order(
  changeType: ProvisioningOrder['changeType'],
  { id = 'o1', resourceType = 'User', changes = [], resource, ...rest }: OrderParts,
): ProvisioningOrder {
  return {
    id,
    assignedResourceTypeId: '1',
    changeType,
    owner: { id: '1', displayName: 'Ana Roy', identifier: 'E1', values: {} },
    resourceType: {
      identifier: resourceType,
      sourceEntityType: 'Person',
      targetEntityType: 'AD_Entry',
    },
    ...(resource === undefined ? {} : { resource: { id: '1', values: resource } }),
    changes,
    ...rest,
  };
}

export function password(text: string, mustChange = false): OrderPassword {
  return { value: new Secret(text), mustChange };
}

export function set(
  property: string,
  value: string | null,
  expected?: string | null,
): PropertyChange {
  return { kind: 'set', property, value, ...(expected === undefined ? {} : { expected }) };
}

export function linked(kind: 'add' | 'remove', property: string, dn: string): PropertyChange {
  return { kind, property, value: { id: dn, entityType: 'AD_Entry', values: { Dn: dn } } };
}
