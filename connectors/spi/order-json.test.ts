import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LinkedResource, PropertyChange, ProvisioningOrder } from './order.ts';
import { formatOrderPages, formatOrders, parseOrders } from './order-json.ts';

const order: ProvisioningOrder = {
  id: '9',
  assignedResourceTypeId: '70412',
  changeType: 'modified',
  owner: {
    id: '1204',
    displayName: 'Rey Ana',
    identifier: 'E1204',
    values: { EmployeeId: 'E1204' },
  },
  resourceType: {
    identifier: 'Wiki_Account',
    sourceEntityType: 'Person',
    targetEntityType: 'Wiki_User',
  },
  resource: { id: '7', values: { login: 'arey', mail: 'old@example.org', phone: null } },
  changes: [
    { kind: 'set', property: 'mail', value: 'ana.rey@example.org', expected: 'old@example.org' },
    { kind: 'set', property: 'phone', value: null },
    {
      kind: 'link',
      property: 'site',
      value: { id: '5', entityType: 'Site', values: { code: 'L' } },
    },
    {
      kind: 'add',
      property: 'spaces',
      value: { id: '1', entityType: 'Space', values: { name: 'finance' } },
    },
    {
      kind: 'remove',
      property: 'spaces',
      value: { id: '2', entityType: 'Space', values: { name: 'sandbox' } },
    },
  ],
  arguments: { ResourceIdToCopy: '12' },
  requestId: '9003',
  validity: { startDate: '20250101000000', endDate: null },
  attempt: 2,
};

describe('orders in JSON files', () => {
  it.each([[[]], [[1]], [[1, 2, 1]], [[0, 2, 0, 1, 0]]])(
    'are the same text in pages of %j as in one piece',
    async (sizes: readonly number[]) => {
      const pages = sizes.map((size) => Array.from({ length: size }, () => order));
      const inPages = async function* () {
        yield* pages;
      };

      let text = '';

      for await (const piece of formatOrderPages(inPages())) text += piece;

      expect(text).toBe(formatOrders(pages.flat()));
    },
  );

  it('have the documented shape', () => {
    expect(JSON.parse(formatOrders([order]))).toEqual({
      ProvisioningOrdersList: [
        {
          OrderId: '9',
          AssignedResourceTypeId: '70412',
          ChangeType: 'Modified',
          WorkflowInstanceId: '9003',
          Owner: {
            Id: '1204',
            InternalDisplayName: 'Rey Ana',
            Identifier: 'E1204',
            EmployeeId: 'E1204',
          },
          ResourceType: {
            Id: 'Wiki_Account',
            Identifier: 'Wiki_Account',
            SourceEntityType: { Id: 'Person', Identifier: 'Person' },
            TargetEntityType: { Id: 'Wiki_User', Identifier: 'Wiki_User' },
          },
          Resource: { Id: '7', login: 'arey', mail: 'old@example.org', phone: null },
          Changes: {
            mail: 'ana.rey@example.org',
            phone: null,
            site: { Id: '5', EntityType: 'Site', code: 'L' },
            spaces_add: [{ Id: '1', EntityType: 'Space', name: 'finance' }],
            spaces_remove: [{ Id: '2', EntityType: 'Space', name: 'sandbox' }],
          },
          Expected: { mail: 'old@example.org' },
          Arguments: { ResourceIdToCopy: '12' },
          StartDate: '20250101000000',
          EndDate: null,
          Attempt: 2,
        },
      ],
    });
  });

  it('read what they do not know, and only that, as if it were not there', () => {
    const known = JSON.parse(formatOrders([order]));
    const [written] = known.ProvisioningOrdersList;
    const strange = {
      ...known,
      Version: 7,
      ProvisioningOrdersList: [
        {
          ...written,
          Priority: 'high',
          ResourceType: { ...written.ResourceType, Policy: { Id: 3 } },
        },
      ],
    };

    expect(parseOrders(JSON.stringify(strange), 'orders.json')).toEqual([order]);
  });

  it('without a change have no list, and a value that is cleared is null', () => {
    const [json] = JSON.parse(
      formatOrders([{ ...order, changes: [{ kind: 'set', property: 'phone', value: null }] }]),
    ).ProvisioningOrdersList;
    const [deleted] = JSON.parse(
      formatOrders([{ ...order, changeType: 'deleted', changes: [] }]),
    ).ProvisioningOrdersList;

    expect(json.Changes).toEqual({ phone: null });
    expect(deleted).not.toHaveProperty('Changes');
    expect(deleted.Resource).toMatchObject({ login: 'arey' });
  });

  it('give the orders back', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter(
        (text) => !/^(Id|EntityType|Identifier|InternalDisplayName)$|_(add|remove)$/s.test(text),
      );
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    const values = fc.dictionary(name, fc.option(text), { maxKeys: 4 });
    const linked: fc.Arbitrary<LinkedResource> = fc.record({ id: text, entityType: text, values });
    const change: fc.Arbitrary<PropertyChange> = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), property: name, value: fc.option(text) }),
      fc.record({
        kind: fc.constant('link' as const),
        property: name,
        value: linked,
        expected: linked,
      }),
      fc.record({
        kind: fc.constantFrom('add' as const, 'remove' as const),
        property: name,
        value: linked,
      }),
    );
    const changes = fc.uniqueArray(change, {
      selector: ({ property }) => property,
      maxLength: 5,
    });
    fc.assert(
      fc.property(values, values, changes, (owner, resource, list) => {
        const given: ProvisioningOrder = {
          ...order,
          owner: { ...order.owner, values: owner },
          resource: { id: '7', values: resource },
          changes: list,
          arguments: { WorkflowIdentifier: 'x' },
        };

        const [back] = parseOrders(formatOrders([given], 0), 'orders.json');

        // Members that look like numbers come first in every object: the order of properties is not kept.
        const sorted = (order_: ProvisioningOrder | undefined) => ({
          ...order_,
          changes: order_?.changes.toSorted((a, b) => (a.property < b.property ? -1 : 1)),
        });
        expect(sorted(back)).toEqual(sorted(given));
      }),
      { numRuns: 60 },
    );
  });

  it('are read with unknown sections, numbers as identifiers and other scalars', () => {
    const text = JSON.stringify({
      More: 1,
      ProvisioningOrdersList: [
        {
          AssignedResourceTypeId: -8,
          ChangeType: 'Added',
          WorkflowInstanceId: '9003',
          ResourceType: { Id: '-8', Identifier: 'A' },
          Changes: { age: 3, active: true, gone: null },
        },
      ],
    });

    expect(parseOrders(text, 'orders.json')).toMatchObject([
      {
        id: '-8',
        assignedResourceTypeId: '-8',
        changeType: 'added',
        changes: [
          { kind: 'set', property: 'age', value: '3' },
          { kind: 'set', property: 'active', value: 'true' },
          { kind: 'set', property: 'gone', value: null },
        ],
      },
    ]);
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"ProvisioningOrdersList":[{}]}',
    '{"ProvisioningOrdersList":[{"AssignedResourceTypeId":"1","ChangeType":"Updated","ResourceType":{"Identifier":"x"}}]}',
  ])('are refused when they are not orders: %s', (text) => {
    expect(() => parseOrders(text, 'bad.json')).toThrow(
      expect.objectContaining({ kind: 'invalid-value', details: { file: 'bad.json' } }),
    );
  });
});
