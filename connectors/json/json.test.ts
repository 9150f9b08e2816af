import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { parseOrders } from '../spi/order-json.ts';
import type { FulfilTarget } from '../spi/package.ts';
import { contract } from './contract.ts';
import { formatFileName } from './file-name.ts';
import { jsonFulfiller } from './fulfil.ts';
import { type JsonSettings, jsonSettings } from './settings.ts';

const definition = { settings: jsonSettings, displayName: 'Custom/JSON' };
const target: FulfilTarget = {
  resourceType: 'Wiki_Account',
  entityType: 'Wiki_User',
  tableSuffix: '',
  columns: [],
  links: [],
  mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
};
describeConnectorContract(contract);

function makeOrder(id: string, note: string): ProvisioningOrder {
  return {
    id,
    assignedResourceTypeId: `70${id}`,
    changeType: 'added',
    owner: { id: '1', displayName: 'Rey Ana', identifier: 'E1', values: {} },
    resourceType: {
      identifier: 'Wiki_Account',
      sourceEntityType: 'Person',
      targetEntityType: 'Wiki_User',
    },
    changes: [{ kind: 'set', property: 'note', value: note }],
  };
}

describe('orders to JSON files', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'json-orders-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const settings = (more: Readonly<Record<string, unknown>> = {}): JsonSettings =>
    readSettings<JsonSettings>(definition, { OutputDirectory: folder, ...more });

  it('writes a file per order, in order, for its owner only', async () => {
    await using context = await createTestContext();
    await using fulfiller = await jsonFulfiller.openFulfiller(settings(), [target], {
      ...context,
      connection: 'Wiki',
    });
    const orders = ['a', 'b', 'c'].map((id) => makeOrder(id, `note ${id}\n"é"`));

    await Promise.all(orders.map((order) => fulfiller.fulfil(order)));

    const names = (await readdir(folder)).sort();
    expect(names).toEqual([
      'Wiki_20240305T173000000Z_0000000001_70a_added.json',
      'Wiki_20240305T173000000Z_0000000002_70b_added.json',
      'Wiki_20240305T173000000Z_0000000003_70c_added.json',
    ]);
    for (const [index, name] of names.entries()) {
      const path = join(folder, name);
      expect(parseOrders(await readFile(path, 'utf8'), name)).toEqual([orders[index]]);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
  });

  it('writes one order once, though a consumer has taken its file, and in a later run', async () => {
    await using context = await createTestContext();
    const order = makeOrder('a', 'x');
    for (let run = 0; run < 2; run += 1) {
      await using fulfiller = await jsonFulfiller.openFulfiller(settings(), [target], context);
      const first = await fulfiller.fulfil(order);
      await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name))));
      const second = await fulfiller.fulfil(order);

      expect(second).toEqual(first);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('finishes what a crash interrupted under the same name', async () => {
    await using context = await createTestContext();
    const order = makeOrder('a', 'x');
    await using fulfiller = await jsonFulfiller.openFulfiller(settings(), [target], context);
    await fulfiller.fulfil(order);
    const [name = ''] = await readdir(folder);
    const records = join(context.workFolder, 'written-orders');
    const [record = ''] = await readdir(records);
    await writeFile(join(records, record), `${name}\n\n`);

    await fulfiller.fulfil(order);
    expect(await readdir(folder)).toEqual([name]);

    await rm(join(folder, name));
    await writeFile(join(records, record), `${name}\n\n`);
    await fulfiller.fulfil(order);
    expect(await readdir(folder)).toEqual([name]);
  });

  it('never writes over a file of someone else', async () => {
    await using context = await createTestContext();
    const name = 'x_0000000001.json';
    await writeFile(join(folder, name), 'precious');
    await using fulfiller = await jsonFulfiller.openFulfiller(
      settings({ FileNameTemplate: 'x.json' }),
      [target],
      context,
    );

    await expect(fulfiller.fulfil(makeOrder('a', 'x'))).rejects.toMatchObject({
      kind: 'already-exists',
    });
    await fulfiller.fulfil(makeOrder('b', 'y'));

    expect(await readFile(join(folder, name), 'utf8')).toBe('precious');
    expect((await readdir(folder)).sort()).toEqual([name, 'x_0000000002.json']);
  });

  it('says so when the folder is a file or cannot be written to', async () => {
    await using context = await createTestContext();
    const file = join(folder, 'file');
    await writeFile(file, '');

    await expect(
      jsonFulfiller.checkConnection(settings({ OutputDirectory: file }), context),
    ).rejects.toMatchObject({ kind: 'invalid-value' });
    await chmod(folder, 0o500);
    const check = jsonFulfiller.checkConnection(settings(), context);
    if (process.getuid?.() !== 0) await expect(check).rejects.toMatchObject({ kind: 'forbidden' });
    else await check;
    await chmod(folder, 0o700);
  });

  it('goes on numbering in a later run', async () => {
    await using context = await createTestContext();
    for (const id of ['a', 'b']) {
      await using fulfiller = await jsonFulfiller.openFulfiller(
        settings({ FileNameTemplate: '{sequence}.json' }),
        [target],
        context,
      );
      await fulfiller.fulfil(makeOrder(id, 'x'));
    }

    expect((await readdir(folder)).sort()).toEqual(['0000000001.json', '0000000002.json']);
  });
});

describe('names of order files', () => {
  const facts = { connection: 'Wiki', time: 0, sequence: 1 };

  it.each([
    ['../../etc/passwd'],
    ['..'],
    ['a\0b'],
    ['C:\\temp\\x'],
    ['{sequence}'],
    ['%2e%2e%2f'],
    ['x'.repeat(500)],
  ])('stay in their folder for an order of %j', (id) => {
    const order = { ...makeOrder('a', 'x'), assignedResourceTypeId: id };

    const name = formatFileName('{assignedResourceTypeId}', order, facts);

    expect(name).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/);
    expect(name.length).toBeLessThan(200);
    expect(name).toContain('0000000001');
  });

  it('keep text of the template that is no placeholder', () => {
    expect(formatFileName('in {unknown} {changeType}.json', makeOrder('a', 'x'), facts)).toBe(
      'in {unknown} added_0000000001.json',
    );
  });
});
