/** Mappings of a domain and orders for it. */

import { Secret } from '../../../config/index.ts';
import type {
  FulfilTarget,
  LinkTarget,
  OrderPassword,
  PropertyChange,
  ProvisioningOrder,
} from '../../../connectors/index.ts';
import { link as directoryLink, order as directoryOrder, type OrderParts } from './ldap-orders.ts';

const column = (property: string, name: string, format?: string) => ({
  property,
  column: name,
  isPrimaryKey: property === 'Id',
  isUniqueKey: property === 'Dn',
  ...(format === undefined ? {} : { format }),
});

const link = (changes: Partial<LinkTarget>): LinkTarget =>
  directoryLink({
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

/** Of a user, unless it says otherwise. */
export function order(
  changeType: ProvisioningOrder['changeType'],
  { resourceType = 'User', ...parts }: OrderParts,
): ProvisioningOrder {
  return directoryOrder(changeType, { resourceType, ...parts });
}

export function password(text: string, mustChange = false): OrderPassword {
  return { value: new Secret(text), mustChange };
}

export function linked(kind: 'add' | 'remove', property: string, dn: string): PropertyChange {
  return { kind, property, value: { id: dn, entityType: 'AD_Entry', values: { Dn: dn } } };
}
