/** `kill -9` while a program carries out orders: nothing is done twice, and nothing is lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { writeProgram } from '../../test/fixtures/programs.ts';
import { countAtWork } from '../spi/contract/open-files.ts';
import type { ProvisioningOrder } from '../spi/order.ts';

/** Processes that are killed. */
const kills = Number(process.env['LOCKSTEP_SOAK_SCRIPT_KILLS'] ?? 4);
const ordersPerRound = 24;

function makeOrders(round: number): readonly ProvisioningOrder[] {
  return Array.from({ length: ordersPerRound }, (_, index) => {
    const id = String(round * ordersPerRound + index + 1);
    return {
      id,
      assignedResourceTypeId: `a${id}`,
      changeType: 'added',
      owner: { id, displayName: 'Roy, Ana', identifier: `E${id}`, values: { Number: id } },
      resourceType: {
        identifier: 'Desk_Card',
        sourceEntityType: 'Person',
        targetEntityType: 'Card',
      },
      changes: [
        { kind: 'set', property: 'name', value: 'Zoë "1"', expected: null },
        { kind: 'link', property: 'office', value: null },
        {
          kind: 'add',
          property: 'groups',
          value: { id: '7', entityType: 'Group', values: { key: 'g' } },
        },
      ],
    };
  });
}

/** What stands for the engine: it tells each outcome the moment it has it. */
const engine = (folder: string, program: string): string => {
  const here = (name: string) =>
    JSON.stringify(pathToFileURL(join(import.meta.dirname, name)).href);
  return `import { readFileSync, writeSync } from 'node:fs';
import { commandFulfiller } from ${here('fulfil.ts')};
const quiet = () => {};
const context = { logger: { debug: quiet, info: quiet, warn: quiet, error: quiet }, signal: new AbortController().signal,
  now: Date.now, workFolder: ${JSON.stringify(folder)}, sourcesRootPaths: [] };
const Fulfil = { Command: ${JSON.stringify(program)}, Args: [], Result: 'output', OrdersAtOnce: 8, IsRepeatable: false,
  SendsPasswords: false, TimeoutSeconds: 60 };
const orders = JSON.parse(readFileSync(process.argv[2], 'utf8'));
await using fulfiller = await commandFulfiller.openFulfiller({ Fulfil }, [], context);
writeSync(1, 'open\\n');
await Promise.all(orders.map((order) => fulfiller.fulfil(order).then(
  () => writeSync(1, order.id + ' executed\\n'),
  (error) => writeSync(1, order.id + ' ' + error.kind + '\\n'))));
`;
};

it(
  'does nothing twice and loses nothing when Lockstep is killed at work',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'command-kills-'));
    const effects = join(folder, 'effects');
    await writeFile(effects, '');
    const program = writeProgram(
      folder,
      'desk',
      `import fs from 'node:fs';
// It goes on though nobody listens any more.
const say = (result) => { try { fs.writeSync(1, JSON.stringify(result) + '\\n'); } catch {} };
for (const { OrderId } of JSON.parse(fs.readFileSync(0, 'utf8')).ProvisioningOrdersList) {
  say({ OrderId, State: 'Started' });
  fs.appendFileSync(${JSON.stringify(effects)}, OrderId + '\\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 8);
  say({ OrderId, State: 'Executed' });
}`,
    );
    const child = join(folder, 'engine.mjs');
    await writeFile(child, engine(folder, program));
    const told = new Map<string, string>();
    let killed = 0;

    /** One life of the engine, killed so long after it began to work; how long it worked. */
    async function live(
      orders: readonly ProvisioningOrder[],
      killAfterMs?: number,
    ): Promise<number> {
      await writeFile(join(folder, 'orders.json'), JSON.stringify(orders));
      const life = spawn(process.execPath, [child, join(folder, 'orders.json')], {
        stdio: ['ignore', 'pipe', 'inherit'],
        // Thousands of lives load the same code.
        env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
      });
      let text = '';
      const opened = new Promise<void>((resolve) => {
        life.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.startsWith('open\n')) resolve();
        });
      });
      const closed = once(life, 'close');
      await Promise.race([opened, closed]);
      const began = performance.now();
      if (killAfterMs !== undefined) {
        await Promise.race([sleep(killAfterMs), closed]);
        if (life.kill('SIGKILL')) killed += 1;
      }
      await closed;
      for (const [, id = '', outcome = ''] of text.matchAll(/^(\d+) (\S+)$/gm)) {
        expect(told.has(id), id).toBe(false);
        told.set(id, outcome);
      }
      return performance.now() - began;
    }

    const all = [...makeOrders(0)];
    const wholeMs = await live(all);
    let waiting: readonly ProvisioningOrder[] = [];
    for (let round = 1; killed < kills; round += 1) {
      // What a life left undone is handed to the next one, and new orders with it.
      const orders = waiting.length < ordersPerRound ? makeOrders(round) : [];
      all.push(...orders);
      await live([...waiting, ...orders], wholeMs * ((round * 0.37) % 1));
      waiting = [...waiting, ...orders]
        .filter(({ id }) => !told.has(id))
        .map((order) => ({ ...order, isInDoubt: true, attempt: (order.attempt ?? 1) + 1 }));
    }
    await live(waiting);

    expect(await countAtWork(program)).toBe(0);
    const done = (await readFile(effects, 'utf8')).trim().split('\n');
    expect(done.length).toBe(new Set(done).size);
    expect(told.size).toBe(all.length);
    for (const { id } of all) {
      // What is called done is done; what nobody can know waits for a person.
      expect(told.get(id)).toMatch(/^(executed|unexpected)$/);
      if (told.get(id) === 'executed') expect(done).toContain(id);
    }
    const inDoubt = [...told.values()].filter((outcome) => outcome === 'unexpected').length;
    expect(inDoubt).toBeLessThanOrEqual(kills * 8);
    await rm(folder, { recursive: true });
  },
  120_000 + kills * 30_000,
);
