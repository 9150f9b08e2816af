import { describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext } from '../../test/contract/contract-context.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { Secret } from '../spi/secret.ts';
import { contract } from './contract.ts';
import { databaseFulfiller } from './fulfil.ts';

describeConnectorContract(contract);

describe('an order for the store itself', () => {
  it('is refused when it carries a password', async () => {
    await using context = await createTestContext();
    await using fulfiller = await databaseFulfiller.openFulfiller({}, [], context);
    const order: ProvisioningOrder = {
      id: '1',
      assignedResourceTypeId: '2',
      changeType: 'added',
      owner: { id: '3', displayName: 'Rey Ana', identifier: 'E1', values: {} },
      resourceType: { identifier: 'T', sourceEntityType: 'S', targetEntityType: 'E' },
      changes: [],
    };

    await expect(
      fulfiller.fulfil({ ...order, password: { value: new Secret('x'), mustChange: false } }),
    ).rejects.toMatchObject({ kind: 'unsupported' });
    expect(await fulfiller.fulfil(order)).toEqual({ status: 'executed' });
  });
});
