import { mkdir, mkdtemp, readdir, rm, symlink, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { jsonFulfiller } from './fulfil.ts';
import { type JsonSettings, jsonSettings } from './settings.ts';

const definition = { settings: jsonSettings, displayName: 'Custom/JSON' };
let base = '';
let orders = '';
let answers = '';
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'json-answers-'));
  orders = join(base, 'orders');
  answers = join(base, 'answers');
  await mkdir(orders);
  await mkdir(answers);
});
afterEach(() => rm(base, { recursive: true }));

const settings = (more: Readonly<Record<string, unknown>> = {}): JsonSettings =>
  readSettings<JsonSettings>(definition, {
    OutputDirectory: orders,
    AcknowledgementDirectory: answers,
    ...more,
  });

function makeOrder(id: string): ProvisioningOrder {
  return {
    id,
    assignedResourceTypeId: id,
    changeType: 'added',
    owner: { id: '1', displayName: 'Rey Ana', identifier: 'E1', values: {} },
    resourceType: { identifier: 'Wiki', sourceEntityType: 'Person', targetEntityType: 'User' },
    changes: [],
  };
}

/** A program that carries orders out: it watches the folder and answers each file once. */
async function carryOut(
  signal: AbortSignal,
  answer: (file: string) => readonly [ending: string, text: string],
): Promise<void> {
  const seen = new Set<string>();
  const look = async (): Promise<void> => {
    for (const file of await readdir(orders)) {
      if (!file.endsWith('.json') || seen.has(file)) continue;
      seen.add(file);
      const [ending, text] = answer(file);
      await writeFile(join(answers, `${file}${ending}`), text);
    }
  };
  try {
    for await (const _ of watch(orders, { signal })) await look();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

describe('acknowledgements of orders', () => {
  it('end orders, or make them fail with what the program says', async () => {
    await using context = await createTestContext();
    await using fulfiller = await jsonFulfiller.openFulfiller(settings(), [], context);
    const stop = new AbortController();
    const program = carryOut(stop.signal, (file) =>
      file.includes('_b_') ? ['.error', 'No seat\nis free.\u001b[2J'] : ['.done', ''],
    );

    const ended = await Promise.allSettled(
      ['a', 'b', 'c'].map((id) => fulfiller.fulfil(makeOrder(id))),
    );

    stop.abort();
    await program;
    expect(ended).toMatchObject([
      { status: 'fulfilled', value: { status: 'executed' } },
      { status: 'rejected', reason: { kind: 'unexpected' } },
      { status: 'fulfilled' },
    ]);
    expect(String(ended[1]?.status === 'rejected' ? ended[1].reason : '')).toContain(
      'was not carried out: No seat is free. [2J',
    );
  });

  it('that are missing are a timeout; the next attempt looks again and writes nothing', async () => {
    await using context = await createTestContext();
    const short = settings({ AcknowledgementSeconds: 1 });
    await using fulfiller = await jsonFulfiller.openFulfiller(short, [], context);

    await expect(fulfiller.fulfil(makeOrder('a'))).rejects.toMatchObject({ kind: 'timeout' });
    const files = await readdir(orders);
    await writeFile(join(answers, `${files[0]}.done`), '');

    expect(await fulfiller.fulfil(makeOrder('a'))).toMatchObject({ status: 'executed' });
    expect(await readdir(orders)).toEqual(files);
  });

  it('never tell what a link leads to', async () => {
    await using context = await createTestContext();
    await using fulfiller = await jsonFulfiller.openFulfiller(settings(), [], context);
    await writeFile(join(base, 'secret'), 'CANARY');
    const order = fulfiller.fulfil(makeOrder('a')).catch((error: unknown) => String(error));
    let files: readonly string[] = [];
    while (files.length === 0)
      files = (await readdir(orders)).filter((file) => file.endsWith('.json'));
    await symlink(join(base, 'secret'), join(answers, `${files[0]}.error`));

    expect(await order).toContain('no reason is given');
  });

  it('are not waited for after a stop, and need their folder', async () => {
    const stop = new AbortController();
    await using context = await createTestContext({ signal: stop.signal });
    await using fulfiller = await jsonFulfiller.openFulfiller(settings(), [], context);
    const order = fulfiller.fulfil(makeOrder('a'));
    setTimeout(() => stop.abort(), 200);

    await expect(order).rejects.toThrow();
    await rm(answers, { recursive: true });
    await expect(jsonFulfiller.checkConnection(settings(), context)).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});
