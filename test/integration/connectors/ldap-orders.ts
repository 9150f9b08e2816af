/** Orders and mappings for tests of fulfilment in a directory. */
import type {
  FulfilTarget,
  LinkedResource,
  LinkTarget,
  OrderPassword,
  PropertyChange,
  ProvisioningOrder,
  Values,
} from '../../../connectors/index.ts';

export function link(changes: Partial<LinkTarget>): LinkTarget {
  return {
    property: 'Groups',
    isCollection: true,
    tableSuffix: 'member',
    ownColumn: 'member',
    ownProperty: 'Dn',
    linkedColumn: 'dn',
    linkedProperty: 'Dn',
    linkedEntityType: 'Directory_Entry',
    linkedColumns: { Dn: 'dn', Id: 'entryUUID' },
    ...changes,
  };
}

/** Accounts keyed by entryUUID, with groups, a manager and a nickname list. */
export const accounts: FulfilTarget = {
  resourceType: 'Account',
  entityType: 'Directory_Entry',
  tableSuffix: 'entries',
  columns: [
    { property: 'Id', column: 'entryUUID', format: 'guid', isPrimaryKey: true, isUniqueKey: false },
    { property: 'Dn', column: 'dn', isPrimaryKey: false, isUniqueKey: true },
    { property: 'Parent', column: 'parentdn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Name', column: 'cn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Surname', column: 'sn', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Title', column: 'title', isPrimaryKey: false, isUniqueKey: false },
    { property: 'Note', column: 'description', isPrimaryKey: false, isUniqueKey: false },
    {
      property: 'Mails',
      column: 'mail',
      format: 'multivaluedtext',
      isPrimaryKey: false,
      isUniqueKey: false,
    },
    {
      property: 'Photo',
      column: 'jpegPhoto',
      format: 'binary',
      isPrimaryKey: false,
      isUniqueKey: false,
    },
  ],
  links: [
    link({}),
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
    attributes: {
      DefaultObjectClass: 'top\nperson\norganizationalPerson\ninetOrgPerson',
      RDNAttributeIdentifier: 'cn',
    },
    children: [],
  },
};

/** Groups that may never be empty. */
export const groups: FulfilTarget = {
  resourceType: 'Group',
  entityType: 'Directory_Entry',
  tableSuffix: 'entries',
  columns: [
    { property: 'Dn', column: 'dn', isPrimaryKey: true, isUniqueKey: false },
    { property: 'Name', column: 'cn', isPrimaryKey: false, isUniqueKey: false },
  ],
  links: [link({ property: 'Members', ownColumn: 'dn', linkedColumn: 'member' })],
  mapping: {
    element: 'LdapResourceTypeMapping',
    attributes: {
      DefaultObjectClass: 'groupOfNames',
      RDNAttributeIdentifier: 'cn',
      'ls:PlaceholderMember': 'cn=nobody',
    },
    children: [{ element: 'Property', attributes: { Property: 'Dn', IsDNProperty: 'true' } }],
  },
};

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
  { id = 'o1', resourceType = 'Account', changes = [], resource, ...rest }: OrderParts,
): ProvisioningOrder {
  return {
    id,
    assignedResourceTypeId: '1',
    changeType,
    owner: { id: '1', displayName: 'Ana Roy', identifier: 'E1', values: {} },
    resourceType: {
      identifier: resourceType,
      sourceEntityType: 'Person',
      targetEntityType: 'Directory_Entry',
    },
    ...(resource === undefined ? {} : { resource: { id: '1', values: resource } }),
    changes,
    ...rest,
  };
}

export function set(
  property: string,
  value: string | null,
  expected?: string | null,
): PropertyChange {
  return { kind: 'set', property, value, ...(expected === undefined ? {} : { expected }) };
}

export function entry(dn: string): LinkedResource {
  return { id: dn, entityType: 'Directory_Entry', values: { Dn: dn } };
}
