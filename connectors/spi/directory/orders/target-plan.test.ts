import { describe, expect, it } from 'vitest';
import type { FulfilTarget, LinkTarget } from '../../package.ts';
import { planTarget } from './target-plan.ts';

const link: LinkTarget = {
  property: 'Link',
  isCollection: true,
  tableSuffix: 'member',
  ownColumn: 'dn',
  ownProperty: 'Dn',
  linkedColumn: 'member',
  linkedProperty: 'Dn',
  linkedEntityType: 'Entry',
  linkedColumns: { Dn: 'dn' },
};

function plan(changes: Partial<LinkTarget>, target: Partial<FulfilTarget> = {}) {
  return planTarget(
    {
      resourceType: 'Account',
      entityType: 'Entry',
      tableSuffix: 'entries',
      columns: [
        { property: 'Dn', column: 'dn', isPrimaryKey: false, isUniqueKey: true },
        { property: 'Uid', column: 'uid', isPrimaryKey: true, isUniqueKey: false },
      ],
      links: [{ ...link, ...changes }],
      mapping: { element: 'LdapResourceTypeMapping', attributes: {}, children: [] },
      ...target,
    },
    new Map(),
  );
}

describe('a link of a mapping', () => {
  it.each([
    ['members of a group', {}, { writes: 'own', attribute: 'member' }],
    [
      'groups of an account',
      { ownColumn: 'member', linkedColumn: 'dn' },
      { writes: 'linked', attribute: 'member', linkedDnProperty: 'Dn' },
    ],
    [
      'groups of an account, named by their UUID',
      { ownColumn: 'member', linkedColumn: 'entryUUID', linkedProperty: 'Id', linkedColumns: {} },
      { writes: 'linked', attribute: 'member', linkedProperty: 'Id', linkedColumn: 'entryUUID' },
    ],
    [
      'groups that list accounts by uid',
      { tableSuffix: 'memberUid', ownColumn: 'memberUid', ownProperty: 'Uid', linkedColumn: 'dn' },
      { writes: 'linked', attribute: 'memberUid', ownValueProperty: 'Uid' },
    ],
    [
      'the manager of an account',
      { tableSuffix: 'entries', linkedColumn: 'manager', isCollection: false },
      { writes: 'own', attribute: 'manager' },
    ],
    [
      'the reports of a manager',
      { tableSuffix: 'entries', ownColumn: 'manager', linkedColumn: 'dn' },
      { writes: 'linked', attribute: 'manager' },
    ],
  ])('is written where it stands: %s', (_, changes, expected) => {
    expect(plan(changes).links.get('Link')).toMatchObject(expected);
  });

  it('is written through the other side when the mapping says so', () => {
    const mapped = plan(
      { tableSuffix: 'memberOf', linkedColumn: 'memberOf' },
      {
        mapping: {
          element: 'LdapResourceTypeMapping',
          attributes: { DefaultObjectClass: 'top\nperson  inetOrgPerson' },
          children: [
            {
              element: 'Property',
              attributes: { Property: 'Link', DataSourceBacklinkColumnName: 'member' },
            },
          ],
        },
      },
    );

    expect(mapped.objectClasses).toEqual(['top', 'person', 'inetOrgPerson']);
    expect(mapped.links.get('Link')).toMatchObject({
      writes: 'linked',
      attribute: 'member',
      linkedDnProperty: 'Dn',
    });
  });

  it('to the entry above is part of the name', () => {
    const above = { property: 'Unit', ownColumn: 'entryUUID', linkedColumn: 'parentdn' };
    const mapped = plan({ ...above, tableSuffix: 'entries', isCollection: false });

    expect(mapped.links.size).toBe(0);
    expect(mapped).toMatchObject({ parentProperty: 'Unit', parentLinkedProperty: 'Dn' });
  });

  it('to the entries below is part of their names', () => {
    const mapped = plan({ property: 'Inside', ownColumn: 'parentdn', linkedColumn: 'dn' });

    expect(mapped.links.size).toBe(0);
    expect(mapped.parentProperty).toBeUndefined();
  });

  it('that names no entry on either side is refused', () => {
    const impossible = { tableSuffix: 'x', ownColumn: 'a', linkedColumn: 'b' };

    expect(() => plan(impossible)).toThrow('neither of its columns is dn');
  });
});
