import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../../engine/store/index.ts';
import { joinModules } from '../../../../scripts/join-modules.ts';
import { findSlapdObstacle, type SlapdAddress, startSlapd } from '../../../servers/slapd.ts';
import { openClient } from '../../connectors/ldap-directory.ts';
import { type AccountOrder, addOrders } from './directory-desk.ts';
import type { KillPlan } from './killed-delivery.ts';

/** Processes that are killed. */
const kills = Number(process.env['LOCKSTEP_SOAK_FULFILMENT_KILLS'] ?? 8);
const seed = Number(process.env['LOCKSTEP_SOAK_SEED'] ?? 1);
const obstacle = findSlapdObstacle();
const describeHere = obstacle === undefined ? describe : describe.skip;

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
  readonly slapd: SlapdAddress;
  readonly client: Client;
  readonly storeFile: string;
  readonly auditFile: string;
  readonly program: string;
  readonly folder: string;
}

async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-kills-'));
  const auditFile = join(folder, 'audit.ldif');
  const slapd = await startSlapd({ auditFile });
  const client = await openClient(slapd);
  const built = join(folder, 'built');
  await mkdir(built);
  await symlink(join(process.cwd(), 'node_modules'), join(built, 'node_modules'));
  await symlink(join(process.cwd(), 'package.json'), join(built, 'package.json'));
  await joinModules('killed', join(import.meta.dirname, 'killed-delivery.ts'), join(built, 'dist'));
  return {
    slapd,
    client,
    folder,
    auditFile,
    storeFile: join(folder, 'store.db'),
    program: join(built, 'dist', 'killed.js'),
    async [Symbol.asyncDispose]() {
      await client.unbind();
      await slapd[Symbol.asyncDispose]();
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
  const { slapd, storeFile, folder, program } = scene;
  const traceFile = join(folder, `trace-${round}`);
  const plan: KillPlan = { directory: { ...slapd }, storeFile, traceFile, kill };
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

/** Changes that the directory has made, by kind and name. */
async function readAudit(file: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const text = await readFile(file, 'utf8');
  for (const [, dn, kind, body] of text.matchAll(
    /^dn: (.*)\nchangetype: (\w+)\n([\s\S]*?)^# end/gm,
  )) {
    const member = kind === 'modify' ? /^add: member\nmember: (.*)$/m.exec(body ?? '')?.[1] : null;
    const title = kind === 'modify' ? /^add: title\ntitle: (.*)$/m.exec(body ?? '')?.[1] : null;
    const what = member ? `member ${member}` : title ? `title ${title}` : `${kind} ${dn}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return counts;
}

const moments = ['before', 'during', 'after', 'reading'] as const;

describeHere(`deliveries killed at any moment (${kills}, seed ${seed})`, () => {
  it(
    'make nothing twice, lose nothing, and look once before they try again',
    async () => {
      await using scene = await openScene();
      const { slapd, client } = scene;
      const random = makeRandom(seed);
      const pick = (count: number): number => Math.floor(random() * count);
      const people = `ou=People,${slapd.suffix}`;
      const group = `cn=everybody,ou=Groups,${slapd.suffix}`;
      await client.add(group, { objectClass: 'groupOfNames', member: slapd.rootDn });
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
        for (let count = 0; count < 3; count += 1) {
          const id = next++;
          orders.push({ id, dn: dnOf(id), changeType: 'added', groups: [group], position: round });
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
        const kill = { at, call: 1 + pick(4), delayMs: pick(6) };
        const run = await runOnce(scene, round, killed < kills ? kill : null);
        if (run.wasKilled) {
          killed += 1;
          kinds.set(at, (kinds.get(at) ?? 0) + 1);
        }

        const reads = run.lines.filter((line) => line.startsWith('read '));
        expect(new Set(reads).size, 'an order is read once').toBe(reads.length);
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
      const audit = await readAudit(scene.auditFile);
      const twice = made.filter((order) => {
        const kind = order.changeType === 'modified' ? `title ${order.title}` : null;
        const name = order.changeType === 'added' ? `add ${order.dn}` : `delete ${order.dn}`;
        return audit.get(kind ?? name) !== 1;
      });
      expect(twice, 'every change was made exactly once').toEqual([]);
      const joined = made.filter(
        (order) => order.changeType === 'added' && audit.get(`member ${order.dn}`) !== 1,
      );
      expect(joined, 'every membership was made exactly once').toEqual([]);
      const { searchEntries } = await client.search(people, {
        scope: 'one',
        attributes: ['cn', 'title'],
        sizeLimit: 0,
        paged: true,
      });
      const held = new Map(searchEntries.map((entry) => [entry.dn, String(entry['title'] ?? '')]));
      const wanted = new Map<string, string>();
      for (const order of made) {
        if (order.changeType === 'deleted') wanted.delete(order.dn);
        else wanted.set(order.dn, order.title ?? '');
      }
      const plain = new Map([...held].map(([dn, title]) => [dn, title === '' ? '' : title]));
      expect([...plain].sort()).toEqual([...wanted].sort());
      process.stdout.write(
        `${killed} kills (${[...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ')}), ${made.length} orders, ${ambiguous} in doubt.\n`,
      );
    },
    60_000 + kills * 5_000,
  );
});
