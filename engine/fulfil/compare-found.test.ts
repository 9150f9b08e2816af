import { describe, expect, it } from 'vitest';
import type { FoundTarget, FulfilTarget, ProvisioningOrder } from '../../connectors/index.ts';
import { compareFound, missingChanges } from './compare-found.ts';

const target: FulfilTarget = {
  resourceType: 'T',
  entityType: 'Account',
  tableSuffix: '',
  columns: [],
  links: [
    {
      property: 'Groups',
      isCollection: true,
      tableSuffix: 'member',
      ownColumn: 'member',
      ownProperty: 'Dn',
      linkedColumn: 'dn',
      linkedProperty: 'Dn',
      linkedEntityType: 'Group',
      linkedColumns: {},
    },
  ],
  mapping: { element: '', attributes: {}, children: [] },
};

const order: ProvisioningOrder = {
  id: '1',
  assignedResourceTypeId: '1',
  changeType: 'added',
  owner: { id: '1', displayName: '', identifier: '', values: {} },
  resourceType: { identifier: 'T', sourceEntityType: 'S', targetEntityType: 'Account' },
  changes: [
    { kind: 'set', property: 'Name', value: 'Ana' },
    {
      kind: 'add',
      property: 'Groups',
      value: { id: '7', entityType: 'Group', values: { Dn: 'cn=staff' } },
    },
  ],
};

const found = (name: string, groups: readonly string[]): FoundTarget => ({
  values: { Name: name },
  links: { Groups: groups },
});

describe('an object to be added, found after an interruption', () => {
  it.each([
    ['is not done when it is not there', null, 'not-done'],
    ['is done with all values and links', found('Ana', ['cn=staff']), 'done'],
    ['is partly done with all values and not all links', found('Ana', []), 'partly'],
    ['differs with another value', found('Ben', ['cn=staff']), 'differs'],
    ['differs with another value and without its links', found('Ben', []), 'differs'],
  ] as const)('%s', (_, object, finding) => {
    expect(compareFound(order, object, target)).toBe(finding);
  });

  it('lacks just the links that were not made', () => {
    expect(missingChanges(order, found('Ana', []), target)).toEqual([order.changes[1]]);
  });
});
