import { describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { contract } from './contract.ts';
import { describeOrder, summarizeOrder } from './ticket-text.ts';

describeConnectorContract(contract);

const order: ProvisioningOrder = {
  id: '9',
  assignedResourceTypeId: '70412',
  changeType: 'modified',
  owner: { id: '1204', displayName: 'Rey Ana', identifier: 'E1204', values: {} },
  resourceType: {
    identifier: 'Wiki_Account',
    sourceEntityType: 'Person',
    targetEntityType: 'Wiki_User',
  },
  resource: { id: '7', values: { login: 'arey', mail: 'old@example.org', phone: null } },
  changes: [
    { kind: 'set', property: 'mail', value: 'new@example.org' },
    { kind: 'set', property: 'phone', value: null, expected: '12' },
    {
      kind: 'link',
      property: 'site',
      value: { id: '5', entityType: 'Site', values: { code: 'L' } },
    },
    { kind: 'add', property: 'spaces', value: { id: '1', entityType: 'Space', values: {} } },
    {
      kind: 'remove',
      property: 'spaces',
      value: { id: '2', entityType: 'Space', values: { name: 's' } },
    },
  ],
};

describe('text of a ticket', () => {
  it('tells who, what, and current and proposed values', () => {
    expect(describeOrder(order)).toBe(
      [
        '**Change a Wiki\\_User (Wiki\\_Account) for Rey Ana (E1204).**',
        '',
        '- Order: 9',
        '- Owner: Rey Ana (E1204)',
        '- Operation: modified',
        '- Resource type: Wiki\\_Account',
        '',
        'The object is: login = arey',
        '',
        '| Property | Current value | Proposed value |',
        '| --- | --- | --- |',
        '| mail | old@example.org | new@example.org |',
        '| phone | 12 | (empty) |',
        '| site | (empty) | code = L |',
        '| spaces |  | add Space 1 |',
        '| spaces | name = s | remove |',
        '',
        'Change the values listed and no other, then confirm the ticket.',
        '',
      ].join('\n'),
    );
  });

  it('shows what is to be deleted', () => {
    const text = describeOrder({ ...order, changeType: 'deleted', changes: [] });

    expect(text).toContain('| login | arey |');
    expect(text).toContain('Delete the object');
    expect(text).not.toContain('Proposed');
  });

  it('shows what is to be created', () => {
    const { resource: _, ...added } = { ...order, changeType: 'added' as const };

    expect(describeOrder(added)).toContain('| mail | (empty) | new@example.org |');
    expect(summarizeOrder(added)).toBe('Create a Wiki_User (Wiki_Account) for Rey Ana (E1204).');
  });

  it('never lets a value become markup or another row', () => {
    const value = '<img src=x onerror=alert(1)> | [a](javascript:x) **b**\n| c |\r\n# d `e` &lt;';

    const text = describeOrder({ ...order, changes: [{ kind: 'set', property: 'mail', value }] });

    const rows = text.split('\n').filter((line) => line.startsWith('| mail'));
    expect(rows).toHaveLength(1);
    expect(rows[0]?.replace(/\\./g, '').split('|')).toHaveLength(5);
    expect(text.replace(/\\./g, '')).not.toMatch(/[<>`[\]#&]/);
  });
});
