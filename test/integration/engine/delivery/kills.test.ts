import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../../engine/store/index.ts';
import { joinModules } from '../../../../scripts/join-modules.ts';
import { isRequired } from '../../../servers/servers.ts';
import { type AccountOrder, addOrders } from './directory-desk.ts';
import type { KillPlan } from './killed-delivery.ts';
import {
  type KilledDirectory,
  killedDirectories,
  type RunningDirectory,
} from './killed-directories.ts';

const seed = Number(process.env['LOCKSTEP_SOAK_SEED'] ?? 1);

/** Mulberry32: the same moments with the same seed. */
function makeRandom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Scene extends AsyncDisposable {
  readonly directory: RunningDirectory;
  readonly storeFile: string;
  readonly program: string;
  readonly folder: string;
}

async function openScene(killed: KilledDirectory): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-kills-'));
  const directory = await killed.start(folder);
  const built = join(folder, 'built');
  await mkdir(built);
  await symlink(join(process.cwd(), 'node_modules'), join(built, 'node_modules'));
  await symlink(join(process.cwd(), 'package.json'), join(built, 'package.json'));
  await joinModules('killed', join(import.meta.dirname, 'killed-delivery.ts'), join(built, 'dist'));
  return {
    directory,
    folder,
    storeFile: join(folder, 'store.db'),
    program: join(built, 'dist', 'killed.js'),
    async [Symbol.asyncDispose]() {
      await directory[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Returns the lines that the process wrote, and whether it was killed. */
async function runOnce(
  scene: Scene,
  round: number,
  kill: KillPlan['kill'],
): Promise<{ readonly lines: readonly string[]; readonly wasKilled: boolean }> {
  const { directory, storeFile, folder, program } = scene;
  const traceFile = join(folder, `trace-${round}`);
  const plan: KillPlan = { directory: directory.address, storeFile, traceFile, kill };
  const child = spawn(process.execPath, [program, JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The delivery failed: ${complaint}`);
  const lines = (await readFile(traceFile, 'utf8').catch(() => '')).trim().split('\n');
  await rm(traceFile, { force: true });
  return { lines, wasKilled: signal === 'SIGKILL' };
}

const statuses = (store: Store) =>
  store.read(
    async ({ tx }) =>
      new Map<number, string>(
        (await tx('provisioning_orders').select('id', 'status')).map((row) => [
          Number(row.id),
          String(row.status),
        ]),
      ),
  );

/** Newcomers of a round; in every fourth so many that two parts of the orders are under way at a time. */
const newcomersOf = (round: number): number => (round % 4 === 1 ? 60 : 3);

const moments = ['before', 'during', 'after', 'reading'] as const;

for (const killedDirectory of killedDirectories) {
  const { title, variable, usualKills, orderMs } = killedDirectory;
  const kills = Number(process.env[variable] ?? usualKills);
  const obstacle = killedDirectory.findObstacle();
  describe.skipIf(obstacle !== undefined && !isRequired(killedDirectory.server))(
    `deliveries to ${title} killed at any moment (${kills}, seed ${seed})`,
    () => {
      it(
        'make nothing twice, lose nothing, and look once before they try again',
        async () => {
          if (obstacle !== undefined) throw new Error(obstacle);
          await using scene = await openScene(killedDirectory);
          const { client, people, group, describe: describeAccount, readAudit } = scene.directory;
          const random = makeRandom(seed);
          const pick = (count: number): number => Math.floor(random() * count);
          const dnOf = (number: number): string => `cn=a${number},${people}`;
          const present: number[] = [];
          const made: AccountOrder[] = [];
          const titles = new Map<number, string>();
          let next = 1;
          let killed = 0;
          let ambiguous = 0;
          const kinds = new Map<string, number>();

          const addRound = async (round: number): Promise<void> => {
            await using store = await openStore({ client: 'sqlite', file: scene.storeFile });
            const orders: AccountOrder[] = [];
            for (let count = 0; count < newcomersOf(round); count += 1) {
              const id = next++;
              orders.push({
                id,
                dn: dnOf(id),
                changeType: 'added',
                groups: [group],
                position: round,
                values: describeAccount(id),
              });
            }
            const changed = present.splice(pick(present.length), 1)[0];
            if (changed !== undefined) {
              const id = next++;
              const title = `t${id}`;
              orders.push({
                id,
                dn: dnOf(changed),
                changeType: 'modified',
                title,
                expectedTitle: titles.get(changed) ?? null,
                position: round,
              });
              titles.set(changed, title);
            }
            const removed = present.splice(pick(present.length), 1)[0];
            if (removed !== undefined) {
              const id = next++;
              orders.push({ id, dn: dnOf(removed), changeType: 'deleted', position: round });
            }
            made.push(...orders);
            await addOrders(store, orders);
          };
          const settle = (order: AccountOrder): void => {
            const number = Number(/^cn=a(\d+),/.exec(order.dn)?.[1]);
            if (order.changeType !== 'deleted') present.push(number);
          };

          let settledCount = 0;
          for (let round = 0; killed < kills || settledCount < made.length; round += 1) {
            if (killed < kills) await addRound(round);
            const inDoubt = new Set<string>();
            {
              await using store = await openStore({ client: 'sqlite', file: scene.storeFile });
              for (const [id, status] of await statuses(store))
                if (status === 'intent') inDoubt.add(String(id));
            }
            ambiguous += inDoubt.size;
            const at = moments[pick(inDoubt.size > 0 ? 4 : 3)] ?? 'after';
            const kill = { at, call: 1 + pick(newcomersOf(round) + 1), delayMs: pick(orderMs) };
            const run = await runOnce(scene, round, killed < kills ? kill : null);
            if (run.wasKilled) {
              killed += 1;
              kinds.set(at, (kinds.get(at) ?? 0) + 1);
            }

            const reads = run.lines.filter((line) => line.startsWith('read '));
            expect(new Set(reads).size, `an order is read once: ${run.lines.join()}`).toBe(
              reads.length,
            );
            for (const [index, line] of run.lines.entries()) {
              const [what = '', id = ''] = line.split(' ');
              if (what === 'read') expect(inDoubt, 'only what is in doubt is read').toContain(id);
              if (what !== 'fulfil' || !inDoubt.has(id)) continue;
              expect(run.lines.slice(0, index), 'read before it is tried again').toContain(
                `read ${id}`,
              );
            }
            await using store = await openStore({ client: 'sqlite', file: scene.storeFile });
            const now = await statuses(store);
            settledCount = [...now.values()].filter((status) => status === 'executed').length;
            // Accounts whose last order is done can be changed by the next one.
            const open = new Set(
              made.filter((order) => now.get(order.id) !== 'executed').map((order) => order.dn),
            );
            const last = new Map(made.map((order) => [order.dn, order]));
            present.length = 0;
            for (const order of last.values()) if (!open.has(order.dn)) settle(order);
          }

          await using store = await openStore({ client: 'sqlite', file: scene.storeFile });
          const left = [...(await statuses(store))].filter(([, status]) => status !== 'executed');
          expect(left, 'no order is lost').toEqual([]);
          const audit = new Map(
            [...(await readAudit())].map(([name, times]) => [name.toLowerCase(), times]),
          );
          const timesOf = (name: string): number => audit.get(name.toLowerCase()) ?? 0;
          const twice = made.filter((order) => {
            const kind = order.changeType === 'modified' ? `title ${order.title}` : null;
            const name = order.changeType === 'added' ? `add ${order.dn}` : `delete ${order.dn}`;
            return timesOf(kind ?? name) !== 1;
          });
          expect(twice, 'every change was made exactly once').toEqual([]);
          const joined = made.filter(
            (order) => order.changeType === 'added' && timesOf(`member ${order.dn}`) !== 1,
          );
          expect(joined, 'every membership was made exactly once').toEqual([]);
          const { searchEntries } = await client.search(people, {
            scope: 'one',
            attributes: ['cn', 'title'],
            sizeLimit: 0,
            paged: true,
          });
          const held = new Map(
            searchEntries.map((entry) => [entry.dn.toLowerCase(), [entry['title'] ?? ''].join()]),
          );
          const wanted = new Map<string, string>();
          for (const order of made) {
            const dn = order.dn.toLowerCase();
            if (order.changeType === 'deleted') wanted.delete(dn);
            else wanted.set(dn, order.title ?? '');
          }
          expect([...held].sort()).toEqual([...wanted].sort());
          process.stdout.write(
            `${killed} kills (${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}), ${made.length} orders, ${ambiguous} in doubt.\n`,
          );
        },
        120_000 + kills * 20_000,
      );
    },
  );
}
