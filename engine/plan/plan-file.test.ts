import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashPlan, OrderDigests, PlanWriter, readPlan, startHead } from './plan-file.ts';
import { digestOrder, type PlannedOrder } from './planned-order.ts';
import type { WaitingItem } from './waiting.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-plan-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const head = startHead({
  id: 'a',
  kind: 'run',
  createdAt: '2026-01-31T12:00:00.000Z',
  createdBy: 'ana',
  scope: { entityTypes: [] },
});

function order(owner: string, value: string): PlannedOrder {
  return {
    changeType: 'modified',
    connector: 'Wiki',
    resourceType: 'User',
    entityType: 'Wiki_User',
    owner,
    ownerName: '',
    resource: `u${owner}`,
    changes: [{ kind: 'set', property: 'Mail', value }],
    arguments: {},
    held: {},
  };
}

const waiting: WaitingItem = {
  change: 'new',
  kind: 'addition',
  resourceType: 'User',
  owner: '7',
  ownerName: 'Ana Roy',
  resource: '',
  reasons: ['type'],
  values: [{ property: 'Mail', proposed: 'a\u2028b', current: null }],
};

async function write(path: string, orders: readonly PlannedOrder[]): Promise<string> {
  await using writer = await PlanWriter.open(path, head);
  const digests = new OrderDigests();
  for (const each of orders) {
    digests.add(digestOrder(each));
    await writer.write(each);
  }
  await writer.writeWaiting(waiting);
  const parts = {
    configuration: 'c',
    data: { Wiki_User: { rows: 2, sha256: 'd' } },
    orders: { count: digests.count, sha256: digests.finish() },
  };
  const hash = hashPlan(head, parts);
  const counts = { new: 1, changed: 0, gone: 0 };
  const told = { systems: [], unusual: [], notes: [], items: {}, waiting: counts };
  await writer.finish({ ...parts, ...told, hash });
  return hash;
}

describe('a plan in a file', () => {
  it('comes back as it was written, whatever characters values hold', async () => {
    const path = join(folder, 'plan');
    const orders = [order('1', 'a\u2028b\r\n"\\'), order('2', '\u0000é')];
    await write(path, orders);

    const read: PlannedOrder[] = [];
    const items: WaitingItem[] = [];
    const plan = await readPlan(
      path,
      (each) => read.push(each),
      (each) => items.push(each),
    );

    expect(read).toEqual(orders);
    expect(items).toEqual([waiting]);
    expect(plan.head).toEqual(head);
  });

  it('has one hash for its orders in any order, and another for others', async () => {
    const one = await write(join(folder, 'a'), [order('1', 'x'), order('2', 'y')]);
    const same = await write(join(folder, 'b'), [order('2', 'y'), order('1', 'x')]);
    const other = await write(join(folder, 'c'), [order('1', 'y'), order('2', 'x')]);

    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('is refused with any byte changed, cut anywhere, and when it is something else', async () => {
    const path = join(folder, 'plan');
    await write(path, [order('1', 'x')]);
    const bytes = await readFile(path);
    const altered: Buffer[] = [Buffer.from('{"a":1}\n'), Buffer.alloc(0)];
    for (let at = 0; at < bytes.length - 1; at += 3) {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      altered.push(copy, bytes.subarray(0, at));
    }

    for (const content of altered) {
      await writeFile(path, content);
      await expect(readPlan(path)).rejects.toMatchObject({
        code: expect.stringMatching(/^PLAN_FILE_(ALTERED|NEWER)$/),
      });
    }
    await expect(readPlan(join(folder, 'none'))).rejects.toMatchObject({
      code: 'PLAN_FILE_MISSING',
    });
  });

  it('is neither read from a folder nor written over one', async () => {
    await expect(readPlan(folder)).rejects.toMatchObject({ code: 'PLAN_FILE_MISSING' });
    await expect(PlanWriter.open(folder, head)).rejects.toMatchObject({
      code: 'PLAN_FILE_UNWRITABLE',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves nothing when it is not finished', async () => {
    {
      await using writer = await PlanWriter.open(join(folder, 'plan'), head);
      await writer.write(order('1', 'x'));
    }

    expect(await readdir(folder)).toEqual([]);
  });
});
